"""Setting a node up: each thing it needs is a step that is skipped when done and may be interrupted and repeated.

What the commands use is below. It is imported when called, since the launcher, which runs on the standard library
alone, uses other modules of this package.
"""

from __future__ import annotations

import typing
from pathlib import Path

if typing.TYPE_CHECKING:
    from config.settings import Settings


def settings(
    data: Path,
    *,
    sip_port: int | None = None,
    http_port: int | None = None,
    bind: str | None = None,
    external_address: str | None = None,
) -> Settings:
    """The node's settings, with what is given here. `keep` writes them down for the next time."""
    from centre.setup import node

    return node.settings(data, sip_port=sip_port, http_port=http_port, bind=bind, external_address=external_address)


def keep(settings: Settings) -> None:
    from centre.setup import node

    node.keep(settings)


def before_parts(settings: Settings) -> None:
    """All that the parts need to be started: native programs, certificates, the browser's files, spoken prompts."""
    from centre.setup import node

    node.before_parts(settings)


async def after_database(settings: Settings) -> None:
    """All that needs the database: migrations, sample data, the first people, Asterisk's configuration."""
    from centre.setup import first

    await first.after_database(settings)


def test_parts(settings: Settings) -> None:
    """What the tests need beside the centre: a telephone, a load of calls and a browser, in `native-tests`."""
    from centre.setup import node

    node.test_parts(settings)


def who_can_log_in(settings: Settings) -> list[str]:
    """Lines for people: the first people's names and passwords, the passwords only the first time."""
    from centre.setup import accounts

    return accounts.who_can_log_in(settings)

"""A node before its parts start: settings and secrets, native programs, certificates, the browser's files, prompts."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import secrets
import sys
from pathlib import Path

import msgspec
import psycopg

from centre import adopt
from centre.errors import Trouble
from centre.parts import NAMES
from centre.setup import bundle, certificates, native, own, speech, steps
from centre.setup.apt import available
from centre.setup.lock import alone
from centre.setup.native import Recipe
from centre.setup.show import Board, Say
from centre.setup.steps import Step
from config.settings import COMMON_BUS, Secrets, Settings, UnfitSettings
from crm_core.errors import Unavailable
from crm_core.services.presence import has_another
from crm_core.services.reach import within
from crm_core.storage.engine import engine
from dialplans import AsteriskError, installation
from dialplans.program import asterisk_version

LONGEST_DATA = 85
"""Bytes of the data folder's path: with `/run/.s.PGSQL.5432` after it, a socket's path must stay under 108."""


NO_ADDRESS = ("", "none")
"""Take the external address back."""


def settings(
    data: Path,
    *,
    sip_port: int | None = None,
    http_port: int | None = None,
    bind: str | None = None,
    external_address: str | None = None,
) -> Settings:
    """The node's settings with what is given here or in the environment. `keep` writes them down."""
    data = Path(os.path.abspath(data))
    if len(os.fsencode(data)) > LONGEST_DATA:
        raise Trouble(f"The path of the data folder is too long for sockets ({data}): give --data a shorter one.")
    try:
        before = Settings.load(data)
    except FileNotFoundError:
        before = None
    except UnfitSettings as error:
        raise Trouble(str(error)) from error
    parts = os.environ.get("CENTRO311_PARTS")
    given = {
        "sip_port": sip_port,
        "http_port": http_port,
        "bind": bind and address(bind),
        "external_address": external(external_address) if external_address not in (None, *NO_ADDRESS) else None,
        "database_url": os.environ.get("DATABASE_URL"),
        "nats_url": os.environ.get("NATS_URL"),
        "bus": None if before and has_word(before) else f"c311-{secrets.token_hex(4)}",
        "nats_token": None if before and before.nats_token else secrets.token_hex(16),
        "parts": Path(parts) if parts and Path(parts) != data / "parts" else None,
    }
    # The folder may have been moved: where it is now counts.
    now = msgspec.structs.replace(
        before or Settings(data=data), data=data, **{name: value for name, value in given.items() if value}
    )
    if external_address in NO_ADDRESS:
        now.external_address = None
    used = [now.sip_port, now.sip_tls_port, *range(now.http_port, now.http_port + 5)]
    if len(set(used)) < len(used):
        raise Trouble("SIP and the web pages would share a port: choose --sip-port and --http-port further apart.")
    return now


def has_word(before: Settings) -> bool:
    """Whether the node has a word of its own on the bus, or parts that run on and speak under the common one."""
    return before.bus != COMMON_BUS or any(adopt.read(before.run / f"{name}.pid") for name in NAMES)


def keep(settings: Settings) -> None:
    """Write the settings down for the next time, and make the node's secrets where there are none.

    Trouble where a database is named that does not take us: then nothing is changed.
    """
    try:
        before = Settings.load(settings.data)
    except FileNotFoundError:
        before = None
    if settings.database_url and (before is None or before.database_url != settings.database_url):
        try_database(settings.database)
    if settings.database_url:
        refuse_shared(settings)
    if settings != before:
        settings.save()
    if not (settings.data / "secrets.json").exists():
        Secrets(ari_password=secrets.token_urlsafe(24), web_secret=secrets.token_hex(32)).save(settings.data)


def try_database(url: str) -> None:
    """Trouble where this server cannot be used."""
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.Error as error:
        said = " ".join(str(error).split()) or "no answer"
        raise Trouble(f"The server that DATABASE_URL names cannot be used: {said}") from None


def refuse_shared(settings: Settings) -> None:
    """Trouble where another centre works on this database as the same node. One that does not answer is not asked."""

    async def ask() -> bool:
        database = engine(settings.database, connections=1)
        try:
            return await within(5.0, lambda: has_another(database, settings.node, settings.place))
        finally:
            await database.dispose()

    with contextlib.suppress(Unavailable):
        if asyncio.run(ask()):
            raise Trouble(
                "Another centre works on the database that DATABASE_URL names: give each a database of its own, "
                "or stop the other one first (`down` with its --data). One whose machine failed is forgotten in a "
                "minute."
            )


def address(bind: str) -> str:
    try:
        return str(ipaddress.ip_address(bind))
    except ValueError:
        raise Trouble(f"--bind takes an address of this machine, such as 127.0.0.1; {bind!r} is none.") from None


def external(given: str) -> str:
    try:
        return str(ipaddress.IPv4Address(given))
    except ValueError:
        raise Trouble(
            f"--external-address takes the IPv4 address that the outside reaches this centre by; {given!r} is none."
        ) from None


def before_parts(settings: Settings) -> None:
    """Run the steps that are not done, side by side; one set-up at a time in a shared folder of parts."""
    board = Board(sys.stdout)
    for folder in (settings.run, settings.log, settings.parts_dir):
        folder.mkdir(parents=True, exist_ok=True)
    todo = node_steps(settings)
    if all(step.done() for step in todo):
        return
    with alone(settings.parts_dir, lambda: board.line(f"Another set-up runs in {settings.parts_dir}: waiting for it.")):
        steps.run(todo, board)


def node_steps(settings: Settings) -> list[Step]:
    recipe = own.recipe(settings)

    def programs(say: Say) -> None:
        if recipe.packages and not available():
            own.refuse_impossible(settings)
        if recipe.packages:
            native.fetch(settings.native, recipe, say)
        refuse_old(settings)

    spoken = speech.current(settings)
    # The shipped voice only has to be decoded; where it is not whole, espeak-ng of the native programs helps.
    first = ("Native programs",) if not spoken and speech.needs_espeak(settings) else ()
    return [
        Step("Native programs", lambda: programs_there(settings, recipe), programs),
        Step("Browser files", lambda: bundle.current(settings), lambda say: bundle.build(settings, say)),
        Step(speech.NAME, lambda: spoken, lambda say: speech.install(settings, say), first),
        Step("Certificates", lambda: certificates.current(settings), lambda say: certificates.make(settings)),
    ]


def test_parts(settings: Settings) -> None:
    """The second private root, for tests alone."""
    board = Board(sys.stdout)
    root = settings.parts_dir / "native-tests"
    if native.whole(root, own.TESTS):
        return
    if not available():
        raise Trouble(
            "The tests fetch their telephone and browser from Debian's archives: run them on Debian 12 or 13."
        )
    with alone(settings.parts_dir), board.step("Programs for tests") as say:
        native.fetch(root, own.TESTS, say, finish=lambda made: native.name_fonts(made, root))


def programs_there(settings: Settings, recipe: Recipe) -> bool:
    """Whether all was fetched, and since a time when Asterisk was new enough for this version of the centre."""
    try:
        return native.whole(settings.native, recipe) and asterisk_of(settings) >= own.ASTERISK.oldest
    except AsteriskError:
        return False


def refuse_old(settings: Settings) -> None:
    """Trouble where the Asterisk that this node would use is older than what the centre is tried with."""
    try:
        version = asterisk_of(settings)
    except AsteriskError as error:
        raise Trouble(str(error)) from error
    if version < own.ASTERISK.oldest:
        raise Trouble(
            f"Asterisk {'.'.join(map(str, version))} is too old: the centre needs "
            f"{'.'.join(map(str, own.ASTERISK.oldest))} or newer."
        )


def asterisk_of(settings: Settings) -> tuple[int, int, int]:
    """Version of the Asterisk that this node would use."""
    return asterisk_version(installation.find(settings).program)

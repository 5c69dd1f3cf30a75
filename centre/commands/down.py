"""`down`: stop the centre in the right order."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import click

from centre import watcher
from centre.commands.common import data_option, node
from centre.errors import Trouble
from centre.parts import parts
from centre.state import calls_in_progress

LONGEST = 120.0
"""Seconds that stopping may take: PostgreSQL writes what it holds."""


@click.command()
@data_option
def down(data: Path) -> None:
    """Stop the centre. Calls in progress end; callers who come meanwhile hear nothing."""
    settings = node(data)
    calls = calls_in_progress(settings)
    if calls:
        click.echo(f"  {calls} {'call is' if calls == 1 else 'calls are'} in progress and will end.")
    pid = watcher.running(settings)
    if pid is None:
        with watcher.only_one(settings):
            found = asyncio.run(watcher.stop_orphans(settings, parts(settings), lambda words: click.echo(f"  {words}")))
        click.echo("  stopped" if found else f"  The centre in {data} was not running.")
        return
    try:
        os.kill(pid, signal.SIGTERM)
        # A watcher that is itself stopped takes no other signal than this one.
        os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:
        pass
    except PermissionError:
        raise Trouble(f"The centre in {data} belongs to another user: stop it as that user or as root.") from None
    end = time.monotonic() + LONGEST
    while watcher.running(settings) is not None:
        if time.monotonic() > end:
            raise Trouble(f"The watcher (process {pid}) does not end; see {settings.log / 'watcher.jsonl'}.")
        time.sleep(0.05)
    click.echo("  stopped")

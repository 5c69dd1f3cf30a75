"""`watch` (hidden): what `up` becomes once everything is set up. systemd starts it too, after an `up`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path

import click
import uvloop

from centre import announcement, ports, watcher
from centre.commands.common import data_option, node
from centre.errors import Trouble
from centre.parts import parts
from config.logs import log_to
from config.settings import Settings


@click.command()
@data_option
@click.option("--lock", type=int, default=None, help="A descriptor that holds the node's lock already.")
@click.option("--quiet", is_flag=True, help="Somebody else says who can log in.")
def watch(data: Path, lock: int | None, quiet: bool) -> None:
    """Start the parts of a centre that is set up, and keep them alive."""
    settings = node(data)
    settings.log.mkdir(parents=True, exist_ok=True)
    log_to(settings.log / "watcher.jsonl")
    with contextlib.ExitStack() as stack:
        if lock is None:
            stack.enter_context(watcher.only_one(settings))
        else:
            stack.callback(os.close, lock)
            watcher.sign(lock)
        running = watcher.Watcher(settings, parts(settings), say)
        running.adopt()
        ports.need_free(settings, running.missing())
        uvloop.run(
            running.run(
                lambda: prepare(settings),
                lambda: None if quiet else announcement.show(settings),
                ran_before=(settings.asterisk / "etc" / "asterisk.conf").exists(),
            )
        )
    say("stopped")


async def prepare(settings: Settings) -> None:
    """Migrations, sample data and Asterisk's configuration, in a process of their own that is gone afterwards."""
    command = [sys.executable, "-m", "centre", "prepare", "--data", str(settings.data)]
    child = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    try:
        _, complaint = await child.communicate()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
        raise
    if child.returncode:
        words = complaint.decode(errors="replace").strip().splitlines() or ["it ended without a word."]
        raise Trouble(words[-1].removeprefix("centro311: "))


def say(words: str) -> None:
    """A line for whoever looks; the terminal may be gone by now, which must not end the watcher."""
    with contextlib.suppress(OSError):
        click.echo(f"  {words}")

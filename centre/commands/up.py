"""`up`: set up all that is missing, then run the centre."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import click

from centre import adopt, announcement, database, ports, setup, watcher
from centre.commands.common import data_option
from centre.errors import Trouble, explain
from centre.parts import NAMES
from centre.setup.show import Board
from centre.watched import last_line
from config.settings import CHECKOUT, Settings
from config.signs import ask_sign
from ivr.prompts.catalogue import slips

PORT = click.IntRange(1, 65500)


@click.command()
@data_option
@click.option("--detach", is_flag=True, help="Return when the centre is ready; it runs on.")
@click.option("--sip-port", type=PORT, help="SIP over UDP and TCP; the next one is TLS [5060].")
@click.option("--http-port", type=PORT, help="Web pages; the next four are used too [8311].")
@click.option("--bind", metavar="ADDRESS", help="Listen on this address only [all].")
@click.option("--external-address", metavar="ADDRESS", help="The router's, behind NAT; `none` takes it back.")
def up(
    data: Path,
    detach: bool,
    sip_port: int | None,
    http_port: int | None,
    bind: str | None,
    external_address: str | None,
) -> None:
    """Set up all that is missing and run the centre until Ctrl-C.

    What is given here is kept for the next time. DATABASE_URL and NATS_URL in the environment name servers of
    your own. What callers hear is changed in DIR/config and DIR/prompts/recorded: deploy/README.md tells how.
    """
    try:
        settings = setup.settings(
            data, sip_port=sip_port, http_port=http_port, bind=bind, external_address=external_address
        )
        with watcher.only_one(settings) as lock:
            # Before anything is fetched or written down: what is given must be possible.
            ports.need_free(settings, {name for name in NAMES if adopt.read(settings.run / f"{name}.pid") is None})
            setup.keep(settings)
            setup.before_parts(settings)
            for slip in slips(settings.data):
                click.echo(f"  {slip}")
            make_database(settings)
            os.set_inheritable(lock, True)
            command = [sys.executable, "-m", "centre", "watch", "--data", str(data), "--lock", str(lock)]
            if not detach:
                # The set-up's memory goes with the set-up: the watcher begins as a new program.
                sys.stdout.flush()
                os.execv(sys.executable, command)
            start_detached(settings, command, lock)
    except OSError as error:
        raise explain(error, f"setting up the centre in {data}") from error


def make_database(settings: Settings) -> None:
    """The private server's folder, where one is wanted and missing. Needs the native programs."""
    if settings.database_url is None:
        fresh = not database.folder(settings).exists()
        with Board(sys.stdout).step("Database") if fresh else contextlib.nullcontext():
            database.create(settings)


def start_detached(settings: Settings, command: list[str], lock: int) -> None:
    """Start the watcher in a session of its own; return when it is ready."""
    settings.log.mkdir(parents=True, exist_ok=True)
    output = settings.log / "watcher.log"
    with output.open("wb") as to:
        child = subprocess.Popen(
            [*command, "--quiet"],
            stdin=subprocess.DEVNULL,
            stdout=to,
            stderr=to,
            cwd=CHECKOUT,
            start_new_session=True,
            pass_fds=(lock,),
        )
    click.echo("  starting the parts")
    told = time.monotonic()
    while child.poll() is None:
        sign = asyncio.run(ask_sign(settings.run / "watcher.sock"))
        if sign and sign["ready"] and sign["pid"] == child.pid:
            announcement.show(settings)
            return
        if time.monotonic() - told > watcher.TELL_EVERY:
            told = time.monotonic()
            click.echo(f"  still waiting for {', '.join(sign['awaits'] if sign else ()) or 'the watcher'}")
        time.sleep(0.05)
    raise Trouble(last_line(output).removeprefix("centro311: ") or f"The centre did not start; see {output}.")

"""`status`: what runs, how many calls, who is at work."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

import click
import msgspec

from centre.commands.common import data_option, json_option, node, print_json
from centre.hints import hint
from centre.lines import PANAMA
from centre.state import state
from ivr.api import AgentState

FOR_PEOPLE = ("people", "connected", "living", "restarts")
"""Not part of `status --json`."""


@click.command()
@data_option
@json_option
def status(data: Path, as_json: bool) -> None:
    """Show what runs, how many calls there are, and who is at work."""
    settings = node(data)
    now = asyncio.run(state(settings))
    if as_json:
        print_json({key: value for key, value in msgspec.to_builtins(now).items() if key not in FOR_PEOPLE})
        return
    if not any(now.pids.values()):
        click.echo(f"{'STOPPED':<12}{data}: `{hint('up', data)}` starts it")
        return
    click.echo(f"{'ready' if now.ready else 'NOT READY':<12}{data}")
    click.echo(f"{'dial':<12}{now.sip}")
    click.echo(f"{'open':<12}{now.web}")
    click.echo(f"{'version':<12}{f'Asterisk {now.asterisk}' if now.asterisk else 'Asterisk does not answer'}")
    click.echo(f"{'calls':<12}{now.calls}, {now.waiting} waiting")
    people = [
        f"{name} {state}{'' if name in now.connected else ' (telephone not connected: no calls)'}"
        for name, state in sorted(now.people.items())
        if state != AgentState.OFFLINE
    ]
    click.echo(f"{'agents':<12}{', '.join(people) or 'nobody is logged in'}")
    for name, pid in now.pids.items():
        remote = {"postgres": settings.database_url, "nats": settings.nats_url}.get(name)
        where = f"process {pid}" if pid else "a server of yours" if remote else "does not run"
        silent = "" if now.living[name] else ", gives no sign of life"
        click.echo(f"{name:<12}{where}{silent}{_restarts(now.restarts.get(name))}")


def _restarts(told: tuple[int, float] | None) -> str:
    if told is None:
        return ""
    count, last = told
    return f", restarts: {count}, the last at {datetime.fromtimestamp(last, PANAMA):%Y-%m-%d %H:%M:%S} (Panama)"

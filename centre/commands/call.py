"""`call`: list calls."""

from __future__ import annotations

from pathlib import Path

import click

from centre.commands.common import data_option, json_option, node, print_json, print_table
from centre.commands.database import ask_database
from centre.lines import PANAMA
from crm_core.services.calls import CallLine, list_calls


@click.group()
def call() -> None:
    """Calls, without their numbers: a caller is an opaque id."""


@call.command("list")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, help="How many, the newest first [100].")
@json_option
@data_option
def list_(limit: int, as_json: bool, data: Path) -> None:
    """List the newest calls. `logs --call ID` tells one call's story."""
    found = ask_database(node(data), lambda database: list_calls(database, limit=limit))
    if as_json:
        print_json(found)
    else:
        heads = ("ID", "STARTED (PANAMA TIME)", "SECONDS", "OUTCOME", "CASE", "AGENT")
        print_table(heads, [_row(each) for each in found], "There was no call yet.")


def _row(found: CallLine) -> tuple[object, ...]:
    seconds = f"{(found.ended_at - found.started_at).total_seconds():.0f}" if found.ended_at else "up"
    started = found.started_at.astimezone(PANAMA).strftime("%Y-%m-%d %H:%M:%S")
    return (found.id, started, seconds, found.outcome, found.case_number, found.agent)

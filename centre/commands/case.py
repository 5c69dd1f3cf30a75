"""`case`: show and list cases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy.ext.asyncio import AsyncEngine

from centre.commands.common import data_option, json_option, node, print_json, print_table
from centre.commands.database import ask_database
from centre.errors import Trouble
from centre.lines import PANAMA
from crm_core.domain.numbers import is_well_formed
from crm_core.services.calls import CallLine, call_line
from crm_core.services.cases import (
    CaseStatus,
    CaseSummary,
    HistoryLine,
    case_history,
    case_status,
    case_summary,
    list_cases,
)

HEADS = ("NUMBER", "TYPE", "STATE", "LANGUAGE", "OPENED (PANAMA TIME)", "CALL")


@click.group()
def case() -> None:
    """Cases, as far as an operator of the machine may see them: nothing personal."""


@case.command("show")
@click.argument("number")
@json_option
@data_option
def show(number: str, as_json: bool, data: Path) -> None:
    """Show one case by its NUMBER, with or without spaces."""
    plain = "".join(number.replace("-", " ").split())
    if not is_well_formed(plain):
        raise Trouble(f"{number} is no case number: it has ten digits, such as 26 4071 3351, the last a check digit.")
    settings = node(data)
    found = ask_database(settings, lambda database: case_summary(database, plain))
    if found is None:
        raise Trouble(f"There is no case {number}.")
    if as_json:
        print_json(found)
        return
    print_table(HEADS, [_row(found)], "")
    status, history, call = ask_database(settings, lambda database: _course(database, found))
    click.echo()
    if call is not None:
        outcome = call.outcome or ("not known yet" if call.ended_at else "in progress")
        click.echo(f"{'call':<13}{outcome}{f', agent {call.agent}' if call.agent else ''}")
    click.echo(f"{'institution':<13}{(status and status.institution) or 'none yet'}")
    click.echo(f"{'promised for':<13}{(status and status.promised_on) or 'no day yet'}\n")
    print_table(
        ("WHEN (PANAMA TIME)", "WHAT", "BY"), [(_moment(line.at), line.what, line.agent or "-") for line in history], ""
    )


@case.command("list")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, help="How many, the newest first [100].")
@json_option
@data_option
def list_(limit: int, as_json: bool, data: Path) -> None:
    """List the newest cases."""
    found = ask_database(node(data), lambda database: list_cases(database, limit=limit))
    if as_json:
        print_json(found)
    else:
        print_table(HEADS, [_row(each) for each in found], "There is no case yet.")


def _row(found: CaseSummary) -> tuple[object, ...]:
    opened = _moment(found.opened_at)
    return (found.number, found.type or "-", found.state, found.language, opened, found.call_id)


def _moment(at: datetime) -> str:
    return at.astimezone(PANAMA).strftime("%Y-%m-%d %H:%M:%S")


async def _course(
    database: AsyncEngine, found: CaseSummary
) -> tuple[CaseStatus | None, Sequence[HistoryLine], CallLine | None]:
    call = await call_line(database, found.call_id) if found.call_id else None
    return await case_status(database, found.number), await case_history(database, found.number), call

"""Calls as the database holds them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import ARRAY, ColumnElement, Exists, Text, any_, bindparam, case, exists, select
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.domain.case import Outcome
from crm_core.services.reach import transaction
from crm_core.storage.tables import Call, CallEvent, Case


class CallLine(msgspec.Struct, kw_only=True):
    """The fields of `call list --json`."""

    id: str
    caller: str | None
    """The citizen's opaque id; None where the number was withheld or forgotten."""
    started_at: datetime
    ended_at: datetime | None
    outcome: Outcome | None
    case_number: str | None
    agent: str | None


class OpenCall(msgspec.Struct, kw_only=True):
    """A call that nobody has ended yet."""

    id: str
    started_at: datetime
    language: str | None
    outcome: Outcome
    """How it ended, by what happened in it, should it be over."""


_COLUMNS = (
    *(Call.id, Call.citizen_id.label("caller"), Call.started_at, Call.ended_at, Call.outcome),
    *(Call.case_number, Call.agent),
)


async def list_calls(engine: AsyncEngine, *, limit: int = 100) -> Sequence[CallLine]:
    """The newest calls first."""
    async with transaction(engine) as connection:
        rows = await connection.execute(select(*_COLUMNS).order_by(Call.started_at.desc()).limit(limit))
        return [CallLine(**row._mapping) for row in rows]


async def call_line(engine: AsyncEngine, id: str) -> CallLine | None:
    """One call; None where it is not written down yet."""
    async with transaction(engine) as connection:
        row = (await connection.execute(select(*_COLUMNS).where(Call.id == id))).one_or_none()
    return None if row is None else CallLine(**row._mapping)


async def open_calls(engine: AsyncEngine, node: str) -> Sequence[OpenCall]:
    """This node's calls without an end, oldest first. With the journal not yet applied some of them may have ended."""
    told = _happened("looked-up", CallEvent.detail["found"].as_boolean())
    outcome = case(
        (_happened("answered"), Outcome.ANSWERED),
        (_happened("message-left"), Outcome.MESSAGE),
        (told & ~exists().where(Case.call_id == Call.id), Outcome.SELF_SERVICE),
        else_=Outcome.ABANDONED,
    )
    async with transaction(engine) as connection:
        rows = await connection.execute(
            select(Call.id, Call.started_at, Call.language, outcome.label("outcome"))
            .where(Call.ended_at.is_(None))
            .order_by(Call.started_at)
        )
        return [OpenCall(**row._mapping) for row in rows if row.id.rpartition("-")[0] == node]


def _happened(event: str, *such: ColumnElement[bool]) -> Exists:
    return exists().where(CallEvent.call_id == Call.id, CallEvent.event == event, *such)


async def unknown_calls(engine: AsyncEngine, ids: Collection[str]) -> set[str]:
    """Those of these calls that the database has never heard of."""
    if not ids:
        return set()
    sought = bindparam("ids", list(ids), type_=ARRAY(Text))  # one parameter: PostgreSQL takes 65,535 at most
    async with transaction(engine) as connection:
        known = await connection.execute(select(Call.id).where(Call.id == any_(sought)))
        return set(ids) - set(known.scalars())

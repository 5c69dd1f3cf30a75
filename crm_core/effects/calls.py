"""What entries do to calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import entries
from crm_core.domain.case import CaseState, closed_by_call_end
from crm_core.effects.cases import note
from crm_core.storage.tables import Call, Case, Recording


async def exist(connection: AsyncConnection, batch: Sequence[entries.AnyEntry]) -> None:
    """A row for every call that is named. Its beginning is what CallStarted says, until then the first word
    of it.
    """
    started = {entry.call: entry.at for entry in batch if isinstance(entry, entries.CallStarted)}
    named: dict[str, datetime] = {}
    for entry in batch:
        call = getattr(entry, "call", None)
        if call is not None and call not in started:
            named.setdefault(call, entry.at)
    if started:
        rows = insert(Call).values([{"id": call, "started_at": at} for call, at in started.items()])
        await connection.execute(
            rows.on_conflict_do_update(index_elements=[Call.id], set_={"started_at": rows.excluded.started_at})
        )
    if named:
        rows = insert(Call).values([{"id": call, "started_at": at} for call, at in named.items()])
        await connection.execute(rows.on_conflict_do_nothing())


def event_row(entry: entries.CallEvent) -> dict[str, Any]:
    return {
        "call_id": entry.call,
        "at": entry.at,
        "event": entry.event,
        "agent": entry.agent,
        "detail": entry.detail,
    }


async def happened(connection: AsyncConnection, entry: entries.CallEvent) -> None:
    """The events themselves are appended together; an answer also names the call's agent."""
    if entry.event == "answered" and entry.agent is not None:
        await connection.execute(update(Call).where(Call.id == entry.call).values(agent=entry.agent))


async def ended(connection: AsyncConnection, entry: entries.CallEnded) -> None:
    """The first outcome stands. Drafts that nobody will complete are abandoned."""
    closed = await connection.execute(
        update(Call)
        .where(Call.id == entry.call, Call.ended_at.is_(None))
        .values(
            ended_at=entry.at,
            outcome=entry.outcome,
            language=func.coalesce(entry.language, Call.language),
            agent=func.coalesce(entry.agent, Call.agent),
        )
    )
    if closed.rowcount == 0 or not closed_by_call_end(CaseState.DRAFT, entry.outcome):
        return
    drafts = await connection.execute(
        update(Case)
        .where(Case.call_id == entry.call, Case.state == CaseState.DRAFT)
        .values(state=CaseState.ABANDONED)
        .returning(Case.number)
    )
    for number in drafts.scalars().all():
        await note(connection, number, entry.at, "abandoned", call=entry.call)


async def recorded(connection: AsyncConnection, entry: entries.RecordingStored) -> None:
    await connection.execute(
        insert(Recording)
        .values(
            call_id=entry.call,
            case_number=entry.number,
            what=entry.what,
            started_at=entry.started_at,
            seconds=entry.seconds,
            files=entry.files,
            sha256=entry.sha256,
        )
        .on_conflict_do_nothing()
    )

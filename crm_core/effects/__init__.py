"""What each journal entry does to the database. Entries may come late, twice or out of order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import entries
from crm_core.effects import callers, calls, cases
from crm_core.entries import AnyEntry
from crm_core.storage.tables import AgentEvent, CallEvent

_EFFECTS: dict[type[Any], Callable[[AsyncConnection, Any], Awaitable[None]]] = {
    entries.CallerKnown: callers.known,
    entries.CallerForgotten: callers.forgotten,
    entries.CaseOpened: cases.opened,
    entries.CaseSaved: cases.saved,
    entries.CaseLinked: cases.linked,
    entries.CaseAbandoned: cases.abandoned,
    entries.CallEvent: calls.happened,
    entries.CallEnded: calls.ended,
    entries.RecordingStored: calls.recorded,
}


async def apply(connection: AsyncConnection, batch: Sequence[AnyEntry]) -> None:
    """Apply these, in their order, within the caller's transaction; all of them or an error.

    The rows of calls come first and those that are only appended come last, each kind at once: an order that
    nothing in between can tell.
    """
    await calls.exist(connection, batch)
    for entry in batch:
        effect = _EFFECTS.get(type(entry))
        if effect is not None:
            await effect(connection, entry)
    if events := [calls.event_row(each) for each in batch if isinstance(each, entries.CallEvent)]:
        await connection.execute(insert(CallEvent), events)
    if states := [_state_row(each) for each in batch if isinstance(each, entries.AgentStateChanged)]:
        await connection.execute(insert(AgentEvent), states)


def _state_row(entry: entries.AgentStateChanged) -> dict[str, Any]:
    return {"agent": entry.agent, "at": entry.at, "state": entry.state, "reason": entry.reason}

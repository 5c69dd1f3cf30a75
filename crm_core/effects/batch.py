"""A batch of entries: read what they touch, change it, write it back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import entries
from crm_core.effects import agents, callers, calls, cases
from crm_core.effects.reading import last_saves, read_sheet
from crm_core.effects.sheet import Sheet
from crm_core.effects.writing import write_sheet
from crm_core.entries import AnyEntry

EFFECTS: dict[type[Any], Callable[[Sheet, Any], None]] = {
    entries.CallStarted: calls.started,
    entries.CallerKnown: callers.known,
    entries.CallerForgotten: callers.forgotten,
    entries.CaseOpened: cases.opened,
    entries.CaseSaved: cases.saved,
    entries.CaseLinked: cases.linked,
    entries.CallEvent: calls.happened,
    entries.CallEnded: calls.ended,
    entries.AgentStateChanged: agents.changed_state,
    entries.RecordingStored: calls.recorded,
}


async def apply(connection: AsyncConnection, batch: Sequence[AnyEntry], *, late: bool = False) -> None:
    """Apply these, in their order, within the caller's transaction; all of them or an error. `late` entries were set
    aside before: later ones may have been applied meanwhile.

    Unfit (NotYet among it) where an entry breaks a rule; what SQLAlchemy raises where the database refuses.
    """
    if not batch:
        return
    sheet = await read_sheet(connection, batch)
    if late:
        sheet.saved_at = await last_saves(connection, list(sheet.cases))
    for entry in batch:
        call = getattr(entry, "call", None)
        if call is not None:
            sheet.mention(call, entry.at)
        EFFECTS[type(entry)](sheet, entry)
    await write_sheet(connection, sheet)

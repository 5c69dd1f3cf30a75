"""What entries do to calls."""

from __future__ import annotations

from crm_core import entries
from crm_core.domain.case import CaseState, closed_by_call_end
from crm_core.effects.sheet import Sheet


def started(sheet: Sheet, entry: entries.CallStarted) -> None:
    sheet.calls[entry.call].started_at = entry.at


def happened(sheet: Sheet, entry: entries.CallEvent) -> None:
    """Appended; an answer also names the call's agent."""
    sheet.events.append(
        {"call_id": entry.call, "at": entry.at, "event": entry.event, "agent": entry.agent, "detail": entry.detail}
    )
    if entry.event == "answered" and entry.agent is not None:
        sheet.calls[entry.call].agent = entry.agent


def ended(sheet: Sheet, entry: entries.CallEnded) -> None:
    """The first outcome stands. Drafts that nobody will complete are abandoned."""
    call = sheet.calls[entry.call]
    if call.ended_at is not None:
        return
    call.ended_at, call.outcome = entry.at, entry.outcome
    call.language = entry.language or call.language
    call.agent = entry.agent or call.agent
    for case in sheet.cases_of(entry.call):
        if closed_by_call_end(case.state, entry.outcome):
            case.state = CaseState.ABANDONED
            sheet.note(case.number, entry.at, "abandoned", call=entry.call)


def recorded(sheet: Sheet, entry: entries.RecordingStored) -> None:
    sheet.recordings.append(
        {
            "call_id": entry.call,
            "case_number": entry.number,
            "what": entry.what,
            "started_at": entry.started_at,
            "seconds": entry.seconds,
            "files": entry.files,
            "sha256": entry.sha256,
        }
    )

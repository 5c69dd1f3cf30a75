"""What entries do to citizens: a caller becomes known, or is forgotten."""

from __future__ import annotations

from crm_core import entries
from crm_core.effects.sheet import Sheet
from crm_core.storage.base import opaque_id


def known(sheet: Sheet, entry: entries.CallerKnown) -> None:
    """Tie the call and its cases to the citizen of this number, unless somebody wished to stay unknown."""
    call = sheet.calls[entry.call]
    if call.anonymous or call.citizen_id is not None:
        return
    citizen = sheet.phones.get(entry.phone)
    if citizen is None:
        citizen = sheet.phones[entry.phone] = sheet.new_phones[entry.phone] = opaque_id()
        sheet.citizens.append(citizen)
    call.citizen_id = citizen
    for case in sheet.cases_of(entry.call):
        if not case.anonymous and case.citizen_id is None:
            case.citizen_id = citizen


def forgotten(sheet: Sheet, entry: entries.CallerForgotten) -> None:
    """The call and the cases it opened lose their citizen, for good; so does the number if nothing else needs it."""
    call = sheet.calls[entry.call]
    if call.citizen_id is not None:
        sheet.forgotten.add(call.citizen_id)
    call.anonymous, call.citizen_id = True, None
    for case in sheet.cases_of(entry.call):
        case.anonymous, case.citizen_id, case.reporter_name = True, None, ""
        sheet.note(case.number, entry.at, "made-anonymous", agent=entry.agent, call=entry.call)

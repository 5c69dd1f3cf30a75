"""What entries do to cases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crm_core import entries
from crm_core.domain.case import CaseState, CaseType, closed_by_call_end, may_become
from crm_core.domain.deadlines import WITHOUT_SERVICE, promised_on
from crm_core.effects.sheet import CaseRow, Sheet
from crm_core.errors import Unfit
from crm_core.workdays import closed_days, day_in_panama


def opened(sheet: Sheet, entry: entries.CaseOpened) -> None:
    """A draft, or with `confirmed` a new case. The same number and key again may confirm it, once a message is left.

    Unfit where the number belongs to another case.
    """
    case_type = _type(entry.type)
    if (there := sheet.cases.get(entry.number)) is not None:
        _open_again(sheet, there, entry)
        return
    call = sheet.calls[entry.call]
    anonymous = entry.anonymous or call.anonymous
    case = CaseRow(
        number=entry.number,
        key=entry.key,
        type=case_type,
        state=CaseState.DRAFT,
        language=entry.language,
        anonymous=anonymous,
        citizen_id=None if anonymous else call.citizen_id,
        call_id=entry.call,
        opened_at=entry.at,
    )
    sheet.cases[entry.number] = case
    if entry.confirmed:
        _confirm(sheet, case, entry.at)
    elif call.outcome is not None and closed_by_call_end(case.state, call.outcome):
        case.state = CaseState.ABANDONED
    sheet.link(entry.call, entry.number, "opened", entry.at)
    call.case_number = call.case_number or entry.number
    call.language = call.language or entry.language
    sheet.note(entry.number, entry.at, "opened", state=case.state)


def _open_again(sheet: Sheet, case: CaseRow, entry: entries.CaseOpened) -> None:
    if (case.key, case.call_id) != (entry.key, entry.call):
        raise Unfit(f"Case number {entry.number} belongs to another case.")
    if entry.confirmed and may_become(case.state, CaseState.NEW):
        _confirm(sheet, case, entry.at)
        sheet.note(entry.number, entry.at, "confirmed")


def saved(sheet: Sheet, entry: entries.CaseSaved) -> None:
    """The agent's form. NotYet where the case is not here; Unfit for a type that does not exist, and where the case is
    another agent's by now, except as of the call that opened it: whoever answered that last has the case on their desk.
    Where entries of the case were set aside, one that comes after a later one changes nothing but what that left
    open, and stands in the history.
    """
    case = sheet.case(entry.number)
    lost = entry.call is not None and sheet.calls[entry.call].agent not in {None, entry.agent}
    held = (lost or case.state == CaseState.NEW) and case.agent not in {None, entry.agent, *sheet.removed}
    not_theirs = held and (lost or entry.call is None or entry.call != case.call_id)
    overtaken = entry.number in sheet.saved_at and entry.at < sheet.saved_at[entry.number]
    if not_theirs and not overtaken:
        raise Unfit(f"Case {entry.number} is {case.agent}'s by now.")
    form = entry.form
    institution, service, unknown = _of_catalogue(sheet, form.institution, form.service)
    fields: dict[str, Any] = {
        "type": _type(form.type),
        "institution": institution,
        "service": service,
        "subject": form.subject,
        "description": form.description,
        "place": form.place,
    }
    confirms = form.confirm and may_become(case.state, CaseState.NEW)
    if overtaken:
        confirmed = confirms and not not_theirs
        if confirmed:
            _confirm(sheet, case, entry.at)
        sheet.note(entry.number, entry.at, "overtaken", agent=entry.agent, written=fields, confirmed=confirmed)
        return
    before = {name: getattr(case, name) for name, value in fields.items() if getattr(case, name) != value}
    for name, value in fields.items():
        setattr(case, name, value)
    case.reporter_name = "" if case.anonymous else form.reporter_name
    case.agent = entry.agent
    if confirms:
        _confirm(sheet, case, entry.at)
    elif case.confirmed_at is not None and before.keys() & {"institution", "service"}:
        _promise(sheet, case, case.confirmed_at)
    detail = {"before": before} | ({"unknown": unknown} if unknown else {})
    sheet.note(entry.number, entry.at, "confirmed" if confirms else "saved", agent=entry.agent, **detail)


def linked(sheet: Sheet, entry: entries.CaseLinked) -> None:
    """The draft is void, unless it was confirmed before; the call belongs to the existing case too.

    NotYet where either is not here; Unfit for a draft of another call.
    """
    if entry.draft == entry.existing:
        raise Unfit(f"Case {entry.draft} cannot be linked to itself.")
    draft, existing, call = sheet.case(entry.draft), sheet.case(entry.existing), sheet.calls[entry.call]
    if draft.call_id != entry.call:
        raise Unfit(f"Case {draft.number} is not of call {entry.call}.")
    if may_become(draft.state, CaseState.VOID):
        draft.state = CaseState.VOID
        sheet.note(draft.number, entry.at, "void", agent=entry.agent, existing=existing.number)
    sheet.link(entry.call, existing.number, "linked", entry.at)
    if call.case_number in (None, draft.number):
        call.case_number = existing.number
    sheet.note(existing.number, entry.at, "linked", agent=entry.agent, call=entry.call)


def _confirm(sheet: Sheet, case: CaseRow, at: datetime) -> None:
    case.state = CaseState.NEW
    case.confirmed_at = at
    _promise(sheet, case, at)


def _promise(sheet: Sheet, case: CaseRow, confirmed_at: datetime) -> None:
    days = WITHOUT_SERVICE
    if case.institution is not None and case.service is not None:
        days = sheet.services[case.institution][case.service]
    day = day_in_panama(confirmed_at)
    case.promised_on = promised_on(day, days, closed_days(day.year))


def _type(given: str | None) -> CaseType | None:
    try:
        return None if given is None else CaseType(given)
    except ValueError as error:
        raise Unfit(f"{given!r} is no type of case.") from error


def _of_catalogue(
    sheet: Sheet, institution: str | None, service: str | None
) -> tuple[str | None, str | None, list[str]]:
    """The codes that the catalogue knows, and those it does not: a save is not lost because a service went."""
    given = [code for code in (institution, service) if code]
    if not institution or institution not in sheet.services:
        return None, None, given
    if not service or service not in sheet.services[institution]:
        return institution, None, given[1:]
    return institution, service, []

"""What entries do to cases."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import entries
from crm_core.domain.case import CaseState, CaseType, closed_by_call_end, may_become
from crm_core.domain.deadlines import WITHOUT_SERVICE, promised_on
from crm_core.errors import Unfit
from crm_core.storage.tables import Call, CallCase, Case, CaseHistory, Institution, Service
from crm_core.workdays import closed_days, day_in_panama


class NotYet(Unfit):
    """The entry speaks of a case that is not here: it may still come, from another segment or node."""


async def note(
    connection: AsyncConnection, number: str, at: datetime, what: str, *, agent: str | None = None, **detail: Any
) -> None:
    """One line of the case's history. `detail` must hold no telephone number and no name."""
    await connection.execute(
        insert(CaseHistory).values(case_number=number, at=at, what=what, agent=agent, detail=detail)
    )


async def opened(connection: AsyncConnection, entry: entries.CaseOpened) -> None:
    """A draft, or with `confirmed` a new case. The same number and key again may confirm it, once a message
    is left.

    Unfit where the number belongs to another case.
    """
    columns = select(Call.citizen_id, Call.anonymous, Call.ended_at, Call.outcome).where(Call.id == entry.call)
    call = (await connection.execute(columns)).one()
    state = CaseState.NEW if entry.confirmed else CaseState.DRAFT
    if call.ended_at is not None and closed_by_call_end(state, call.outcome):
        state = CaseState.ABANDONED
    anonymous = entry.anonymous or call.anonymous
    inserted = await connection.execute(
        upsert(Case)
        .values(
            number=entry.number,
            key=entry.key,
            type=_type(entry.type),
            state=state,
            language=entry.language,
            anonymous=anonymous,
            citizen_id=None if anonymous else call.citizen_id,
            call_id=entry.call,
            opened_at=entry.at,
            **(await _confirmation(connection, entry.at, None, None) if entry.confirmed else {}),
        )
        .on_conflict_do_nothing()
        .returning(Case.number)
    )
    if inserted.scalar_one_or_none() is None:
        await _confirm_opened(connection, entry)
        return
    await connection.execute(
        upsert(CallCase)
        .values(call_id=entry.call, case_number=entry.number, how="opened", at=entry.at)
        .on_conflict_do_nothing()
    )
    await connection.execute(
        update(Call)
        .where(Call.id == entry.call)
        .values(
            case_number=func.coalesce(Call.case_number, entry.number),
            language=func.coalesce(Call.language, entry.language),
        )
    )
    await note(connection, entry.number, entry.at, "opened", state=state)


async def _confirm_opened(connection: AsyncConnection, entry: entries.CaseOpened) -> None:
    case = await _locked(connection, entry.number)
    if (case.key, case.call_id) != (entry.key, entry.call):
        raise Unfit(f"Case number {entry.number} belongs to another case.")
    if entry.confirmed and may_become(CaseState(case.state), CaseState.NEW):
        promise = await _confirmation(connection, entry.at, case.institution, case.service)
        await _change(connection, entry.number, state=CaseState.NEW, **promise)
        await note(connection, entry.number, entry.at, "confirmed")


async def saved(connection: AsyncConnection, entry: entries.CaseSaved) -> None:
    """The agent's form. NotYet where the case is not here; Unfit for a type that does not exist."""
    case = await _locked(connection, entry.number)
    form = entry.form
    institution, service, unknown = await _of_catalogue(connection, form.institution, form.service)
    fields: dict[str, Any] = {
        "type": _type(form.type),
        "institution": institution,
        "service": service,
        "subject": form.subject,
        "description": form.description,
        "place": form.place,
        "reporter_name": "" if case.anonymous else form.reporter_name,
    }
    detail: dict[str, Any] = {
        "before": {
            name: getattr(case, name)
            for name, value in fields.items()
            if name != "reporter_name" and getattr(case, name) != value
        }
    }
    if unknown:
        detail["unknown"] = unknown
    confirms = form.confirm and may_become(CaseState(case.state), CaseState.NEW)
    if confirms:
        fields |= {"state": CaseState.NEW, **await _confirmation(connection, entry.at, institution, service)}
    elif case.confirmed_at is not None and (institution, service) != (case.institution, case.service):
        fields |= await _confirmation(connection, case.confirmed_at, institution, service)
    await _change(connection, entry.number, agent=entry.agent, **fields)
    await note(connection, entry.number, entry.at, "confirmed" if confirms else "saved", agent=entry.agent, **detail)


async def linked(connection: AsyncConnection, entry: entries.CaseLinked) -> None:
    """The draft is void, unless it was confirmed before; the call belongs to the existing case too."""
    if entry.draft == entry.existing:
        raise Unfit(f"Case {entry.draft} cannot be linked to itself.")
    await _locked(connection, entry.existing)
    draft = await _locked(connection, entry.draft)
    if may_become(CaseState(draft.state), CaseState.VOID):
        await _change(connection, entry.draft, state=CaseState.VOID)
        await note(connection, entry.draft, entry.at, "void", agent=entry.agent, existing=entry.existing)
    await connection.execute(
        upsert(CallCase)
        .values(call_id=entry.call, case_number=entry.existing, how="linked", at=entry.at)
        .on_conflict_do_nothing()
    )
    await connection.execute(
        update(Call)
        .where(Call.id == entry.call, func.coalesce(Call.case_number, entry.draft) == entry.draft)
        .values(case_number=entry.existing)
    )
    await note(connection, entry.existing, entry.at, "linked", agent=entry.agent, call=entry.call)


async def abandoned(connection: AsyncConnection, entry: entries.CaseAbandoned) -> None:
    case = await _locked(connection, entry.number)
    if case.state == CaseState.DRAFT:
        await _change(connection, entry.number, state=CaseState.ABANDONED)
        await note(connection, entry.number, entry.at, "abandoned")


async def _locked(connection: AsyncConnection, number: str) -> Row[Any]:
    table = Case.__table__
    found = (await connection.execute(select(table).where(Case.number == number).with_for_update())).one_or_none()
    if found is None:
        raise NotYet(f"There is no case {number}.")
    return found


async def _change(connection: AsyncConnection, number: str, **fields: Any) -> None:
    await connection.execute(update(Case).where(Case.number == number).values(**fields))


def _type(given: str | None) -> CaseType | None:
    try:
        return None if given is None else CaseType(given)
    except ValueError as error:
        raise Unfit(f"{given!r} is no type of case.") from error


async def _of_catalogue(
    connection: AsyncConnection, institution: str | None, service: str | None
) -> tuple[str | None, str | None, list[str]]:
    """The codes that the catalogue knows, and those it does not: a save is not lost because a service went."""
    if not institution:
        return None, None, [service] if service else []
    known = await connection.execute(select(Institution.code).where(Institution.code == institution))
    if known.scalar_one_or_none() is None:
        return None, None, [institution, *([service] if service else [])]
    if not service:
        return institution, None, []
    found = await connection.execute(
        select(Service.code).where(Service.institution == institution, Service.code == service)
    )
    return (institution, service, []) if found.scalar_one_or_none() else (institution, None, [service])


async def _confirmation(
    connection: AsyncConnection, at: datetime, institution: str | None, service: str | None
) -> dict[str, datetime | date]:
    """The columns of a case whose clock runs since `at`."""
    days: int | None = None
    if service is not None:
        found = await connection.execute(
            select(Service.days).where(Service.institution == institution, Service.code == service)
        )
        days = found.scalar_one_or_none()
    day = day_in_panama(at)
    promised = promised_on(day, WITHOUT_SERVICE if days is None else days, closed_days(day.year))
    return {"confirmed_at": at, "promised_on": promised}

"""Reading all that a batch touches, a table at a time, locked in one order so that two batches never deadlock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ARRAY, CollectionAggregate, Text, any_, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import entries
from crm_core.effects.sheet import CallRow, CaseRow, Sheet
from crm_core.entries import AnyEntry
from crm_core.storage.tables import Agent, Call, Case, CaseHistory, Institution, Phone, Service


async def read_sheet(connection: AsyncConnection, batch: Sequence[AnyEntry]) -> Sheet:
    sheet = Sheet()
    calls = {call for entry in batch if (call := getattr(entry, "call", None)) is not None}
    if calls:
        for row in await connection.execute(_CALLS, {"ids": sorted(calls)}):
            sheet.read_call(CallRow(**row._mapping))
    numbers = {number for entry in batch for number in entry.cases()}
    openers = {call for entry in batch if (call := entry.opener()) is not None}
    if numbers or openers:
        for row in await connection.execute(_CASES, {"numbers": sorted(numbers), "openers": sorted(openers)}):
            sheet.read_case(CaseRow(**row._mapping))
    if holders := _others_holding(sheet, batch):
        sheet.removed = set(await connection.scalars(_REMOVED, {"names": sorted(holders)}))
    phones = {entry.phone for entry in batch if isinstance(entry, entries.CallerKnown)}
    if phones:
        rows = await connection.execute(_PHONES, {"numbers": sorted(phones)})
        sheet.phones = {row.number: row.citizen_id for row in rows}
    institutions = {entry.form.institution for entry in batch if isinstance(entry, entries.CaseSaved)}
    institutions |= {case.institution for case in sheet.cases.values()}
    if wanted := sorted(code for code in institutions if code):
        for row in await connection.execute(_SERVICES, {"codes": wanted}):
            services = sheet.services.setdefault(row.institution, {})
            if row.code is not None:
                services[row.code] = row.days
    return sheet


async def last_saves(connection: AsyncConnection, numbers: Sequence[str]) -> dict[str, datetime]:
    """When an agent's form was last written to each of these cases."""
    rows = await connection.execute(
        select(CaseHistory.case_number, func.max(CaseHistory.at))
        .where(CaseHistory.case_number.in_(numbers), CaseHistory.agent.is_not(None))
        .where(CaseHistory.what.in_(("saved", "confirmed")))
        .group_by(CaseHistory.case_number)
    )
    return dict(rows.all())


def _others_holding(sheet: Sheet, batch: Sequence[AnyEntry]) -> set[str]:
    """The agents of cases that somebody else saves."""
    saves = [entry for entry in batch if isinstance(entry, entries.CaseSaved) and entry.number in sheet.cases]
    holders = ((sheet.cases[entry.number].agent, entry.agent) for entry in saves)
    return {holder for holder, agent in holders if holder is not None and holder != agent}


def _given(name: str) -> CollectionAggregate[bool]:
    """`= any(:name)`: one parameter whatever its length, so that the statement is compiled and planned once."""
    return any_(bindparam(name, type_=ARRAY(Text)))


_CALLS = select(Call.__table__).where(Call.id == _given("ids")).order_by(Call.id).with_for_update()
_CASES = (
    select(Case.__table__)
    .where(or_(Case.number == _given("numbers"), Case.call_id == _given("openers")))
    .order_by(Case.number)
    .with_for_update()
)
_REMOVED = select(Agent.name).where(Agent.name == _given("names"), ~Agent.active)
_PHONES = select(Phone.number, Phone.citizen_id).where(Phone.number == _given("numbers"))
_SERVICES = (
    select(Institution.code.label("institution"), Service.code, Service.days)
    .outerjoin(Service, Service.institution == Institution.code)
    .where(Institution.code == _given("codes"))
)

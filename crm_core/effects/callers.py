"""What entries do to citizens: a caller becomes known, or is forgotten."""

from __future__ import annotations

from sqlalchemy import delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import entries
from crm_core.effects.cases import note
from crm_core.storage.base import opaque_id
from crm_core.storage.tables import Call, Case, Citizen, Phone


async def known(connection: AsyncConnection, entry: entries.CallerKnown) -> None:
    """Tie the call and its cases to the citizen of this number, unless somebody wished to stay unknown."""
    call = (await connection.execute(select(Call.anonymous, Call.citizen_id).where(Call.id == entry.call))).one()
    if call.anonymous or call.citizen_id is not None:
        return
    citizen = await _citizen_of(connection, entry.phone)
    await connection.execute(update(Call).where(Call.id == entry.call).values(citizen_id=citizen))
    await connection.execute(
        update(Case)
        .where(Case.call_id == entry.call, Case.anonymous.is_(False), Case.citizen_id.is_(None))
        .values(citizen_id=citizen)
    )


async def _citizen_of(connection: AsyncConnection, phone: str) -> str:
    owner = select(Phone.citizen_id).where(Phone.number == phone)
    found: str | None = (await connection.execute(owner)).scalar_one_or_none()
    if found is not None:
        return found
    citizen = opaque_id()
    await connection.execute(insert(Citizen).values(id=citizen))
    taken = await connection.execute(
        insert(Phone).values(citizen_id=citizen, number=phone).on_conflict_do_nothing().returning(Phone.citizen_id)
    )
    if taken.scalar_one_or_none() is not None:
        return citizen
    # Another node met the same caller in this very moment.
    await connection.execute(delete(Citizen).where(Citizen.id == citizen))
    return (await connection.execute(owner)).scalar_one()


async def forgotten(connection: AsyncConnection, entry: entries.CallerForgotten) -> None:
    """The call and the cases it opened lose their citizen, for good; so does the number if nothing else needs
    it.
    """
    citizen = (await connection.execute(select(Call.citizen_id).where(Call.id == entry.call))).scalar_one()
    await connection.execute(update(Call).where(Call.id == entry.call).values(anonymous=True, citizen_id=None))
    cases = await connection.execute(
        update(Case)
        .where(Case.call_id == entry.call)
        .values(anonymous=True, citizen_id=None, reporter_name="")
        .returning(Case.number)
    )
    for number in cases.scalars().all():
        await note(connection, number, entry.at, "made-anonymous", call=entry.call)
    if citizen is not None:
        await connection.execute(
            delete(Phone).where(
                Phone.citizen_id == citizen,
                ~exists().where(Call.citizen_id == citizen),
                ~exists().where(Case.citizen_id == citizen),
            )
        )

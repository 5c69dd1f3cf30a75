"""Citizens: who they are by telephone, and being forgotten."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.errors import NotFound
from crm_core.services import audit
from crm_core.services.reach import transaction
from crm_core.storage.tables import Case, Citizen, Phone


async def citizen_of(engine: AsyncEngine, phone: str) -> str | None:
    """The opaque id of whoever calls from this number (E.164); None for a caller who is new."""
    async with transaction(engine) as connection:
        found = await connection.execute(select(Phone.citizen_id).where(Phone.number == phone))
        return found.scalar_one_or_none()


async def erase_citizen(engine: AsyncEngine, citizen: str, *, by: str) -> None:
    """Forget a citizen: the row with their number goes, and their name leaves their cases, which stay.

    NotFound where there is no such citizen. Erasing twice is no error.
    """
    async with transaction(engine) as connection:
        known = await connection.execute(select(Citizen.id).where(Citizen.id == citizen))
        if known.scalar_one_or_none() is None:
            raise NotFound(f"There is no citizen {citizen}.")
        await connection.execute(delete(Phone).where(Phone.citizen_id == citizen))
        await connection.execute(update(Case).where(Case.citizen_id == citizen).values(reporter_name=""))
        await audit.note(connection, by, "erased", f"citizen:{citizen}")

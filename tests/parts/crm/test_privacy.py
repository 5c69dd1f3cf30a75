"""Nothing is left of a citizen who is erased, and no log has their number."""

from __future__ import annotations

import traceback

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.effects.batch import apply
from crm_core.entries import CallerKnown
from crm_core.errors import NotFound, Unfit
from crm_core.services import cases, citizens, search
from crm_core.services.reach import transaction
from crm_core.storage.tables import Phone, metadata
from tests.parts.crm.filed import AT, LEAK, ROSA


async def test_erasing_a_citizen_is_one_row_and_their_cases_stay(centre: AsyncEngine) -> None:
    citizen = await citizens.citizen_of(centre, ROSA)
    assert citizen is not None
    await citizens.erase_citizen(centre, citizen, by="administrator")
    async with centre.connect() as connection:
        for table in metadata.sorted_tables:
            rows = (await connection.execute(select(table))).all()
            assert not [row for row in rows if ROSA in str(row) or "Rosa" in str(row)], table.name
    detail = await cases.case_detail(centre, LEAK, by="ana")
    assert detail is not None
    assert (detail.phone, detail.reporter_name, detail.citizen) == (None, "", citizen)
    await citizens.erase_citizen(centre, citizen, by="administrator")
    with pytest.raises(NotFound):
        await citizens.erase_citizen(centre, "nobody", by="administrator")


async def test_a_caller_who_was_erased_and_calls_again_is_somebody_new(centre: AsyncEngine) -> None:
    before = await citizens.citizen_of(centre, ROSA)
    assert before is not None
    await citizens.erase_citizen(centre, before, by="administrator")
    async with centre.begin() as connection:
        await apply(connection, [CallerKnown(id="n", at=AT, call="c9", phone=ROSA)])
    after = await citizens.citizen_of(centre, ROSA)
    assert after is not None
    assert after != before


async def test_no_number_is_in_what_is_logged_of_an_unforeseen_error(centre: AsyncEngine) -> None:
    with pytest.raises(IntegrityError) as twice:
        async with transaction(centre) as connection:
            await connection.execute(insert(Phone).values(citizen_id="somebody", number=ROSA))
    logged = "".join(traceback.format_exception(twice.value))
    assert "duplicate key value" in logged
    assert ROSA not in logged
    with pytest.raises(Unfit) as unfit:
        await search.search(centre, f"{ROSA}\x00x", by="ana")
    assert ROSA not in "".join(traceback.format_exception(unfit.value))

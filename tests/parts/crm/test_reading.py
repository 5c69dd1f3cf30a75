"""One case as the staff finds and reads it."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.services import audit, cases, search
from crm_core.services.agents import add_agent, change_agent
from tests.parts.crm.filed import LEAK, ROSA, WATER


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (LEAK, [LEAK]),
        ("26 4071 3351", [LEAK]),
        ("60000001", [LEAK, WATER]),
        ("+507 6000-0001", [LEAK, WATER]),
        ("via espana", [LEAK]),
        ("NUÑEZ", [LEAK]),
        ("fuga noche", [LEAK]),
        ("fuga mañana", []),
        ("100%", []),
        ("_", []),
        ("  ", []),
    ],
)
async def test_cases_are_found_by_what_is_remembered(centre: AsyncEngine, asked: str, found: list[str]) -> None:
    assert sorted(line.number for line in await search.search(centre, asked, by="ana")) == sorted(found)


async def test_a_case_is_shown_whole_and_the_reading_is_on_record(centre: AsyncEngine) -> None:
    detail = await cases.case_detail(centre, LEAK, by="ana")
    assert detail is not None
    assert (detail.key, detail.phone, detail.reporter_name) == ("0412", ROSA, "Rosa Núñez")
    assert [line.what for line in detail.history] == ["opened", "confirmed", "linked"]
    assert [(call.id, call.how) for call in detail.calls] == [("c1", "opened"), ("c2", "linked")]
    assert [recording.seconds for recording in detail.recordings] == [60.0]
    [entry] = await audit.trail(centre, f"case:{LEAK}")
    assert (entry.agent, entry.action) == ("ana", "read")
    assert await cases.case_detail(centre, "2699999994", by="ana") is None


async def test_a_case_is_held_by_whoever_saved_it_last_until_they_are_removed(centre: AsyncEngine) -> None:
    async def holder() -> str | None:
        standing = await cases.case_standing(centre, LEAK)
        assert standing is not None
        return standing.holder

    await add_agent(centre, "ana", phone="sip", role="agent", password="una-clave-larga")
    assert await holder() == "ana"
    await change_agent(centre, "ana", by="root", active=False)
    assert await holder() is None
    assert await cases.case_standing(centre, "2699999994") is None

"""What a caller is told of a case, by its number and its key."""

from __future__ import annotations

from datetime import date

from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.services import cases
from tests.parts.crm.filed import DUMP, LEAK


async def test_a_caller_hears_how_their_case_stands(centre: AsyncEngine) -> None:
    status = await cases.case_status(centre, LEAK)
    assert status == cases.CaseStatus(
        number=LEAK,
        type="complaint",
        institution="idaan",
        state="new",
        promised_on=date(2026, 12, 1),
        needs_key=False,
    )
    denunciation = await cases.case_status(centre, DUMP)
    assert denunciation is not None
    assert denunciation.needs_key
    assert await cases.case_status(centre, "2699999994") is None


async def test_only_the_right_key_opens_a_case(centre: AsyncEngine) -> None:
    assert await cases.check_key(centre, DUMP, "7788")
    assert not await cases.check_key(centre, DUMP, "0412")
    assert not await cases.check_key(centre, "2699999994", "7788")
    assert not await cases.check_key(centre, DUMP, "ñ")

"""The drafts and messages that wait for an agent, and the drafts that nobody completes."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.effects.batch import apply
from crm_core.entries import CallEnded, CallEvent, CaseForm, CaseOpened, CaseSaved
from crm_core.services import audit, cases, sweeps
from crm_core.storage.tables import Case
from tests.parts.crm.filed import AT, DUMP, MESSAGE


async def test_an_agent_finds_the_drafts_of_their_own_calls_until_they_confirm_them(centre: AsyncEngine) -> None:
    assert await cases.to_complete(centre, by="luis") == []
    async with centre.begin() as connection:
        await apply(connection, [CallEvent(id="a", at=AT, call="c3", event="answered", agent="luis")])
    assert await cases.to_complete(centre, by="luis") == []  # the caller may be with somebody else by now
    async with centre.begin() as connection:
        await apply(connection, [CallEnded(id="c", at=AT, call="c3", outcome="answered", agent="luis")])
    found = await cases.to_complete(centre, by="luis")
    assert [(line.number, line.state) for line in found] == [(DUMP, "draft")]
    assert await cases.to_complete(centre, by="luis", but=[DUMP]) == []
    assert await cases.to_complete(centre, by="ana") == []
    listed = [line.detail["found"] for line in await audit.trail(centre, "cases") if line.agent == "luis"]
    assert listed == [[DUMP]]
    form = CaseForm(type="complaint", subject="Basura", confirm=True)
    async with centre.begin() as connection:
        await apply(connection, [CaseSaved(id="b", at=AT, call=None, number=DUMP, agent="luis", form=form)])
    assert await cases.to_complete(centre, by="luis") == []


async def test_a_message_is_any_agents_to_complete_until_one_has(centre: AsyncEngine) -> None:
    left = {"number": MESSAGE, "key": "1", "type": "complaint", "language": "es", "confirmed": True}
    async with centre.begin() as connection:
        await apply(connection, [CaseOpened(id="a", at=AT, call="c4", **left)])
    for agent in ("ana", "luis"):
        assert [(line.number, line.state) for line in await cases.to_complete(centre, by=agent)] == [(MESSAGE, "new")]
    form = CaseForm(type="complaint", subject="Basura", confirm=True)
    async with centre.begin() as connection:
        await apply(connection, [CaseSaved(id="b", at=AT, call=None, number=MESSAGE, agent="luis", form=form)])
    assert await cases.to_complete(centre, by="ana") == []


async def test_all_of_an_agents_own_drafts_are_listed_before_the_oldest_messages(centre: AsyncEngine) -> None:
    def left(number: str, hours: int) -> CaseOpened:
        given = {"number": number, "key": "1", "type": "complaint", "language": "es", "confirmed": True}
        return CaseOpened(id=number, at=AT + timedelta(hours=hours), call=f"c{number}", **given)

    messages = ["2600000014", "2600000023", "2600000038"]
    async with centre.begin() as connection:
        await apply(connection, [left(number, 3 + hours) for hours, number in enumerate(messages)])
        await apply(connection, [CallEvent(id="a", at=AT, call="c3", event="answered", agent="luis")])
        await apply(connection, [CallEnded(id="b", at=AT, call="c3", outcome="answered", agent="luis")])
    found = await cases.to_complete(centre, by="luis", messages=2)
    assert [line.number for line in found] == [DUMP, *messages[:2]]


async def test_drafts_that_nobody_completes_are_closed_after_a_day(centre: AsyncEngine) -> None:
    async with centre.begin() as connection:
        await apply(connection, [CallEnded(id="e", at=AT, call="c3", outcome="answered")])
    assert await sweeps.draft_sweep(centre, AT + timedelta(hours=23)) == []
    assert await sweeps.draft_sweep(centre, AT + timedelta(hours=27)) == [DUMP]
    assert await sweeps.draft_sweep(centre, AT + timedelta(hours=27)) == []
    async with centre.begin() as connection:
        await connection.execute(update(Case).where(Case.number == DUMP).values(state="draft", call_id="c2"))
    assert await sweeps.draft_sweep(centre, AT + timedelta(hours=27)) == []  # its call is still on

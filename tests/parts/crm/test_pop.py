"""A caller's earlier cases, as the pop shows them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.effects.batch import apply
from crm_core.entries import CallEnded, CallerKnown, CallStarted, CaseOpened
from crm_core.services import audit, cases, citizens
from tests.parts.crm.filed import AT, LEAK, MESSAGE, ROSA


async def test_the_pop_shows_a_callers_earlier_cases_and_leaves_an_audit_entry(centre: AsyncEngine) -> None:
    found = await cases.earlier_cases(centre, ROSA, by="luis")
    assert [line.number for line in found] == [LEAK]
    citizen = await citizens.citizen_of(centre, ROSA)
    assert [line.action for line in await audit.trail(centre, f"citizen:{citizen}")] == ["read"]
    assert await cases.earlier_cases(centre, ROSA, by="luis", but=[LEAK]) == []
    assert await cases.earlier_cases(centre, "+50769999999", by="luis") == []


async def test_the_pop_tells_that_a_caller_gave_up_before(centre: AsyncEngine) -> None:
    async with centre.begin() as connection:
        await apply(
            connection,
            [
                CallStarted(id="a", at=AT + timedelta(hours=3), call="c4"),
                CallerKnown(id="b", at=AT, call="c4", phone=ROSA),
                CaseOpened(
                    id="c",
                    at=AT + timedelta(hours=3),
                    call="c4",
                    number=MESSAGE,
                    key="1",
                    type="complaint",
                    language="es",
                ),
                CallEnded(id="d", at=AT + timedelta(hours=3), call="c4", outcome="abandoned"),
            ],
        )
    found = await cases.earlier_cases(centre, ROSA, by="luis")
    assert [(line.number, line.state) for line in found] == [(MESSAGE, "abandoned"), (LEAK, "new")]


async def test_abandoned_cases_hide_no_open_one_from_the_pop(centre: AsyncEngine) -> None:
    given_up = [f"26000{count:05d}" for count in range(10, 17)]
    async with centre.begin() as connection:
        for hours, number in enumerate(given_up):
            at, call = AT + timedelta(hours=3 + hours), f"c{number}"
            opened = {"number": number, "key": "1", "type": "complaint", "language": "es"}
            await apply(
                connection,
                [
                    CallStarted(id=f"{call}-a", at=at, call=call),
                    CallerKnown(id=f"{call}-b", at=at, call=call, phone=ROSA),
                    CaseOpened(id=f"{call}-c", at=at, call=call, **opened),
                    CallEnded(id=f"{call}-d", at=at, call=call, outcome="abandoned"),
                ],
            )
    found = await cases.earlier_cases(centre, ROSA, by="luis", limit=1)
    assert [line.number for line in found] == [*given_up[:1:-1], LEAK]

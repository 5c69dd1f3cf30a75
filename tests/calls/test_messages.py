"""What callers say to the tape when nobody is at work becomes a case."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from ivr.api import AgentState, Phase, SaveCase
from ivr.calls import ids
from ivr.calls.spool import has_sound
from ivr.prompts import CaseNumber, Key
from tests.agents import CALLER, at_work, confirmed_case
from tests.calls.asking import at_the_tape, well_formed
from tests.centre import Centre, eventually
from tests.telephone.hearing import read_wav, tone_share

EVENTS = "select event from call_event where call_id = :call"
MESSAGE = """
    select c.number, c.state, c.type from "case" as c join recording as r on r.case_number = c.number
    where r.call_id = :call and r.what = 'message' and c.number <> :draft
"""


async def test_a_message_becomes_a_case(centre: Centre, floor: object, number: str):
    async with centre.phone(number, sends=CALLER) as phone:
        call = await at_the_tape(centre, phone, number)
        await asyncio.sleep(4)
        await phone.press("#")
        await phone.hear("message.thanks")
        [case] = await eventually(lambda: centre.cases_of(call), within=15)
        await phone.hear("case.number_is")
        await phone.hear_number(CaseNumber(case["number"]))
        await phone.hear_number(Key(await centre.key_of(case["number"])))
        await phone.hang_up()
    await centre.nothing_is_left_of(call)
    row = await centre.ended_call(call)
    assert (row["outcome"], row["case_number"]) == ("message", case["number"])
    assert ((await centre.case(case["number"]))["type"], (await centre.case(case["number"]))["state"]) == (
        "idea",
        "new",
    )
    [path] = centre.settings.recordings.rglob(f"{call}-*.wav")
    message = read_wav(path)
    assert 3 < len(message) / 8000 < 8
    assert tone_share(message[8000:24000], CALLER) > 0.8


async def test_who_says_nothing_is_told_so_and_asked_once_more(centre: Centre, floor: object, number: str):
    async with centre.phone(number) as phone:
        call = await at_the_tape(centre, phone, number)

        async def is_recorded() -> bool:
            return has_sound(centre.settings, ids.message(call))

        await eventually(is_recorded, every=0.02)
        await phone.press("#")
        await phone.hear("message.too_short", whole=True)
        await phone.hear("message.leave", whole=True)
        await phone.hang_up()
    await centre.ended_call(call)
    assert await centre.rows("select 1 from recording where call_id = :call", call=call) == []


async def test_what_an_agent_saves_while_a_message_is_left_disturbs_nobody(centre: Centre, floor: object, number: str):
    """Asterisk holds what is sent to a channel that is being recorded, and all that comes behind it."""
    async with centre.phone(number, sends=CALLER) as phone, centre.phone(f"7{number[1:]}") as other:
        await phone.dial("311")
        call = await centre.call_id(number)
        await phone.press("113")
        await phone.hear("queue.no_agents", within=20)
        await other.dial("311")
        await other.press("1")
        await other.hear("menu.main", within=15)
        await phone.press("1")
        await phone.hear("message.leave", whole=True)
        await asyncio.sleep(2)
        [case] = await eventually(lambda: centre.cases_of(call))
        form = {"type": "idea", "subject": "Un parque"}
        save = SaveCase(entry=str(uuid.uuid4()), agent="rosa", call=call, number=case["number"], form=form)
        assert (await centre.ask(save)).ok
        await other.press("1")
        await other.hear("menu.report", within=3)
        await other.hang_up()
        await phone.press("#")
        await phone.hear("message.thanks")
        await phone.hear_number(CaseNumber(case["number"]))
        await phone.hang_up()
    await centre.nothing_is_left_of(call)
    assert "resumed" not in [event for (event,) in await centre.rows(EVENTS, call=call)]


@pytest.mark.parametrize("when", ["before", "while it is left"])
async def test_a_message_of_a_call_that_is_linked_is_a_case_of_its_own(
    centre: Centre, floor: dict[str, str], number: str, when: str
):
    """The agent was lost, and links the call to an earlier case; the caller has more to say than to wait."""
    earlier = await confirmed_case(centre, floor["rosa"], f"7{number[1:]}")
    async with centre.phone(number, sends=CALLER) as phone:
        async with at_work(centre, "rosa", floor["rosa"]) as rosa:
            await phone.dial("311")
            await phone.press("111")
            await rosa.phone.in_call(15)
            call = await rosa.in_phase(Phase.TALKING)
            if when == "before":
                assert (await rosa.link(call, earlier, None)).ok
            await rosa.is_lost(call)
            await rosa.becomes(AgentState.PAUSED, within=30)
        await phone.hear("queue.no_agents", within=40)
        await phone.press("1")
        await phone.hear("message.leave", whole=True)
        if when != "before":
            assert (await rosa.link(call, earlier, None)).ok
        await asyncio.sleep(4)
        await phone.press("#")
        await phone.hear("message.thanks")
        await phone.hear("case.numbers_several")
        [case] = await eventually(
            lambda: centre.rows(MESSAGE, call=call.id, draft=call.cases[0].number), lambda rows: rows, 15
        )
        await phone.hear_number(CaseNumber(earlier))
        await phone.hear_number(CaseNumber(case.number), within=20)
        await phone.hang_up()
    assert (case.state, case.type) == ("new", "complaint")
    assert await centre.rows("select 1 from journal_poison where entry->>'call' = :call", call=call.id) == []


async def test_who_lost_a_call_saves_nothing_over_who_answered_it_next_though_it_is_over(
    centre: Centre, floor: dict[str, str], number: str
):
    async with centre.phone(number, sends=CALLER) as phone:
        async with at_work(centre, "rosa", floor["rosa"]) as rosa:
            await phone.dial("311")
            await phone.press("111")
            await rosa.phone.in_call(15)
            call = await rosa.in_phase(Phase.TALKING)
            await rosa.is_lost(call)
            await rosa.becomes(AgentState.PAUSED, within=30)
        async with at_work(centre, "ciro", floor["ciro"]) as ciro:
            await ciro.phone.in_call(40)
            await ciro.in_phase(Phase.TALKING)
            assert (await ciro.save(call, subject="De ciro")).ok
            assert (await rosa.save(call, subject="De rosa")).error == "not-yours"
            assert (await rosa.link(call, well_formed(), None)).error == "not-yours"
            await phone.hang_up()
            await ciro.becomes(AgentState.WRAP_UP)
            assert (await rosa.save(call, subject="De rosa")).error == "not-yours"
        assert (await rosa.save(call, subject="De rosa")).error == "not-yours"
    subject = 'select subject from "case" where call_id = :call and agent = :agent'
    assert await eventually(lambda: centre.rows(subject, call=call.id, agent="ciro"), bool, 15) == [("De ciro",)]
    assert await centre.rows("select 1 from journal_poison where entry->>'call' = :call", call=call.id) == []


async def test_a_message_is_kept_when_the_caller_simply_hangs_up(centre: Centre, floor: object, number: str):
    async with centre.phone(number, sends=CALLER) as phone:
        call = await at_the_tape(centre, phone, number, keys="10")
        await asyncio.sleep(4)
        await phone.hang_up()
    await centre.nothing_is_left_of(call)
    assert (await centre.ended_call(call))["outcome"] == "message"
    [case] = await centre.cases_of(call)
    assert (case["type"], case["state"]) == (None, "new")

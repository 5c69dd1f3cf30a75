"""A telephone that is gone without a word, as when its cable is pulled: the agent's, then the caller's."""

from __future__ import annotations

import asyncio

import pytest

from ivr.api import AgentState, Phase
from ivr.prompts import CaseNumber
from tests.agents import CALLER, VOICE, at_work
from tests.centre import Centre


async def test_an_agents_telephone_that_vanishes_is_not_an_agent_who_hangs_up(
    centre: Centre, floor: dict[str, str], number: str
):
    """The caller hears that it goes on, the agent is rung again, and then the caller is the next to be served."""
    async with centre.phone(number, sends=CALLER) as phone, centre.phone(f"7{number[1:]}") as later:
        async with at_work(centre, "rosa", floor["rosa"]) as rosa:
            await phone.dial("311")
            await phone.press("111")
            await rosa.phone.in_call(15)
            await asyncio.gather(phone.hear_tone(VOICE), rosa.phone.hear_tone(CALLER))
            call = await rosa.in_phase(Phase.TALKING)
            await later.dial("311")
            await later.press("114")
            await later.hear("queue.next", within=20)

            rosa.phone.vanish()
            await phone.hear("agent.lost", within=20)
            await phone.hear_music(within=15)
            assert (await rosa.view()).state is AgentState.TALKING
            view = await rosa.becomes(AgentState.PAUSED, within=30)
            assert view.reason == "telephone lost"

        async with at_work(centre, "ciro", floor["ciro"]) as ciro:
            await ciro.phone.in_call(15)
            await phone.hear_tone(VOICE)
            again = await ciro.in_phase(Phase.TALKING)
            assert (again.id, [case.number for case in again.cases]) == (call.id, [call.cases[0].number])
            await ciro.phone.hang_up()
            await phone.hear_number(CaseNumber(call.cases[0].number))
            await phone.hang_up()
        await later.hang_up()
    await centre.nothing_is_left_of(call.id)
    assert (await centre.ended_call(call.id))["agent"] == "ciro"
    events = [row.event for row in await centre.rows("select event from call_event where call_id = :c", c=call.id)]
    assert [event for event in events if event.startswith("agent-")] == ["agent-lost", "agent-gone", "agent-ended"]


@pytest.mark.parametrize("when", ["once the caller has heard of it", "at once"])
async def test_a_telephone_that_comes_back_is_in_its_conversation_again(
    centre: Centre, floor: dict[str, str], number: str, when: str
):
    """One that starts anew at once answers OPTIONS all the while: that another has taken its place, and no media comes,
    tells of its fall."""
    async with centre.phone(number, sends=CALLER) as phone, at_work(centre, "rosa", floor["rosa"]) as rosa:
        await phone.dial("311")
        await phone.press("111")
        await rosa.phone.in_call(15)
        await asyncio.gather(phone.hear_tone(VOICE), rosa.phone.hear_tone(CALLER))
        call = await rosa.in_phase(Phase.TALKING)
        rosa.phone.vanish()
        if when != "at once":
            await phone.hear("agent.lost", within=20)
        async with centre.phone("agent-rosa", password=floor["rosa"], answers=True, sends=VOICE) as new:
            await new.in_call(30)
            await asyncio.gather(phone.hear_tone(VOICE), new.hear_tone(CALLER))
            assert (await rosa.in_phase(Phase.TALKING)).id == call.id
            await phone.hang_up()
            await new.ended(5)
            await rosa.becomes(AgentState.WRAP_UP)
    await centre.nothing_is_left_of(call.id)


async def test_an_agent_who_only_listens_is_not_lost(centre: Centre, floor: dict[str, str], number: str):
    """A telephone that sends no media (here: on hold) and answers OPTIONS is there."""
    async with centre.phone(number, sends=CALLER) as phone, at_work(centre, "rosa", floor["rosa"]) as rosa:
        await phone.dial("311")
        await phone.press("111")
        await rosa.phone.in_call(15)
        call = await rosa.in_phase(Phase.TALKING)
        await rosa.phone.baresip.command("hold")
        await asyncio.sleep(10)
        assert (await rosa.in_phase(Phase.TALKING)).id == call.id
        await phone.hang_up()
        await rosa.becomes(AgentState.WRAP_UP)


@pytest.mark.long
async def test_a_caller_who_vanishes_in_a_conversation_frees_the_agent_and_leaves_nothing(
    centre: Centre, floor: dict[str, str], number: str
):
    """Silence alone says nothing of a caller: their line is gone when it does not answer the session's refresh."""
    async with at_work(centre, "rosa", floor["rosa"]) as rosa:
        async with centre.phone(number, sends=CALLER) as phone:
            await phone.dial("311")
            await phone.press("111")
            await rosa.phone.in_call(15)
            await rosa.phone.hear_tone(CALLER)
            call = await rosa.in_phase(Phase.TALKING)
            phone.vanish()
        await rosa.phone.ended(120)
        await rosa.becomes(AgentState.WRAP_UP)
        await centre.nothing_is_left_of(call.id)
    assert (await centre.ended_call(call.id))["outcome"] == "answered"

"""Who is served when: callers who wait, and agents who do not answer or do not come back."""

from __future__ import annotations

from ivr.api import AgentState, Phase
from ivr.prompts import CaseNumber, Position
from tests.agents import CALLER, VOICE, at_work
from tests.centre import Centre


async def test_an_agent_who_does_not_answer_is_paused_and_the_caller_stays_first(
    centre: Centre, floor: dict[str, str], number: str
):
    second = f"7{number[1:]}"
    async with (
        at_work(centre, "rosa", floor["rosa"], answers=False) as rosa,
        centre.phone(number, sends=CALLER) as first_phone,
        centre.phone(second, sends=700) as second_phone,
    ):
        await first_phone.dial("311")
        first = await centre.call_id(number)
        await first_phone.press("111")
        await rosa.phone.rings(15)
        await second_phone.dial("311")
        await second_phone.press("111")
        view = await rosa.becomes(AgentState.PAUSED, within=20)
        assert view.reason == "ring no answer"
        await first_phone.hear_music(within=20)
        await second_phone.hear("queue.no_agents", within=40)
        async with at_work(centre, "ciro", floor["ciro"]) as ciro:
            await ciro.phone.in_call(10)
            await ciro.phone.hear_tone(CALLER)
            assert (await ciro.in_phase(Phase.TALKING)).id == first
            await first_phone.hang_up()
            await ciro.ready_again()
            await second_phone.hear_tone(VOICE, within=15)


async def test_who_waits_behind_another_hears_their_place(centre: Centre, floor: dict[str, str], number: str):
    async with (
        at_work(centre, "rosa", floor["rosa"]) as rosa,
        centre.phone(number) as one,
        centre.phone(f"7{number[1:]}") as two,
        centre.phone(f"8{number[1:]}") as three,
    ):
        await one.dial("311")
        await one.press("111")
        await rosa.phone.in_call(15)
        await two.dial("311")
        await two.press("111")
        await two.hear("queue.next", within=15)
        await three.dial("311")
        await three.press("111")
        await three.hear("queue.position", Position(2), within=15)
        await three.hear_music()
        await one.hang_up()
        await rosa.ready_again()
        await two.hear_tone(VOICE, within=10)


async def test_a_caller_whose_agent_does_not_come_back_is_the_next_to_be_served(
    centre: Centre, floor: dict[str, str], number: str
):
    """The agent's telephone is gone, and Asterisk says so (Q.850 cause 38): no word of anybody ended their part."""
    async with at_work(centre, "rosa", floor["rosa"]) as rosa, centre.phone(number, sends=CALLER) as phone:
        await phone.dial("311")
        await phone.press("111")
        await rosa.phone.in_call(15)
        call = await rosa.in_phase(Phase.TALKING)
        await rosa.is_lost(call)
        await phone.hear("agent.lost", within=10)
        await rosa.becomes(AgentState.PAUSED, within=30)
        async with at_work(centre, "ciro", floor["ciro"]) as ciro:
            await ciro.phone.in_call(15)
            await phone.hear_tone(VOICE)
            again = await ciro.in_phase(Phase.TALKING)
            assert (again.id, [case.number for case in again.cases]) == (call.id, [call.cases[0].number])
            await ciro.phone.hang_up()
            await phone.hear_number(CaseNumber(call.cases[0].number))
            await phone.hang_up()
            await ciro.becomes(AgentState.WRAP_UP)
    assert (await centre.ended_call(call.id))["agent"] == "ciro"

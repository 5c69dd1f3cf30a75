"""A caller may hang up at any moment, and nothing of the call is left: no channel, bridge, snoop, task or draft."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from ivr.api import AgentState, Phase
from tests.agents import Agent, at_work
from tests.centre import Centre
from tests.telephone import Telephone

Way = Callable[[Telephone], Awaitable[None]]


async def in_the_greeting(phone: Telephone) -> None:
    await phone.hear("greeting")


async def before_anything_is_said(phone: Telephone) -> None:
    pass


async def in_the_language_menu(phone: Telephone) -> None:
    await phone.press("*")
    await phone.hear("language.menu")


async def in_the_main_menu(phone: Telephone) -> None:
    await phone.press("1")
    await phone.hear("menu.main")


async def asked_whether_to_stay_unknown(phone: Telephone) -> None:
    await phone.press("112")
    await phone.hear("ask.anonymous")


async def keying_a_case_number(phone: Telephone) -> None:
    await phone.press("12264")


@pytest.mark.parametrize(
    "way",
    [
        before_anything_is_said,
        in_the_greeting,
        in_the_language_menu,
        in_the_main_menu,
        asked_whether_to_stay_unknown,
        keying_a_case_number,
    ],
    ids=lambda way: way.__name__,
)
async def test_nothing_is_left_of_a_caller_who_hangs_up(centre: Centre, number: str, way: Way):
    async with centre.phone(number) as phone:
        await phone.dial("311")
        call = await centre.call_id(number)
        await way(phone)
        await phone.hang_up()
    await centre.nothing_is_left_of(call)
    assert (await centre.ended_call(call))["outcome"] == "abandoned"
    assert await centre.cases_of(call) == []


async def test_a_caller_who_gives_up_in_the_queue_leaves_an_abandoned_draft(centre: Centre, floor: object, number: str):
    async with centre.phone(number) as phone:
        await phone.dial("311")
        call = await centre.call_id(number)
        await phone.press("111")
        await phone.hear("queue.no_agents", within=15)
        await phone.hang_up()
    await centre.nothing_is_left_of(call)
    row = await centre.ended_call(call)
    assert row["outcome"] == "abandoned"
    assert [(case["type"], case["state"]) for case in await centre.cases_of(call)] == [("complaint", "abandoned")]


async def test_a_caller_who_gives_up_while_an_agent_is_rung_stops_the_ringing(
    centre: Centre, floor: dict[str, str], number: str
):
    async with at_work(centre, "rosa", floor["rosa"], answers=False) as rosa, centre.phone(number) as phone:
        await phone.dial("311")
        call = await centre.call_id(number)
        await phone.press("11")
        await phone.press("3")
        await rosa.phone.rings(15)
        await phone.hang_up()
        await rosa.phone.ended(5)
        await rosa.becomes(AgentState.READY)
        await centre.nothing_is_left_of(call)
    assert (await centre.ended_call(call))["outcome"] == "abandoned"
    assert [case["state"] for case in await centre.cases_of(call)] == ["abandoned"]


async def test_a_caller_who_hangs_up_in_the_conversation_frees_the_agent(
    centre: Centre, floor: dict[str, str], number: str
):
    async with at_work(centre, "rosa", floor["rosa"]) as rosa, centre.phone(number, sends=850) as phone:
        call = await talking(centre, rosa, phone, number)
        await phone.hang_up()
        await rosa.phone.ended(5)
        await rosa.becomes(AgentState.WRAP_UP)
        await rosa.in_phase(Phase.HUNG_UP)
        await centre.nothing_is_left_of(call)
    assert (await centre.ended_call(call))["outcome"] == "answered"
    assert "The caller hangs up." in await centre.run("logs", "--call", call, "--language", "en")


async def test_a_caller_who_hangs_up_while_the_number_is_read_leaves_nothing(
    centre: Centre, floor: dict[str, str], number: str
):
    async with at_work(centre, "rosa", floor["rosa"]) as rosa, centre.phone(number, sends=850) as phone:
        call = await talking(centre, rosa, phone, number)
        await rosa.save(await rosa.in_phase(Phase.TALKING))
        await rosa.phone.hang_up()
        await phone.hear("case.number_is", within=15)
        await rosa.in_phase(Phase.CLOSING)
        await phone.hang_up()
        await rosa.in_phase(Phase.HUNG_UP)
        await centre.nothing_is_left_of(call)
    row = await centre.ended_call(call)
    assert row["outcome"] == "answered"
    assert [case["state"] for case in await centre.cases_of(call)] == ["new"]


async def talking(centre: Centre, agent: Agent, phone: Telephone, number: str) -> str:
    """A caller and an agent in conversation; the call's id."""
    await phone.dial("311")
    call = await centre.call_id(number)
    await phone.press("111")
    await agent.phone.in_call(15)
    await phone.hear_tone(1000)
    return call

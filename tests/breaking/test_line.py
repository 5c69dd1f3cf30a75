"""`line` dies, freezes or is stopped, at each stage of a call; callers notice a moment's silence at most."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import AsyncIterator, Iterator

import pytest

from ivr.api import AgentState, Phase
from ivr.prompts import CaseNumber, Key
from tests.agents import CALLER, VOICE, at_work, confirmed_case
from tests.breaking.steps import both_hear, conversation, in_menu, is_new, unstartable
from tests.calls.asking import ask_for, at_the_tape
from tests.centre import Centre, eventually

MESSAGE = """
    select c.number, c.state, c.type from "case" as c join recording as r on r.case_number = c.number
    where r.call_id = :call and r.what = 'message'
"""

WAYS = pytest.mark.parametrize("way", [signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM], ids=lambda way: way.name)


@WAYS
async def test_a_caller_in_the_menu_hears_the_question_again(breakable: Centre, number: str, way: signal.Signals):
    async with breakable.phone(number) as phone:
        await in_menu(phone)
        old = await breakable.kill("line", way)
        phone.listen_again()
        await phone.hear("menu.main", within=30)
        await is_new(breakable, "line", old)
        await phone.press("2")
        await phone.hear("ask.case_number")
        call = await breakable.call_id(number)
        await phone.hang_up()
    await breakable.nothing_is_left_of(call)
    assert (await breakable.ended_call(call))["outcome"] == "abandoned"


@contextlib.asynccontextmanager
async def halted(centre: Centre) -> AsyncIterator[None]:
    """What is keyed meanwhile reaches `line` at once, ahead of its questions. After three seconds it counts as hung."""
    line = await centre.kill("line", signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(line, signal.SIGCONT)


async def test_a_hash_keyed_ahead_in_the_menus_belongs_to_the_answer_before_it(breakable: Centre, number: str):
    async with breakable.phone(number) as phone:
        await phone.dial("311")
        await phone.hear("greeting")
        async with halted(breakable):
            await phone.press("1#1#")
        await phone.hear("menu.report", within=15)
        await phone.hang_up()


async def test_a_hash_keyed_ahead_behind_a_cases_number_cuts_nothing_off(
    breakable: Centre, people: dict[str, str], number: str
):
    case = await confirmed_case(breakable, people["rosa"], f"7{number[1:]}")
    async with breakable.phone(number) as phone:
        await ask_for(phone, case[:-1])
        async with halted(breakable):
            await phone.press(case[-1] + "#")
        await phone.hear("status.type", within=15)
        await phone.hear("status.again", within=30)
        await phone.hang_up()


@WAYS
async def test_callers_in_the_queue_keep_their_places(
    breakable: Centre, people: dict[str, str], number: str, way: signal.Signals
):
    async with (
        breakable.phone(number, sends=CALLER) as first,
        breakable.phone(f"7{number[1:]}", sends=700) as second,
    ):
        for phone in (first, second):
            await phone.dial("311")
            await phone.press("111")
            await phone.hear("queue.no_agents", within=25)
        old = await breakable.kill("line", way)
        await is_new(breakable, "line", old)
        async with at_work(breakable, "rosa", people["rosa"]) as rosa:
            await rosa.phone.in_call(20)
            await both_hear(first, rosa.phone)
            call = await rosa.in_phase(Phase.TALKING)
            [case] = call.cases
            assert not second.is_in_call or "queue.next" not in [heard.name for heard in first.heard()]
            await rosa.save(call)
            await first.hang_up()
            await rosa.ready_again()
            await second.hear_tone(VOICE, within=20)
            await second.hang_up()
    await breakable.ended_call(call.id)
    assert (await breakable.case(case.number))["state"] == "new"


@WAYS
async def test_a_conversation_goes_on_and_ends_with_the_number(
    breakable: Centre, people: dict[str, str], number: str, way: signal.Signals
):
    async with conversation(breakable, people, number) as talk:
        old = await breakable.kill("line", way)
        # Both hear each other all the while.
        for _ in range(6):
            await both_hear(talk.caller, talk.agent.phone)
            await asyncio.sleep(0.5)
        await is_new(breakable, "line", old)
        await both_hear(talk.caller, talk.agent.phone)
        assert (await talk.agent.view()).state is AgentState.TALKING
        assert (await talk.agent.save(await talk.agent.in_phase(Phase.TALKING))).ok
        await talk.agent.phone.hang_up()
        number_of_case = talk.call.cases[0].number
        await talk.caller.hear("case.number_is", within=15)
        await talk.caller.hear_number(CaseNumber(number_of_case))
        await talk.caller.hear_number(Key(await breakable.key_of(number_of_case)))
        await talk.caller.hang_up()
        await breakable.nothing_is_left_of(talk.call.id)
    row = await breakable.ended_call(talk.call.id)
    assert (row["outcome"], row["case_number"]) == ("answered", number_of_case)
    recorded = await eventually(
        lambda: breakable.rows("select seconds from recording where call_id = :call", call=talk.call.id), within=40
    )
    [(talked,)] = await breakable.rows(
        "select extract(epoch from max(at) filter (where event = 'agent-ended')"
        " - min(at) filter (where event = 'answered')) from call_event where call_id = :call",
        call=talk.call.id,
    )
    assert recorded[0][0] > float(talked) - 0.5


async def test_a_message_goes_on_being_recorded(breakable: Centre, number: str):
    async with breakable.phone(number, sends=CALLER) as phone:
        call = await at_the_tape(breakable, phone, number)
        await asyncio.sleep(3)
        old = await breakable.kill("line")
        await is_new(breakable, "line", old)
        await asyncio.sleep(1)
        phone.listen_again()
        await phone.press("#")
        await phone.hear("message.thanks")
        await phone.hear("case.number_is")
        assert [heard.name for heard in phone.heard()].count("message.leave") == 1
        await phone.hang_up()
    await breakable.nothing_is_left_of(call)
    assert (await breakable.ended_call(call))["outcome"] == "message"
    [case] = await breakable.cases_of(call)
    assert (case["type"], case["state"]) == ("idea", "new")
    [(seconds, away)] = await breakable.rows(
        "select r.seconds, extract(epoch from max(e.at) - min(e.at)) from recording as r join call_event as e"
        " on e.call_id = r.call_id and e.event in ('resumed', 'message-left') where r.call_id = :call"
        " group by r.seconds",
        call=call,
    )
    assert seconds > 1.5 + float(away)


@pytest.mark.parametrize(("before", "at_least"), [("not begun", 1), ("broken off", 4)])
async def test_what_is_not_recorded_of_a_conversation_after_a_restart_is_recorded_from_then_on(
    breakable: Centre, people: dict[str, str], number: str, before: str, at_least: float
):
    """As where `line` died between the snoops and their recording, or where Asterisk ended that for a full disk."""
    async with conversation(breakable, people, number) as talk:
        call = talk.call.id
        await asyncio.sleep(3)
        with unstartable(breakable):
            old = await breakable.kill("line")
            for side in ("in", "out"):
                way = ("", "DELETE") if before == "not begun" else ("/stop", "POST")
                await breakable.ari(f"recordings/live/{call}-{side}{way[0]}", way[1])
        await is_new(breakable, "line", old)
        await both_hear(talk.caller, talk.agent.phone)
        await asyncio.sleep(2)
        await talk.caller.hang_up()
    [(seconds,)] = await eventually(
        lambda: breakable.rows("select seconds from recording where call_id = :call", call=call), within=40
    )
    assert at_least < seconds < at_least + 10


async def test_an_agent_who_is_rung_again_when_line_dies_is_rung_once(
    breakable: Centre, people: dict[str, str], number: str
):
    async def rung() -> list[tuple[str, str]]:
        channels = await breakable.ari("channels")
        return [(each["id"], each["state"]) for each in channels if each["id"].startswith(f"{call.id}-agent-")]

    async with breakable.phone(number, sends=CALLER) as phone, at_work(breakable, "rosa", people["rosa"]) as rosa:
        await phone.dial("311")
        await phone.press("111")
        await rosa.phone.in_call(20)
        await both_hear(phone, rosa.phone)
        call = await rosa.in_phase(Phase.TALKING)
        lost = f"{call.id}-agent-1"
        rosa.phone.vanish()
        async with breakable.phone("agent-rosa", password=people["rosa"], sends=VOICE) as new:
            await breakable.ari(f"channels/{lost}?reason_code=38", "DELETE")
            # The first ring again is a short one; the second rings for as long as the caller waits.
            second = f"{call.id}-agent-3"
            await eventually(rung, lambda legs: legs == [(second, "Ringing")], within=8, every=0.05)
            old = await breakable.kill("line")
            await is_new(breakable, "line", old)
            [(third, _)] = await eventually(
                rung, lambda legs: [state for _, state in legs] == ["Ringing"] and legs[0][0] != second, within=10
            )
            await new.answer()
            assert third in await breakable.things_of(call.id)
            await both_hear(phone, new)
            await phone.hang_up()
    await breakable.nothing_is_left_of(call.id)


@contextlib.contextmanager
def setting(centre: Centre, **changed: object) -> Iterator[None]:
    """The node's settings are these while it lasts. A part reads them at its start."""
    file = centre.data / "settings.json"
    before = file.read_bytes()
    file.write_bytes(json.dumps(json.loads(before) | changed).encode())
    try:
        yield
    finally:
        file.write_bytes(before)


async def test_a_line_that_sends_all_over_http_serves_a_whole_call(
    breakable: Centre, people: dict[str, str], number: str
):
    with setting(breakable, ari_over_http=True):
        old = await breakable.kill("line")
        await is_new(breakable, "line", old)
    async with conversation(breakable, people, number) as talk:
        await talk.agent.phone.hang_up()
        case = CaseNumber(talk.call.cases[0].number)
        await talk.caller.hear_number(case)
        await talk.caller.hang_up()
        await breakable.nothing_is_left_of(talk.call.id)
    old = await breakable.kill("line", signal.SIGTERM)
    await is_new(breakable, "line", old)


async def test_a_message_of_a_call_that_was_linked_is_a_case_of_its_own_though_line_died_in_it(
    breakable: Centre, people: dict[str, str], number: str
):
    earlier = await confirmed_case(breakable, people["rosa"], f"7{number[1:]}")
    async with breakable.phone(number, sends=CALLER) as phone:
        async with at_work(breakable, "rosa", people["rosa"]) as rosa:
            await phone.dial("311")
            await phone.press("111")
            await rosa.phone.in_call(15)
            call = await rosa.in_phase(Phase.TALKING)
            await rosa.is_lost(call)
            await rosa.becomes(AgentState.PAUSED, within=30)
        await phone.hear("queue.no_agents", within=40)
        await phone.press("1")
        await phone.hear("message.leave", whole=True)
        await asyncio.sleep(4)
        assert (await rosa.link(call, earlier, None)).ok
        await breakable.kill("line")
        await phone.hang_up()
    [case] = await eventually(lambda: breakable.rows(MESSAGE, call=call.id), bool, 40)
    assert case.number not in (earlier, call.cases[0].number)
    assert (case.state, case.type) == ("new", "complaint")

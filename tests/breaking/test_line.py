"""`line` dies, freezes or is stopped, at each stage of a call; callers notice a moment's silence at most."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from ivr.api import AgentState, Phase
from ivr.prompts import CaseNumber, Key
from tests.agents import VOICE, at_work
from tests.breaking.steps import CALLER, both_hear, conversation, in_menu, is_new
from tests.centre import Centre, eventually

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
            await rosa.set(AgentState.READY)
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
        await phone.dial("311")
        call = await breakable.call_id(number)
        await phone.press("113")
        await phone.hear("queue.no_agents", within=20)
        await phone.press("1")
        await phone.hear("message.leave", whole=True)
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


@contextlib.contextmanager
def unstartable(centre: Centre) -> Iterator[None]:
    """`line` cannot be started while this lasts: the place of its sign of life is taken."""
    place = centre.settings.run / "line.sock"
    place.unlink()
    place.mkdir()
    try:
        yield
    finally:
        place.rmdir()


async def test_if_line_does_not_come_back_callers_hear_an_apology_and_conversations_go_on(
    breakable: Centre, people: dict[str, str], number: str
):
    async with (
        conversation(breakable, people, number) as talk,
        breakable.phone(f"7{number[1:]}") as waiting,
        breakable.phone(f"8{number[1:]}") as late,
    ):
        await in_menu(waiting)
        waiting.listen_again()
        with unstartable(breakable):
            old = await breakable.kill("line")
            await waiting.hear("fallback.apology", within=25)
            await late.dial("311", within=25)
            await late.hear("fallback.apology")
            await waiting.hear_music(within=20)
            await both_hear(talk.caller, talk.agent.phone)
        await is_new(breakable, "line", old, within=90)
        # Back again, it takes them up where they were.
        await waiting.hear("menu.main", within=30)
        await late.hear("greeting", within=30)
        await both_hear(talk.caller, talk.agent.phone)
        await talk.agent.phone.hang_up()
        await talk.caller.hear("case.number_is", within=15)


@pytest.mark.long
async def test_a_message_left_while_line_is_away_becomes_a_case(breakable: Centre, number: str):
    async with breakable.phone(number, sends=CALLER) as phone:
        with unstartable(breakable):
            old = await breakable.kill("line")
            await phone.dial("311", within=25)
            await phone.hear("fallback.apology", within=20)
            # Without a language everything is said in both.
            await phone.hear("fallback.message", whole=True, within=150)
            await phone.hear("fallback.message", language="en", whole=True)
            await asyncio.sleep(5)
            await phone.press("#")
            await phone.hear("fallback.thanks", within=15)
            await phone.ended(20)
        await is_new(breakable, "line", old, within=90)

    async def message() -> list[object]:
        return await breakable.rows(
            'select c.number, c.state, r.seconds from "case" as c join recording as r on r.case_number = c.number'
            " join phone as p on p.citizen_id = c.citizen_id where p.number = :phone",
            phone=f"+507{number}",
        )

    [found] = await eventually(message, within=60, every=0.5)
    assert found[1] == "new"  # type: ignore[index]
    assert list((breakable.settings.asterisk / "spool/fallback").iterdir()) == []


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


async def test_a_script_that_raises_sends_its_caller_to_the_fallback_and_never_hangs_up(
    breakable: Centre, people: dict[str, str], number: str
):
    """A state that no version of ours writes, with a time of no zone, makes each offer of this caller raise.

    They wish to stay unknown, and it is their own draft that the message completes.
    """
    async with (
        breakable.phone(number, sends=CALLER) as phone,
        at_work(breakable, "rosa", people["rosa"]) as rosa,
    ):
        await rosa.set(AgentState.PAUSED)
        await phone.dial("311")
        call = await breakable.call_id(number)
        await phone.press("1121")
        await phone.hear("queue.connecting", within=15)
        await phone.hear_music(within=20)
        state = json.loads((await breakable.ari(f"channels/{call}/variable?variable=C311"))["value"])
        torn = {**state, "queued_at": "2026-01-01T00:00:00"}
        await breakable.ari(f"channels/{call}/variable?variable=C311&value={quote(json.dumps(torn))}", "POST")
        old = await breakable.kill("line")
        await is_new(breakable, "line", old)
        await rosa.set(AgentState.READY)
        await phone.hear("fallback.message", whole=True, within=40)
        assert (await rosa.view()).state is AgentState.READY
        await asyncio.sleep(4)
        await phone.hang_up()
    assert (await breakable.ended_call(call, within=60))["outcome"] == "message"
    [case] = await breakable.rows(
        'select number, state, type, anonymous, citizen_id from "case" where call_id = :call', call=call
    )
    assert tuple(case) == (state["cases"][0]["number"], "new", "denunciation", True, None)

"""Callers whom `line` cannot serve hear an apology and may leave a message; conversations go on."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest

import dialplans
from ivr.api import AgentState
from tests.agents import CALLER, at_work
from tests.breaking.steps import both_hear, conversation, in_menu, is_new, unstartable
from tests.calls.asking import at_the_tape
from tests.centre import Centre, eventually
from tests.wav import wav


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


TORN = {"queued_at": "2026-01-01T00:00:00"}
"""In a state: a time of no zone, which no version of ours writes, makes each offer of this caller raise."""


async def set_state(centre: Centre, call: str, state: dict[str, Any]) -> None:
    await centre.ari(f"channels/{call}/variable?variable=C311&value={quote(json.dumps(state))}", "POST")


async def test_a_script_that_raises_sends_its_caller_to_the_fallback_and_never_hangs_up(
    breakable: Centre, people: dict[str, str], number: str
):
    """They wish to stay unknown, and it is their own draft that the message completes."""
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
        await set_state(breakable, call, {**state, **TORN})
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


@contextlib.contextmanager
def unreadable(centre: Centre, *prompts: str) -> Iterator[None]:
    """A script that says one of these prompts raises while this lasts: `line` may not look at its file."""
    closed = centre.data / "closed"
    closed.mkdir(mode=0)
    files = [centre.settings.prompts / f"es/{prompt}.wav" for prompt in prompts]
    for file in files:
        file.rename(file.with_suffix(".kept"))
        file.symlink_to(closed / file.name)
    try:
        yield
    finally:
        for file in files:
            file.with_suffix(".kept").replace(file)
        closed.rmdir()


@pytest.mark.parametrize(
    ("raises", "heard"),
    [
        (["ask.anonymous"], "queue.no_agents"),
        (["ask.anonymous", "service.error"], "fallback.message"),
    ],
    ids=["rescued", "in the fallback"],
)
async def test_a_caller_who_was_asked_and_could_not_answer_stays_unknown(
    breakable: Centre, number: str, raises: list[str], heard: str
):
    async with breakable.phone(number, sends=CALLER) as phone:
        await phone.dial("311")
        call = await breakable.call_id(number)
        await phone.press("112")
        await phone.hear("ask.anonymous", within=15)
        with unreadable(breakable, *raises):
            await phone.press("*")
            await phone.hear(heard, whole=True, within=30)
        if heard == "queue.no_agents":
            await phone.press("1")
            await phone.hear("message.leave", whole=True)
        await asyncio.sleep(4)
        await phone.hang_up()
    row = await breakable.ended_call(call, within=60)
    assert (row["outcome"], row["caller"]) == ("message", None)
    [case] = await breakable.rows(
        'select state, type, anonymous, citizen_id from "case" where call_id = :call', call=call
    )
    assert tuple(case) == ("new", "denunciation", True, None)
    assert await breakable.rows("select 1 from phone where number = :phone", phone=f"+507{number}") == []


async def test_a_caller_whom_not_even_the_fallback_takes_is_taken_up_again(
    breakable: Centre, people: dict[str, str], number: str
):
    async def let_go() -> bool:
        return any(line.get("call") == call and line["event"] == "let go" for line in breakable.log("line"))

    async with breakable.phone(number, sends=CALLER) as phone:
        await phone.dial("311")
        call = await breakable.call_id(number)
        await phone.press("111")
        await phone.hear("queue.no_agents", within=20)
        await phone.hear_music(within=20)
        good = (await breakable.ari(f"channels/{call}/variable?variable=C311"))["value"]
        dialplans.console(breakable.settings, "dialplan remove context fallback")
        try:
            await set_state(breakable, call, {**json.loads(good), **TORN})
            old = await breakable.kill("line")
            await is_new(breakable, "line", old)
            async with at_work(breakable, "rosa", people["rosa"]) as rosa:
                await eventually(let_go, within=20)
                await set_state(breakable, call, json.loads(good))
                await rosa.phone.in_call(30)
                await both_hear(phone, rosa.phone)
                await phone.hang_up()
        finally:
            dialplans.console(breakable.settings, "dialplan reload")


CASE_AND_CALLER = 'select c.state, p.number from "case" as c join phone as p using (citizen_id) where c.call_id = :call'


async def test_messages_that_wait_for_a_number_are_cases_of_their_callers_in_the_end(breakable: Centre, number: str):
    """The stock cannot be read or written: one message was left in the fallback, another is left now."""
    settings = breakable.settings
    began = int(time.time()) - 60
    earlier = f"{settings.node}-{began}.99901"
    spool = settings.asterisk / "spool/fallback"
    lock = breakable.data / "line/numbers.json.lock"
    lock.unlink()
    lock.mkdir()
    try:
        (spool / f"{earlier}.wav").write_bytes(wav(np.full(6 * 8000, 1000, np.int16)))
        facts = f"number=7{number[1:]}\nlanguage=es\ncase=n:::\nepoch={began}\nended={began + 6}\n"
        (spool / f"{earlier}.txt").write_text(facts)
        old = await breakable.kill("line")
        await is_new(breakable, "line", old)
        async with breakable.phone(number, sends=CALLER) as phone:
            call = await at_the_tape(breakable, phone, number)
            await asyncio.sleep(4)
            await phone.press("#")
            await phone.hear("message.thanks", whole=True)
            await phone.hear("service.error")
            await phone.hang_up()
    finally:
        lock.rmdir()
    for left, caller in ((earlier, f"7{number[1:]}"), (call, number)):
        assert (await breakable.ended_call(left, within=60))["outcome"] == "message"
        [found] = await eventually(partial(breakable.rows, CASE_AND_CALLER, call=left), within=40, every=0.5)
        assert tuple(found) == ("new", f"+507{caller}")
    [(ended,)] = await breakable.rows("select extract(epoch from ended_at) from call where id = :call", call=earlier)
    assert int(ended) == began + 6
    assert list(spool.iterdir()) == []

"""Callers whom `line` cannot serve hear an apology and may leave a message; conversations go on."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from ivr.api import AgentState
from tests.agents import CALLER, at_work
from tests.breaking.steps import both_hear, conversation, in_menu, is_new
from tests.centre import Centre, eventually


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

"""What is settled beside the calls: nothing that lives is taken for ended, and an end is told as what it was."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy import text

from tests.agents import CALLER
from tests.breaking.steps import is_new, unstartable
from tests.calls.asking import at_the_tape
from tests.centre import Centre, eventually

ASKING = """
    select 1 from pg_stat_activity
    where wait_event_type = 'Lock' and query ilike '%from call%' and query ilike '%ended_at is null%'
"""
STARTED = "select ended_at from call where id = :call"
KEYED = "select 1 from call_event where call_id = :call and event = 'language'"


async def test_a_call_that_begins_while_the_database_is_asked_for_open_ones_is_not_closed(
    breakable: Centre, number: str
):
    async with breakable.phone(number) as phone:
        async with breakable.database.begin() as other:
            await other.execute(text("lock table call_event in access exclusive mode"))

            async def is_asked() -> list[Any]:
                await other.execute(text("select 1"))  # the server ends whoever is idle in a transaction
                return await breakable.rows(ASKING)

            await eventually(is_asked, within=30, every=0.05)
            await phone.dial("311")
            call = await breakable.call_id(number)
            assert await eventually(lambda: breakable.rows(STARTED, call=call), every=0.05) == [(None,)]
            await eventually(is_asked, within=30, every=0.05)  # it may have given up meanwhile, and ask again
        await phone.hear("greeting")
        await phone.press("1")
        await eventually(lambda: breakable.rows(KEYED, call=call))
        await phone.hear("menu.main", within=15)
        assert await breakable.rows(STARTED, call=call) == [(None,)]
        assert not [line for line in breakable.log("line") if line.get("event") == "closed from the log"]
        await phone.hang_up()
    await breakable.ended_call(call)


async def test_who_hung_up_in_a_message_while_line_was_away_left_a_message(breakable: Centre, number: str):
    async with breakable.phone(number, sends=CALLER) as phone:
        call = await at_the_tape(breakable, phone, number)
        await asyncio.sleep(4)
        with unstartable(breakable):
            old = await breakable.kill("line")
            await phone.hang_up()
        await is_new(breakable, "line", old)
    row = await breakable.ended_call(call)
    [case] = await breakable.cases_of(call)
    assert (row["outcome"], row["case_number"], case["state"]) == ("message", case["number"], "new")

"""Whoever tries one number after another is slowed, then locked out."""

from __future__ import annotations

import time

from tests.calls.asking import ask_for, well_formed
from tests.centre import Centre


async def test_guessing_from_one_line_is_slowed_locked_and_logged(centre: Centre, number: str):
    async with centre.phone(number) as phone:
        await ask_for(phone, well_formed())
        call = await centre.call_id(number)
        delays: list[float] = []
        while True:
            asked = time.monotonic()
            heard = await phone.hear_any("case.unknown", "lookup.locked", within=30)
            if heard == "lookup.locked":
                break
            delays.append(time.monotonic() - asked)
            assert len(delays) < 12
            go_on = "1" if len(delays) % 3 == 0 else ""
            await phone.press(go_on + well_formed())
        assert len(delays) == 10
        assert delays[-1] > delays[1] + 4
        await phone.hang_up()
    await centre.ended_call(call)
    events = await centre.rows("select event from call_event where call_id = :call", call=call)
    assert "lookup-locked" in [event for (event,) in events]

"""From the queue to an agent with a SIP telephone, and to the case number."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path

import numpy as np

from ivr.api import AgentState, Phase
from ivr.prompts import CaseNumber, Key
from tests.agents import CALLER, VOICE, at_work
from tests.centre import Centre, eventually
from tests.telephone.hearing import read_wav, tone_share


async def test_a_complaint_from_the_dial_tone_to_the_case_number(centre: Centre, floor: dict[str, str], number: str):
    async with at_work(centre, "rosa", floor["rosa"]) as rosa, centre.phone(number, sends=CALLER) as phone:
        await phone.dial("311")
        call_id = await centre.call_id(number)
        await phone.hear("greeting")
        await phone.press("1")
        await phone.hear("menu.main")
        await phone.press("1")
        await phone.hear("menu.report")
        await phone.press("1")
        await rosa.phone.in_call(15)
        await asyncio.gather(phone.hear_tone(VOICE), rosa.phone.hear_tone(CALLER))

        call = await rosa.in_phase(Phase.TALKING)
        assert call.id == call_id
        assert call.phone == f"+507{number}"
        assert (call.language, call.choice) == ("es", "complaint")
        [case] = call.cases
        assert (await rosa.save(call, subject="Fuga de agua")).ok

        phone.listen_again()
        await rosa.phone.hang_up()
        await rosa.becomes(AgentState.WRAP_UP)
        await rosa.set(AgentState.WRAP_UP)  # as the page does while somebody types
        await phone.hear("case.number_is", within=15)
        await phone.hear_number(CaseNumber(case.number))
        await phone.hear("case.key_is")
        key = await centre.key_of(case.number)
        await phone.hear_number(Key(key))
        # Everything twice, and again for `*`.
        await phone.hear_number(CaseNumber(case.number))
        await phone.hear_number(Key(key))
        await phone.hear("numbers.repeat", whole=True)
        await phone.press("*")
        await phone.hear_number(CaseNumber(case.number))
        await phone.hear("goodbye", within=60)
        await phone.ended(15)
    await centre.nothing_is_left_of(call_id)

    row = await centre.ended_call(call_id)
    assert (row["outcome"], row["agent"], row["case_number"]) == ("answered", "rosa", case.number)
    shown = await centre.case(case.number)
    assert (shown["type"], shown["state"], shown["language"]) == ("complaint", "new", "es")
    assert shown["call_id"] == call_id


async def test_both_sides_of_a_conversation_are_recorded_apart(centre: Centre, floor: dict[str, str], number: str):
    async with at_work(centre, "rosa", floor["rosa"]) as rosa, centre.phone(number, sends=CALLER) as phone:
        await phone.dial("311")
        call = await centre.call_id(number)
        await phone.press("111")
        await rosa.phone.in_call(15)
        await phone.hear_tone(VOICE)
        await asyncio.sleep(2)
        await rosa.phone.hang_up()
        await phone.hear("case.number_is", within=15)
        await phone.hang_up()
    await centre.nothing_is_left_of(call)

    async def stored() -> dict[str, Path]:
        found = centre.settings.recordings.rglob(f"{call}-*.wav")
        return {path.name.removeprefix(f"{call}-").partition("-")[0]: path for path in found}

    files = await eventually(stored, lambda found: len(found) == 2, 20)
    sides = {name: read_wav(path) for name, path in files.items()}
    for side, hertz in (("caller", CALLER), ("agent", VOICE)):
        assert tone_share(sides[side][8000:-8000], hertz) > 0.8, side
    # They begin together: each side's tone is there from the same moment, within a fifth of a second.
    begins = [int(np.flatnonzero(np.abs(side) > 2000)[0]) for side in sides.values()]
    assert abs(begins[0] - begins[1]) < 1600


async def test_an_agent_may_open_another_case_and_both_numbers_are_read(
    centre: Centre, floor: dict[str, str], number: str
):
    async with at_work(centre, "rosa", floor["rosa"]) as rosa, centre.phone(number) as phone:
        await phone.dial("311")
        await phone.press("114")
        await rosa.phone.in_call(15)
        call = await rosa.in_phase(Phase.TALKING)
        # The page sends a press again where its answer was late: it is one case all the same.
        pressed = str(uuid.uuid4())
        added = await asyncio.gather(*(rosa.add_case(call, "complaint", entry=pressed) for _ in range(3)))
        second = added[0]
        assert added == [second] * 3
        await rosa.save(call)
        await rosa.save(call, second, type="complaint")
        phone.listen_again()
        assert (await rosa.end_part(call)).ok
        await rosa.phone.ended(5)
        await phone.hear("case.numbers_several", within=10)
        await phone.hear_number(CaseNumber(call.cases[0].number))
        await phone.hear_number(CaseNumber(second))
        await phone.hang_up()
    await centre.ended_call(call.id)
    assert {(case["number"], case["state"]) for case in await centre.cases_of(call.id)} == {
        (call.cases[0].number, "new"),
        (second, "new"),
    }


async def test_a_call_about_an_earlier_case_reads_that_number(centre: Centre, floor: dict[str, str], number: str):
    async with at_work(centre, "rosa", floor["rosa"]) as rosa, centre.phone(number) as phone:
        await phone.dial("311")
        await phone.press("111")
        await rosa.phone.in_call(15)
        first = await rosa.in_phase(Phase.TALKING)
        earlier = first.cases[0].number
        await rosa.save(first)
        await phone.hang_up()
        await rosa.ready_again()
        await phone.dial("311")
        await phone.press("111")
        await rosa.phone.in_call(15)
        second = await rosa.in_phase(Phase.TALKING)
        key = await centre.key_of(earlier)
        another = await rosa.add_case(second, "idea")
        for own in (second.cases[0].number, another):
            assert (await rosa.link(second, own, None)).error == "same-call"
        for _ in range(2):  # the answer to the first press was lost
            assert (await rosa.link(second, earlier, key)).ok
        phone.listen_again()
        await rosa.phone.hang_up()
        await phone.hear_number(CaseNumber(earlier))
        await phone.hear_number(Key(key))
        await phone.hear_number(CaseNumber(another))
        await phone.hang_up()
    assert second.id != first.id
    shown = await eventually(lambda: centre.case(second.cases[0].number), lambda case: case["state"] == "void", 15)
    assert shown["number"] != earlier

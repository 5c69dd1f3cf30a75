"""With nobody at work the caller is told, and may wait or leave a message, which becomes a case."""

from __future__ import annotations

import asyncio

from ivr.prompts import CaseNumber, Key
from tests.agents import VOICE, at_work
from tests.centre import Centre, eventually
from tests.telephone.hearing import read_wav, tone_share


async def test_an_agent_without_a_telephone_is_offered_no_call_until_it_is_there(
    centre: Centre, floor: dict[str, str], number: str
):
    await centre.run("agent", "state", "rosa", "ready")
    try:
        async with centre.phone(number) as phone:
            await phone.dial("311")
            await phone.press("114")
            await phone.hear("queue.no_agents", within=20)
            async with centre.phone("agent-rosa", password=floor["rosa"], answers=True, sends=VOICE) as telephone:
                await telephone.in_call(15)
                await phone.hear_tone(VOICE)
                await phone.hang_up()
    finally:
        await centre.run("agent", "state", "rosa", "offline")


async def test_a_message_becomes_a_case(centre: Centre, floor: object, number: str):
    async with centre.phone(number, sends=850) as phone:
        await phone.dial("311")
        call = await centre.call_id(number)
        await phone.press("113")
        await phone.hear("queue.no_agents", within=20)
        await phone.press("1")
        await phone.hear("message.leave", whole=True)
        await asyncio.sleep(4)
        await phone.press("#")
        await phone.hear("message.thanks")
        [case] = await eventually(lambda: centre.cases_of(call), within=15)
        await phone.hear("case.number_is")
        await phone.hear_number(CaseNumber(case["number"]))
        await phone.hear_number(Key(await centre.key_of(case["number"])))
        await phone.hang_up()
    await centre.nothing_is_left_of(call)
    row = await centre.ended_call(call)
    assert (row["outcome"], row["case_number"]) == ("message", case["number"])
    assert ((await centre.case(case["number"]))["type"], (await centre.case(case["number"]))["state"]) == (
        "idea",
        "new",
    )
    [path] = centre.settings.recordings.rglob(f"{call}-*.wav")
    message = read_wav(path)
    assert 3 < len(message) / 8000 < 8
    assert tone_share(message[8000:24000], 850) > 0.8


async def test_a_message_is_kept_when_the_caller_simply_hangs_up(centre: Centre, floor: object, number: str):
    async with centre.phone(number, sends=850) as phone:
        await phone.dial("311")
        call = await centre.call_id(number)
        await phone.press("10")
        await phone.hear("queue.no_agents", within=20)
        await phone.press("1")
        await phone.hear("message.leave", whole=True)
        await asyncio.sleep(4)
        await phone.hang_up()
    await centre.nothing_is_left_of(call)
    assert (await centre.ended_call(call))["outcome"] == "message"
    [case] = await centre.cases_of(call)
    assert (case["type"], case["state"]) == (None, "new")


async def test_who_waits_is_served_as_soon_as_somebody_comes(centre: Centre, floor: dict[str, str], number: str):
    async with centre.phone(number) as phone:
        await phone.dial("311")
        await phone.press("111")
        await phone.hear("queue.no_agents", whole=True, within=25)
        await phone.hear_music()
        async with at_work(centre, "rosa", floor["rosa"]) as rosa:
            await rosa.phone.in_call(10)
            await phone.hear_tone(VOICE)
            await phone.hang_up()

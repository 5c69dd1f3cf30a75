"""With nobody at work the caller is told, and served as soon as somebody comes."""

from __future__ import annotations

from tests.agents import VOICE, at_work
from tests.centre import Centre


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

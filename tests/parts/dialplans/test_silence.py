"""What a telephone is sent while its caller hears nothing."""

from __future__ import annotations

from tests.parts.dialplans.node import Centre, application, taken, until
from tests.parts.dialplans.rawsip import RATE, raw_phone


async def test_silence_is_sent_all_the_while_that_a_message_is_recorded(centre: Centre) -> None:
    async with raw_phone(centre.sip) as phone, application(centre) as line:
        call, channel = await taken(centre, line, phone)
        path = f"channels/{channel['id']}/record"
        await centre.ari("POST", path, name="said", format="wav", maxSilenceSeconds="30", terminateOn="#")
        await until(lambda: len(call.heard), lambda heard: heard >= 3 * RATE)
        assert call.tones() == []
        await centre.ari("DELETE", "recordings/live/said")
        await call.hang_up()


async def test_a_telephone_is_sent_a_packet_now_and_then_while_a_key_is_waited_for(centre: Centre) -> None:
    async with raw_phone(centre.sip) as phone, application(centre) as line:
        call, _ = await taken(centre, line, phone)
        await until(lambda: call.kept_alive, lambda packets: packets >= 2, 20)
        assert not call.heard
        await call.hang_up()

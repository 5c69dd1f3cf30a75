"""Commands and their answers on a real Asterisk, over the WebSocket and over HTTP alike."""

from __future__ import annotations

import asyncio
import io
import wave

import pytest

from ivr.ari import BadRequest, Conflict, Failed, NotFound, NotInStasis, Timeout
from ivr.ari.generated.events import (
    ChannelDestroyed,
    ChannelDtmfReceived,
    ChannelEnteredBridge,
    ChannelStateChange,
    PlaybackFinished,
    PlaybackStarted,
    RecordingFinished,
    RecordingStarted,
    StasisEnd,
    StasisStart,
)
from tests.parts.ari.owner import Owner, numbers, until


async def test_a_call_is_answered_hears_a_sound_and_is_hung_up(desk: Owner) -> None:
    call = await desk.call()
    await desk.client.channels.answer(call)
    playback = await desk.client.channels.play(call, media=desk.exchange.sound("second"), playback_id=f"{call}-hello")
    assert playback.id == f"{call}-hello"
    finished = await desk.event(PlaybackFinished, lambda event: event.playback.id == playback.id)
    assert finished.playback.state == "done"
    await desk.client.channels.hangup(call, reason="busy")
    gone = await desk.event(ChannelDestroyed, lambda event: event.channel.id == call)
    assert gone.cause == 17


async def test_several_sounds_are_one_playback_that_is_stopped_once(desk: Owner) -> None:
    call = await desk.call()
    sounds = [desk.exchange.sound("long")] * 20
    playback = await desk.client.channels.play(call, media=sounds, playback_id=f"{call}-list")
    await desk.event(PlaybackStarted)
    await desk.client.playbacks.stop(playback.id)
    await desk.event(PlaybackFinished)
    assert len(desk.all(PlaybackFinished)) == 1


async def test_a_playback_that_failed_says_so_in_its_state(desk: Owner) -> None:
    call = await desk.call()
    await desk.client.channels.play(call, media=desk.exchange.sound("missing"), playback_id=f"{call}-missing")
    finished = await desk.event(PlaybackFinished)
    assert finished.playback.state == "failed"


async def test_digits_arrive_in_order(desk: Owner) -> None:
    await desk.call("digits")
    await until(lambda: len(desk.all(ChannelDtmfReceived)) == 4, "four digits")
    assert "".join(event.digit for event in desk.all(ChannelDtmfReceived)) == "1234"


async def test_what_is_begun_is_done_before_what_comes_next(desk: Owner) -> None:
    call = await desk.call()
    channels = desk.client.channels
    for step in range(50):
        await desk.client.begin(channels.set_channel_var(call, variable="STEP", value=str(step)))
        if step % 10 == 0:
            assert (await channels.get_channel_var(call, variable="STEP")).value == str(step)
    assert (await channels.get_channel_var(call, variable="STEP")).value == "49"


async def test_what_is_begun_fails_without_a_word(desk: Owner) -> None:
    await desk.client.begin(desk.client.playbacks.stop("nothing"))
    with pytest.raises(NotFound):
        await desk.client.playbacks.stop("nothing")


async def test_what_is_not_there_is_not_found(desk: Owner) -> None:
    with pytest.raises(NotFound, match="Channel not found") as caught:
        await desk.client.channels.answer("nobody")
    assert caught.value.status == 404
    with pytest.raises(NotFound):
        await desk.client.bridges.get("nowhere")
    with pytest.raises(NotFound):
        await desk.client.playbacks.stop("nothing")
    with pytest.raises(NotFound):
        await desk.client.recordings.get_stored("nothing")


async def test_a_channel_that_left_the_application_is_not_in_stasis(desk: Owner) -> None:
    call = await desk.call()
    await desk.client.channels.continue_in_dialplan(call, context="far", extension="away", priority=1)
    await desk.event(StasisEnd, lambda event: event.channel.id == call)
    with pytest.raises(NotInStasis) as caught:
        await desk.client.channels.answer(call)
    assert isinstance(caught.value, Conflict)
    await desk.client.channels.hangup(call)


async def test_a_channel_that_never_was_in_the_application_cannot_be_bridged(desk: Owner) -> None:
    call = await desk.call()
    bridge = await desk.client.bridges.create(type="mixing", bridge_id=f"{call}-talk")
    with pytest.raises(NotInStasis) as caught:
        await desk.client.bridges.add_channel(bridge.id, channel=f"{call};2")
    assert caught.value.status == 422
    await desk.client.bridges.destroy(bridge.id)


async def test_a_bridge_id_that_is_taken_by_another_kind_of_bridge_is_a_conflict(desk: Owner) -> None:
    bridge_id = f"talk-{next(numbers)}"
    await desk.client.bridges.create(type="mixing", bridge_id=bridge_id)
    with pytest.raises(Failed) as caught:
        await desk.client.bridges.create(type="holding", bridge_id=bridge_id)
    assert caught.value.status in (409, 500)
    await desk.client.bridges.destroy(bridge_id)


async def test_a_wrong_value_is_a_bad_request(desk: Owner) -> None:
    call = await desk.call()
    with pytest.raises(BadRequest):
        await desk.client.channels.originate(endpoint="", app=desk.client.app)
    with pytest.raises(ValueError, match="commas"):
        await desk.client.channels.play(call, media=["sound:a,b"])


async def test_ids_may_hold_any_character(desk: Owner) -> None:
    strange = f"n1-{next(numbers)}/ñ %2F;1?a=b&c#d"
    await desk.client.channels.originate(
        endpoint="Local/answer@far", app=desk.client.app, channel_id=strange, other_channel_id=f"{strange}/2"
    )
    await desk.event(StasisStart, lambda event: event.channel.id == strange)
    await desk.client.channels.answer(strange)
    assert (await desk.client.channels.get(strange)).id == strange
    await desk.client.channels.hangup(strange)


async def test_variables_hold_any_text_and_come_with_the_events(desk: Owner) -> None:
    call = await desk.call(variables={"C311": "first"})
    text = '{"name": "Núñez & Ço", "rest": "100% = ¿sí?; a,b"}'
    await desk.client.channels.set_channel_var(call, variable="C311", value=text)
    assert (await desk.client.channels.get_channel_var(call, variable="C311")).value == text
    await desk.client.channels.set_channel_vars(call, variables={"A": "1", "B": {"value": "2", "report_events": True}})
    assert (await desk.client.channels.get_channel_vars(call, variables=["A", "B"])).variables == {"A": "1", "B": "2"}
    await desk.client.channels.hangup(call)
    gone = await desk.event(ChannelDestroyed, lambda event: event.channel.id == call)
    assert gone.channel.channelvars["C311"] == text
    assert gone.channel.channelvars["B"] == "2"


async def test_booleans_are_understood(desk: Owner) -> None:
    call = await desk.call()
    bridge = await desk.client.bridges.create(type="mixing", bridge_id=f"{call}-talk")
    await desk.client.bridges.add_channel(bridge.id, channel=call, mute=True, absorb_dtmf=False)
    await desk.event(ChannelEnteredBridge)
    assert (await desk.client.bridges.get(bridge.id)).channels == (call,)
    await desk.client.bridges.destroy(bridge.id)


async def test_a_recording_is_made_of_a_snoop_and_its_bytes_are_fetched(desk: Owner) -> None:
    call = await desk.call()
    snoop = f"{call}-in"
    await desk.client.channels.snoop_channel(call, spy="in", app=desk.client.app, snoop_id=snoop)
    await desk.event(StasisStart, lambda event: event.channel.id == snoop)
    await desk.client.channels.record(snoop, name=snoop, format="wav", if_exists="overwrite")
    await desk.event(RecordingStarted, lambda event: event.recording.name == snoop)
    await desk.client.recordings.stop(snoop)
    await desk.event(RecordingFinished, lambda event: event.recording.name == snoop)
    content = await desk.client.recordings.get_stored_file(snoop)
    with wave.open(io.BytesIO(content)) as file:
        assert file.getframerate() == 8000
    await desk.client.recordings.delete_stored(snoop)


async def test_a_hundred_originations_at_once_each_get_their_own_answer(desk: Owner) -> None:
    calls = await asyncio.gather(*(desk.call() for _ in range(100)))
    variables = desk.client.channels
    await asyncio.gather(*(variables.set_channel_var(call, variable="C311", value=call) for call in calls))
    answers = await asyncio.gather(*(variables.get_channel_var(call, variable="C311") for call in calls))
    assert [answer.value for answer in answers] == list(calls)
    await asyncio.gather(*(desk.client.channels.hangup(call) for call in calls))
    await until(lambda: len(desk.all(StasisEnd)) == 100, "the end of every call")


async def test_answers_find_their_request_whatever_their_order(desk: Owner) -> None:
    """Slow and quick commands, failing and succeeding ones, all under way at once."""
    call = await desk.call()
    channels = desk.client.channels

    async def missing(number: int) -> None:
        with pytest.raises(NotFound, match=f"nobody-{number}/"):
            await channels.answer(f"nobody-{number}")

    async def there(number: int) -> None:
        await channels.set_channel_var(call, variable=f"V{number}", value=str(number))
        assert (await channels.get_channel_var(call, variable=f"V{number}")).value == str(number)

    async def listed() -> None:
        assert call in {channel.id for channel in await channels.list()}

    await asyncio.gather(
        *(missing(n) for n in range(50)), *(there(n) for n in range(50)), *(listed() for _ in range(5))
    )


async def test_the_start_may_come_before_the_answer_but_under_the_chosen_id(desk: Owner) -> None:
    channel_id = f"chosen-{next(numbers)}"
    originating = asyncio.create_task(
        desk.client.channels.originate(endpoint="Local/answer@far", app=desk.client.app, channel_id=channel_id)
    )
    start = await desk.event(StasisStart)
    assert start.channel.id == channel_id
    assert (await originating).id == channel_id


async def test_commands_for_one_channel_at_the_same_time_all_end(desk: Owner) -> None:
    """Hang-up beside everything else that a call may be doing: each is done or refused, none is left waiting."""
    channels, bridges = desk.client.channels, desk.client.bridges

    async def collide() -> None:
        call = await desk.call()
        await bridges.create(type="mixing", bridge_id=f"{call}-talk")
        await channels.play(call, media=desk.exchange.sound("long"), playback_id=f"{call}-long")
        outcomes = await asyncio.gather(
            channels.hangup(call),
            channels.answer(call),
            desk.client.playbacks.stop(f"{call}-long"),
            channels.set_channel_var(call, variable="C311", value="x"),
            bridges.add_channel(f"{call}-talk", channel=call),
            channels.hangup(call),
            return_exceptions=True,
        )
        assert all(outcome is None or isinstance(outcome, Failed) for outcome in outcomes), outcomes
        await desk.event(ChannelDestroyed, lambda event: event.channel.id == call)
        await bridges.destroy(f"{call}-talk")

    for _ in range(20):
        await collide()


async def test_a_bridge_is_deleted_while_its_channel_hangs_up(desk: Owner) -> None:
    """Its `BridgeDestroyed` may not be sent, and it may still be listed for a moment: nobody may wait for either."""
    channels, bridges = desk.client.channels, desk.client.bridges

    async def end_both() -> None:
        call = await desk.call()
        await bridges.create(type="mixing", bridge_id=f"{call}-talk")
        await bridges.add_channel(f"{call}-talk", channel=call)
        outcomes = await asyncio.gather(bridges.destroy(f"{call}-talk"), channels.hangup(call), return_exceptions=True)
        assert all(outcome is None or isinstance(outcome, NotFound) for outcome in outcomes), outcomes
        await desk.event(ChannelDestroyed, lambda event: event.channel.id == call)
        with pytest.raises(NotFound):
            await asyncio.wait_for(read_on(f"{call}-talk"), 10)

    async def read_on(bridge_id: str) -> None:
        while True:
            await bridges.get(bridge_id)
            await asyncio.sleep(0.01)

    for _ in range(20):
        await end_both()


async def test_a_channel_that_rings_is_seen_ringing_and_given_up(desk: Owner) -> None:
    channel_id = f"ringing-{next(numbers)}"
    await desk.client.channels.create(endpoint="Local/ring@far", app=desk.client.app, channel_id=channel_id)
    await desk.event(StasisStart)
    await desk.client.channels.dial(channel_id, timeout=30)
    await desk.event(ChannelStateChange, lambda event: event.channel.state == "Ringing")
    await desk.client.channels.hangup(channel_id, reason="no_answer")
    await desk.event(ChannelDestroyed, lambda event: event.channel.id == channel_id)


async def test_an_answer_that_takes_too_long_is_a_timeout(desk: Owner) -> None:
    desk.exchange.freeze()
    try:
        with pytest.raises(Timeout) as caught:
            await desk.client.asterisk.ping(within=0.2)
        assert isinstance(caught.value, TimeoutError)
    finally:
        desk.exchange.thaw()
    assert (await desk.client.asterisk.ping()).ping == "pong"

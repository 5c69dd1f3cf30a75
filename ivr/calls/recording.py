"""Recording a conversation: two snoop channels on the caller's leg, one for each side.

They follow the caller whatever happens to the agent's leg, keep silence in its place, and go on while this service is
away. A snoop can be recorded only once it is in the application.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime

from ivr import ari
from ivr.calls.call import Call
from ivr.calls.spool import LISTENS, Spooled, drop_spooled, has_sound, note_begun, store_spooled
from ivr.calls.state import ROLE_VARIABLE
from ivr.calls.writer import NotWritten

SNOOP_SECONDS = 5.0
STOP_SECONDS = 2.0


async def start_recording(call: Call) -> None:
    """Record both sides, unless the call is anonymous and no setting allows it. Again after a restart: goes on."""
    house = call.house
    if call.state.anonymous and not house.settings.record_anonymous_denunciations:
        return
    spooled = Spooled(call=call.id, what="conversation", number=_number(call))
    try:
        await asyncio.gather(*(_record_side(call, spooled, side) for side in LISTENS))
    except (ari.AriError, OSError) as error:
        call.log.error("recording", error=str(error))


async def _record_side(call: Call, spooled: Spooled, side: str) -> None:
    channels = call.house.ari.channels
    name = spooled.names[side]
    call.recordings_done[name] = asyncio.get_running_loop().create_future()
    begun = False
    if name in call.up:
        if await _goes_on(call, name):
            return
        begun = await asyncio.to_thread(has_sound, call.house.settings, name)
    else:
        await channels.snoop_channel_with_id(
            call.id, name, spy=LISTENS[side], app=call.house.ari.app, app_args=f"snoop,{call.id}"
        )
        if not await call.appears(name, SNOOP_SECONDS):
            call.log.error("recording", error="the snoop did not appear", side=side)
            return
        await channels.set_channel_var(name, variable=ROLE_VARIABLE, value="snoop")
    await channels.record(name, name=name, format="wav", if_exists="append" if begun else "overwrite")
    if not begun:
        await asyncio.to_thread(note_begun, call.house.settings, spooled, {side: datetime.now(UTC)})


async def _goes_on(call: Call, name: str) -> bool:
    """Whether a snoop of before is recorded: whoever made it may have died, or been told to stop, in between."""
    try:
        await call.house.ari.recordings.get_live(name)
    except ari.NotFound:
        return False
    return True


def stop_recording(call: Call) -> None:
    """End both sides; the files are whole a moment later."""
    call.stopping = asyncio.ensure_future(_stop(call))


async def _stop(call: Call) -> None:
    names = Spooled(call=call.id, what="conversation").names.values()
    for name in names:
        if name in call.up:
            try:
                await call.house.ari.channels.hangup(name, reason="normal")
            except ari.AriError:
                # With the caller's channel its snoops end too.
                continue
    done = [call.recordings_done[name] for name in names if name in call.recordings_done]
    if done:
        await asyncio.wait(done, timeout=STOP_SECONDS)


async def store_recordings(call: Call) -> None:
    """Move the finished conversation into the store, listed with its case."""
    if call.stopping is not None:
        await asyncio.shield(call.stopping)
    with contextlib.suppress(NotWritten):  # it is stored from the spool later
        await store_spooled(call.house, call.id, "conversation", number=_number(call))


def _number(call: Call) -> str | None:
    return call.state.cases[0].number if call.state.cases else None


async def discard_recording(call: Call) -> None:
    """The citizen wishes to stay unknown: what was recorded so far is deleted, and nothing more is."""
    stop_recording(call)
    assert call.stopping is not None
    await asyncio.shield(call.stopping)
    await asyncio.to_thread(drop_spooled, call.house.settings, call.id, "conversation")

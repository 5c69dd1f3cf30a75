"""A caller's message: recorded, kept also when they hang up in the middle of a sentence, and a case of its own."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from ivr.calls import records
from ivr.calls.call import Call
from ivr.calls.spool import Spooled, note_begun, store_spooled

LONGEST = 180
"""Seconds, as the caller is told."""
SILENCE = 8
"""Seconds of silence that end a message."""
SHORTEST = 1.5
"""Seconds; what is shorter is a hang-up or a key, not a message."""
END_FOLLOWS = 10.0


async def record_message(call: Call) -> bool:
    """Ask for the message, record it, and make it a case. False where nothing was said."""
    await call.say_whole("message.leave", "beep")
    call.forget_digits()
    spooled = Spooled(call=call.id, what="message")
    await call.keep(message_begun=True)
    await asyncio.to_thread(note_begun, call.house.settings, spooled, {"message": datetime.now(UTC)})
    name = spooled.names["message"]
    done = call.recordings_done[name] = asyncio.get_running_loop().create_future()
    await call.house.ari.channels.record(
        call.id,
        name=name,
        format="wav",
        max_duration_seconds=LONGEST,
        max_silence_seconds=SILENCE,
        if_exists="overwrite",
        terminate_on="#",
    )
    async with asyncio.timeout(LONGEST + END_FOLLOWS):
        await done
    kept = await keep_message(call)
    if kept:
        await call.keep(left_message=True)
    return kept


async def keep_message(call: Call) -> bool:
    """Store what was recorded and open its case as new. Again after a crash: the same entries."""
    if call.state.left_message:
        return True
    if not call.state.cases:
        return False
    case = call.state.cases[0]
    opened = records.case_opened(
        call.id,
        case,
        language=call.state.language,
        anonymous=call.state.anonymous,
        at=datetime.now(UTC),
        by_message=True,
    )
    stored = await store_spooled(call.house, call.id, "message", opened, number=case.number, shortest=SHORTEST)
    if stored is None:
        return False
    call.remember(left_message=True)
    call.note("message-left", case=case.number, seconds=stored.seconds)
    return True

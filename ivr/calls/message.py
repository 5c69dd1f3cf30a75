"""A caller's message: recorded, kept also when they hang up in the middle of a sentence, and a case of its own.

Whoever comes to a message that lies in the spool makes it a case in the same way (`into_case`): its call, the end of
its call, or `aftermath`, where the call was in the dialplan's fallback or ended while nobody listened.
"""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Sequence
from datetime import UTC, datetime

import structlog

from crm_core.entries import AnyEntry
from crm_core.errors import NoNumber
from ivr import ari
from ivr.calls import ids, records
from ivr.calls.call import Call
from ivr.calls.house import House
from ivr.calls.spool import Spooled, has_sound, note_begun, part_from_draft, spooled, store_spooled
from ivr.calls.state import OpenCase
from ivr.calls.writer import NotWritten

log = structlog.get_logger()

LONGEST = 180
"""Seconds, as the caller is told."""
SILENCE = 8
"""Seconds of silence that end a message."""
SHORTEST = 1.5
"""Seconds; what is shorter is a hang-up or a key, not a message."""
END_FOLLOWS = 10.0


class Kept(enum.Enum):
    """What became of a message."""

    CASE = enum.auto()
    NOTHING = enum.auto()  # nothing was said
    LATER = enum.auto()  # it lies in the spool until there is a number and the journal takes it


async def take_message(call: Call) -> Kept:
    """Ask for a message and record it. After a restart a recording that went on meanwhile is waited for."""
    done = call.recordings_done[ids.message(call.id)] = asyncio.get_running_loop().create_future()
    goes_on = call.state.message_begun and await _lies_there(call, done)
    if not goes_on:
        await _ask(call)
    async with call.being_recorded(), asyncio.timeout(LONGEST + END_FOLLOWS):
        if not goes_on:
            await _record(call)
        await done
    call.sound.forget_keys()  # the one that ended it answers nothing
    return await keep_message(call)


async def keep_message(call: Call) -> Kept:
    """Make what was recorded a case, one of this call's. Again after a crash: the same entries."""
    if call.state.left_message:
        return Kept.CASE
    await part_from(call.house, call.id, *(case.instead_of for case in call.state.cases if case.instead_of))
    kept, case = await into_case(call.house, call.id)
    if kept is not Kept.NOTHING:
        cases = call.state.cases
        if case is not None and case.number not in (known.number for known in cases):
            cases = (*cases, case)
        call.remember(left_message=True, cases=cases)
    return kept


async def part_from(house: House, call: str, *drafts: str) -> None:
    """An agent may link a call whose message is not a case yet: then that is no part of the draft, but a case."""
    await asyncio.to_thread(part_from_draft, house.settings, call, drafts)


async def into_case(
    house: House, call: str, *before: AnyEntry, end: AnyEntry | None = None
) -> tuple[Kept, OpenCase | None]:
    """Store the call's message and open its case as new, or complete its draft, after the entries `before`; with it the
    call's `end`, where nobody else writes that.

    With what became of it the case, where it has its number already.
    """
    async with house.message_of(call):
        return await _into_case(house, call, before, () if end is None else (end,))


async def _into_case(
    house: House, call: str, before: Sequence[AnyEntry], after: Sequence[AnyEntry]
) -> tuple[Kept, OpenCase | None]:
    note = await asyncio.to_thread(spooled, house.settings, call, "message") or Spooled(call=call, what="message")
    if note.number is None:
        try:
            note.number, note.key = await house.stock.take(datetime.now(UTC))
        except NoNumber:
            log.error("no case number for a message", call=call)
            return Kept.LATER, None
        await asyncio.to_thread(note_begun, house.settings, note, {})
    case = OpenCase(number=note.number, key=note.key, type=note.type, saved=True)
    at = datetime.now(UTC)
    opened = records.case_opened(call, case, language=note.language, anonymous=note.anonymous, at=at, by_message=True)
    left = records.message_left(call, at)
    try:
        stored = await store_spooled(
            house, call, "message", *before, opened, left, *after, number=note.number, shortest=SHORTEST
        )
    except NotWritten:
        return Kept.LATER, case
    if stored is None:
        return Kept.NOTHING, None
    log.info("message-left", call=call, case=note.number, seconds=stored.seconds)
    return Kept.CASE, case


async def _lies_there(call: Call, done: asyncio.Future[bool]) -> bool:
    """Whether the recording of before a restart goes on, or has ended by itself (then it is `done`)."""
    try:
        await call.house.ari.recordings.get_live(ids.message(call.id))
    except ari.NotFound:
        if not await asyncio.to_thread(has_sound, call.house.settings, ids.message(call.id)):
            return False
        done.set_result(True)
    return True


async def _ask(call: Call) -> None:
    await call.say_whole("message.leave", "beep")
    call.sound.forget_keys()
    await call.keep(message_begun=True)
    state = call.state
    case = state.to_complete
    note = Spooled(
        call=call.id,
        what="message",
        number=case.number if case else None,
        key=case.key if case else None,
        type=case.type if case else state.choice,
        language=state.language,
        anonymous=state.anonymous,
    )
    await asyncio.to_thread(note_begun, call.house.settings, note, {"message": datetime.now(UTC)})


async def _record(call: Call) -> None:
    await call.house.ari.channels.record(
        call.id,
        name=ids.message(call.id),
        format="wav",
        max_duration_seconds=LONGEST,
        max_silence_seconds=SILENCE,
        if_exists="overwrite",
        terminate_on="#",
    )

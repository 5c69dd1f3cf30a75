"""What is settled after a connect and now and then: recordings, messages and calls that ended while nobody listened."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from config.settings import Settings
from crm_core.domain.case import Outcome
from crm_core.domain.numbers import is_well_formed
from crm_core.entries import AnyEntry
from crm_core.errors import CrmError
from crm_core.services.calls import open_calls, unknown_calls
from crm_core.services.presence import Presence
from ivr import ari
from ivr.calls import records
from ivr.calls.cel import EventLog
from ivr.calls.exchange import Exchange
from ivr.calls.house import House
from ivr.calls.message import Kept, into_case
from ivr.calls.phone import e164
from ivr.calls.spool import Spooled, has_fallback_message, note_begun, set_aside, spooled, spooled_calls, store_spooled
from ivr.calls.writer import NotWritten

log = structlog.get_logger()

EVERY = 15.0
JOURNAL_SECONDS = 60.0
"""So long an ended call may take to reach the database through the journal before it counts as unknown there."""


class Aftermath:
    """Of this node's calls. What was settled stands in the journal at once, and in the database a while later."""

    def __init__(self, house: House, exchange: Exchange, engine: AsyncEngine) -> None:
        self._house = house
        self._exchange = exchange
        self._engine = engine
        self._events = EventLog(house.settings.asterisk / "log/cel.csv")
        self._presence = Presence(engine, house.settings.node, house.settings.place)
        self._messages: set[str] = set()
        """Calls whose message was found; the database may not know it yet."""
        self._ended: set[str] = set()
        """Calls whose end was written; the database may hold them open yet."""

    async def settle(self) -> None:
        """See to callers and to what lies in the spool, for as long as this process lives."""
        await _every_so_often(self._settle)

    async def close(self) -> None:
        """See to calls that the database holds open, for as long as this process lives."""
        async with contextlib.aclosing(self._presence):
            await _every_so_often(self._close_calls)

    async def _settle(self) -> None:
        settings = self._house.settings
        channels = await self._house.ari.channels.list()
        live = {channel.id for channel in channels}
        await self._exchange.take_up_the_left(channels)
        self._exchange.forget(live)
        await self._take_fallback_messages(live)
        for call, what in await asyncio.to_thread(spooled_calls, settings):
            fallback = what == "message" and has_fallback_message(settings, call)
            if call not in live and call not in self._exchange.held() and not fallback:
                await self._store(call, what)

    async def _store(self, call: str, what: str) -> None:
        """Store what lies in the spool. A message becomes a case."""
        settings = self._house.settings
        try:
            if what == "message":
                self._messages.add(call)
                kept, _ = await into_case(self._house, call)
                if kept is Kept.NOTHING:
                    self._messages.discard(call)
            else:
                await store_spooled(self._house, call, what)
        except NotWritten:
            pass
        except ValueError as error:
            log.error("a recording cannot be read and is set aside", call=call, what=what, error=str(error))
            await asyncio.to_thread(set_aside, settings, call, what)

    async def _close_calls(self) -> None:
        """Calls that the database holds open, but neither Asterisk nor we do; and calls that it never heard of.

        The database is asked first: a call that begins while it answers is with Asterisk or with us by then, and one
        that ends meanwhile is held until its end is in the journal. Whose message lies in the spool is left alone: its
        case ends the call.
        """
        if not await self._presence.is_alone():
            log.error("another centre works on this database as the same node: no call is closed from the log")
            return
        settings = self._house.settings
        await asyncio.to_thread(self._events.read_on)
        here = {call for call, what in await asyncio.to_thread(spooled_calls, settings) if what == "message"}
        here |= {note.stem for note in _fallback_notes(settings)}
        held_open = await open_calls(self._engine, settings.node)
        here |= {channel.id for channel in await self._house.ari.channels.list()} | self._exchange.held()
        self._ended &= {call.id for call in held_open}
        for call in held_open:
            if call.id not in here | self._ended:
                found = call.id in self._messages and call.outcome == Outcome.ABANDONED
                outcome = Outcome.MESSAGE if found else call.outcome
                await self._close(call.id, self._events.ended.get(call.id), outcome, call.language)
        settled = datetime.now(UTC) - timedelta(seconds=JOURNAL_SECONDS)
        ended = {id for id, at in self._events.ended.items() if at < settled and id not in here}
        for id in await unknown_calls(self._engine, ended):
            # It never reached us: busy, or the service was away and its caller left no message.
            at = self._events.ended[id]
            await self._house.journal.write(records.started(id, at))
            await self._close(id, at, Outcome.FAILED, None)
        self._events.forget(ended)

    async def _close(self, call: str, at: datetime | None, outcome: Outcome, language: str | None) -> None:
        await self._house.journal.write(records.ended(call, outcome=outcome, language=language, at=at))
        self._ended.add(call)
        self._messages.discard(call)
        log.info("closed from the log", call=call, outcome=outcome, recorded=at is not None)

    async def _take_fallback_messages(self, live: set[str]) -> None:
        """Messages that callers left while the service was away become cases."""
        for note in _fallback_notes(self._house.settings):
            facts = _facts(note)
            if "ended" not in facts and note.stem in live:
                continue
            try:
                await self._take(note, facts)
            except ValueError as error:
                log.error("a message cannot be read and is set aside", call=note.stem, error=str(error))
                await asyncio.to_thread(set_aside, self._house.settings, note.stem, "message")
                await asyncio.to_thread(note.rename, note.with_suffix(".spoiled"))

    async def _take(self, note: Path, facts: dict[str, str]) -> None:
        house, call = self._house, note.stem
        at = _moment(facts, "epoch") or datetime.fromtimestamp(note.stat().st_mtime, UTC)
        message = _message(call, facts)
        await asyncio.to_thread(_spool, house, note, message, at)
        before: list[AnyEntry] = [records.started(call, at)]
        phone = e164(facts.get("number", ""))
        if phone and not message.anonymous:
            before.append(records.caller_known(call, phone, at))
        end = functools.partial(records.ended, call, language=message.language, at=_moment(facts, "ended") or at)
        kept, _ = await into_case(house, call, *before, end=end(outcome=Outcome.MESSAGE))
        if kept is Kept.LATER:
            return
        if kept is Kept.NOTHING and not await house.journal.write(before[0], end(outcome=Outcome.ABANDONED)):
            return
        self._ended.add(call)
        await asyncio.to_thread(note.unlink, missing_ok=True)
        log.info("fallback message", call=call, kept=kept.name)


async def _every_so_often(look: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await look()
        except (ari.AriError, CrmError) as error:
            log.info("settling waits", error=str(error))
        except OSError as error:
            log.error("settling", error=str(error))
        await asyncio.sleep(EVERY)


def _fallback_notes(settings: Settings) -> list[Path]:
    """Of the messages that callers leave in the dialplan's fallback, by their calls."""
    return sorted((settings.asterisk / "spool/fallback").glob("*.txt"))


def _message(call: str, facts: dict[str, str]) -> Spooled:
    """The note of a fallback's message: of the call's own draft (`CallState.draft`), where there is one."""
    who, number, key, type = (facts.get("case", "").split(":") + [""] * 4)[:4]
    language = facts.get("language") or "es"
    note = Spooled(call=call, what="message", type=type or None, language=language, anonymous=who == "a")
    if is_well_formed(number) and key:
        note.number, note.key = number, key
    return note


def _spool(house: House, note: Path, message: Spooled, at: datetime) -> None:
    """Move a fallback's message into the spool of recordings, once."""
    if spooled(house.settings, message.call, "message") is None:
        note_begun(house.settings, message, {"message": at})
    sound = note.with_suffix(".wav")
    if sound.exists():
        sound.replace(house.settings.asterisk / f"spool/recording/{message.names['message']}.wav")


def _moment(facts: dict[str, str], name: str) -> datetime | None:
    epoch = facts.get(name, "")
    return datetime.fromtimestamp(int(epoch), UTC) if epoch.isdecimal() else None


def _facts(note: Path) -> dict[str, str]:
    """The side file's lines, `name=value`."""
    return dict(line.split("=", 1) for line in note.read_text(errors="replace").splitlines() if "=" in line)

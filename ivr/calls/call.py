"""One caller's call: its state, its events, and what a script says and asks.

A call is a task (`task`). Its script is a plain coroutine; the task is cancelled when the caller is gone
(`Ending.HANGUP`) or when this process must let go without touching anything (`Ending.DETACH`). Whoever runs the task
looks at `ending`.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
import structlog

from ivr import ari
from ivr.ari import events
from ivr.calls import records
from ivr.calls.house import House
from ivr.calls.leg import LOST_CAUSES, Leg
from ivr.calls.sound import Sound
from ivr.calls.state import CASE_VARIABLE, LANGUAGE_VARIABLE, VARIABLE, CallState
from ivr.prompts import Piece, media, seconds

FIRST_DIGIT = 6.0
"""Seconds from the end of a question to its first digit."""
NEXT_DIGIT = 4.0
"""Seconds between digits of one answer: an old telephone, read from a piece of paper."""
STASIS_END_GRACE = 0.5
"""Seconds in which the end of the channel follows when it left the application by ending."""


Sentence = tuple[str, *tuple[Piece, ...]]
"""A language, and what is said in it."""


class Ending(enum.Enum):
    HANGUP = enum.auto()  # the caller or the script ended the call: clean up all that it started
    DETACH = enum.auto()  # this process lets go: nothing in Asterisk is touched


class Call:
    def __init__(self, id: str, phone: str | None, state: CallState, house: House, started: datetime) -> None:
        self.id = id
        self.phone = phone
        """E.164, or None where it is withheld."""
        self.state = state
        self.house = house
        self.started = started
        self.task: asyncio.Task[None] | None = None
        self.ending: Ending | None = None
        self.legs: dict[str, Leg] = {}
        self.up: set[str] = set()
        """Channels of this call, beside the caller's, that are in the application."""
        self.log = structlog.get_logger().bind(call=id)
        self.sound = Sound(id, house.ari, self.log)
        self.stopping: asyncio.Future[None] | None = None
        """The end of the conversation's recording, under way."""
        self.recordings_done: dict[str, asyncio.Future[bool]] = {}
        self.commands: asyncio.Queue[str] = asyncio.Queue()
        """The agent's explicit words: `end`."""
        self.hung_up = False
        """The caller ended the call, or their line did."""
        self._recorded = False
        self._unwritten = False
        self._draft = CallState().draft
        """What the fallback was last told of."""
        self._appeared: dict[str, asyncio.Event] = {}
        self._leaving: asyncio.TimerHandle | None = None

    # Events

    def deliver(self, event: ari.Event) -> None:
        """Take an event of one of this call's channels, playbacks or recordings. Never waits."""
        match event:
            case events.ChannelDtmfReceived(channel=channel) if channel.id == self.id:
                self.sound.pressed(event)
            case events.PlaybackFinished(playback=playback):
                self.sound.finished(playback)
            case events.StasisStart(channel=channel) if channel.id != self.id:
                self.entered(channel.id)
            case events.StasisEnd(channel=channel) if channel.id == self.id:
                self._leaving = asyncio.get_running_loop().call_later(STASIS_END_GRACE, self.end, Ending.DETACH)
            case events.ChannelHangupRequest(channel=channel, cause=cause):
                if channel.id == self.id:
                    self._caller_hangs_up(cause)
                elif channel.id in self.legs:
                    self.legs[channel.id].hangup_requested(cause)
            case events.ChannelDestroyed(channel=channel, cause=cause):
                if channel.id == self.id:
                    self.end(Ending.HANGUP)
                else:
                    self.up.discard(channel.id)
                    if channel.id in self.legs:
                        self.legs[channel.id].destroyed(cause)
            case events.RecordingFinished(recording=recording) | events.RecordingFailed(recording=recording):
                done_recording = self.recordings_done.get(recording.name)
                if done_recording is not None and not done_recording.done():
                    done_recording.set_result(isinstance(event, events.RecordingFinished))
            case _:
                pass

    def entered(self, channel: str) -> None:
        """A channel of ours is in the application: just now, or since before a restart."""
        self.up.add(channel)
        if channel in self.legs:
            self.legs[channel].answered()
        self._appeared.setdefault(channel, asyncio.Event()).set()

    def comes_back(self) -> bool:
        """The caller entered the application again. False where this call's script has ended meanwhile."""
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        return self.ending is None

    async def appears(self, channel: str, seconds: float) -> bool:
        """Whether a channel that we made enters the application within the time."""
        try:
            async with asyncio.timeout(seconds):
                await self._appeared.setdefault(channel, asyncio.Event()).wait()
        except TimeoutError:
            return False
        return True

    def end(self, ending: Ending) -> None:
        """Unwind the script. The first reason counts."""
        if self.ending is None:
            self.ending = ending
            self.sound.over = True
            if self.task is not None:
                self.task.cancel()

    def _caller_hangs_up(self, cause: int | None) -> None:
        if self.ending is None:
            self.hung_up = True
            self.log.info("hung up", lost=cause in LOST_CAUSES)
        self.end(Ending.HANGUP)

    # The script's own book-keeping

    async def keep(self, **changes: Any) -> None:
        """Change the state and send it to the channel: before the side effect that it speaks of.

        While a prompt plays or a message is recorded, Asterisk holds the command until that ends, and every other
        command of this connection behind it (seen with 22.10.1): then the state is written when it is over.
        """
        self.remember(**changes)
        if self.sound.plays or self._recorded:
            self._unwritten = True
        else:
            await self._write_state()

    def remember(self, **changes: Any) -> None:
        """Change the state alone. It is written with the next `keep`."""
        self.state = msgspec.structs.replace(self.state, **changes)

    @contextlib.asynccontextmanager
    async def being_recorded(self) -> AsyncIterator[None]:
        """The caller's own channel is recorded while this lasts."""
        self._recorded = True
        try:
            yield
        finally:
            self._recorded = False
            await self._write_what_waits()

    def next_offer(self) -> int:
        """The number of an offer that is made now. It is not written: a prompt may be playing, and the id of the leg
        that is rung tells a successor how far the count has come."""
        self.remember(offers=self.state.offers + 1)
        return self.state.offers

    async def _write_what_waits(self) -> None:
        if self._unwritten and not self.sound.plays and not self._recorded and self.ending is None:
            await self._write_state()

    async def _write_state(self) -> None:
        self._unwritten = False
        await self._set(VARIABLE, self.state.encode())
        if self.state.draft != self._draft:
            self._draft = self.state.draft
            await self._set(CASE_VARIABLE, self._draft)

    async def speak_from_now_on(self, language: str) -> None:
        await self.keep(language=language)
        await self._set(LANGUAGE_VARIABLE, language)

    async def _set(self, variable: str, value: str) -> None:
        await self.house.ari.begin(self.house.ari.channels.set_channel_var(self.id, variable=variable, value=value))

    def note(self, event: str, *, agent: str | None = None, **detail: Any) -> None:
        """One line of the call's story, in the log and in the table that statistics are derived from."""
        self.log.info(event, agent=agent, **detail)
        self.house.journal.write_soon(records.happened(self.id, event, agent=agent, **detail))

    def forget_commands(self) -> None:
        """What an agent pressed twice was not meant for the next one."""
        while not self.commands.empty():
            self.commands.get_nowait()

    # Speech

    async def say(self, *pieces: Piece) -> None:
        """Say pieces in the caller's language, until they are said or the caller presses a key (kept for the next
        question)."""
        await self.say_in([(self.state.language, *pieces)])

    async def say_in(self, sentences: Sequence[Sentence]) -> None:
        """Like `say`, with a language for each part: `[("es", "error.invalid"), ("en", "error.invalid")]`."""
        await self._play(sentences, interruptible=True)

    async def say_whole(self, *pieces: Piece) -> None:
        """Say pieces to the end; keys pressed meanwhile are kept."""
        await self._play([(self.state.language, *pieces)], interruptible=False)

    async def ask(
        self, *pieces: Piece, length: int = 1, first: float = FIRST_DIGIT, between: float = NEXT_DIGIT
    ) -> str:
        """Say a question and collect its answer: up to `length` digits, ended early by `#` or by silence.

        Digits keyed ahead are used first, and then the question is not spoken. `*` as the first key is returned at
        once, as the wish to hear the question again; "" is no answer. A `#` behind a whole answer belongs to it.
        """
        return await self.ask_in([(self.state.language, *pieces)], length=length, first=first, between=between)

    async def ask_in(
        self,
        question: Sequence[Sentence],
        *,
        length: int = 1,
        first: float = FIRST_DIGIT,
        between: float = NEXT_DIGIT,
    ) -> str:
        """Like `ask`, with a language for each part: `[("es", "language.menu"), ("en", "language.menu")]`."""
        if not self.sound.keyed_ahead:
            await self.say_in(question)
        answer = ""
        while len(answer) < length:
            digit = await self.sound.next_key(between if answer else first)
            if digit is None or digit == "#":
                return answer
            if digit == "*":
                if answer:
                    answer = ""
                    continue
                return "*"
            answer += digit
        self.sound.answer_is_whole()
        return answer

    async def _play(self, sentences: Sequence[Sentence], *, interruptible: bool) -> None:
        files = [file for language, *pieces in sentences for file in self.house.prompts.files(language, *pieces)]
        try:
            await self.sound.play(
                [media(file) for file in files], seconds=sum(map(seconds, files)), interruptible=interruptible
            )
        finally:
            await self._write_what_waits()

    async def hang_up(self) -> None:
        """The script is at its end: end the caller's channel."""
        with contextlib.suppress(ari.NotFound):
            await self.house.ari.channels.hangup(self.id, reason="normal")

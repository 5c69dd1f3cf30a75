"""A telephone for tests: one account, one call at a time, and an ear."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
import time
import wave
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from tests.telephone.baresip import Baresip
from tests.telephone.ear import Ear
from tests.telephone.hearing import (
    LAST_FRAME,
    QUIET,
    RATE,
    Heard,
    NotHeard,
    Pattern,
    Sound,
    Vocabulary,
    loudness,
    tone_share,
)
from tests.telephone.music import Music

POLL = 0.05
DIGIT = 0.32
"""Seconds of what is sent from one digit to the next, which must not overtake the first one's end."""
LOST_AT_THE_END = RATE // 5
"""Samples that are still in baresip's buffer, and lost, when the other side ends the call; 90 ms were seen."""


class PromptFiles(Protocol):
    """Where the files of prompts are: `ivr.prompts.Prompts`, or a folder of a test's own."""

    folder: Path

    def files(self, language: str, *pieces: Any) -> list[Path]: ...


class Telephone:
    """Made by `telephone(…)`.

    Every wait is bounded, and says in its error what the telephone heard instead.
    """

    def __init__(self, prompts: PromptFiles, vocabulary: Vocabulary, music: Music | None, language: str) -> None:
        self.language = language
        """The language in which `hear` listens unless told otherwise."""
        self.events: list[dict[str, Any]] = []
        self.closed: str | None = None
        """Why the last call ended; None while there is one."""
        self._prompts, self._vocabulary, self._music = prompts, vocabulary, music
        self._changed = asyncio.Event()
        self._ear: Ear | None = None
        self._cursor = 0
        self._up = False
        self._ringing = False
        self.baresip: Baresip
        self.domain: str

    # -- calls

    async def dial(self, number: str, within: float = 10) -> None:
        """Call, and wait for the answer. AssertionError when it is refused or not answered in time."""
        await self.call(number)
        await self._until(lambda: self._up or self.closed is not None, within, f"{number} did not answer")
        if not self._up:
            raise AssertionError(f"The call to {number} was refused: {self.closed}.")

    async def call(self, number: str) -> None:
        """Call without waiting for anything."""
        self._new_call()
        await self.baresip.command("dial", f"sip:{number}@{self.domain}")

    async def refused(self, number: str, within: float = 10) -> str:
        """Call where a refusal is expected, and return it, such as `486 Busy Here`."""
        await self.call(number)
        await self._until(lambda: self._up or self.closed is not None, within, f"{number} says nothing")
        if self.closed is None:
            raise AssertionError(f"The call to {number} was answered; a refusal was expected.")
        return self.closed

    async def rings(self, within: float = 10) -> None:
        """Wait for a call to this telephone."""
        await self._until(lambda: self._ringing, within, "This telephone did not ring")

    async def answer(self) -> None:
        await self.baresip.command("accept")
        await self.in_call()

    async def in_call(self, within: float = 10) -> None:
        """Wait until a call to this telephone, which answers by itself, is up."""
        await self._until(lambda: self._up, within, "This telephone was not called")

    @property
    def is_in_call(self) -> bool:
        return self._up

    async def press(self, digits: str) -> None:
        """Send digits, three a second, each with its end (RFC 4733)."""
        for digit in digits:
            await self.baresip.command("sndcode", digit)
            await self._speaks(DIGIT)

    async def hang_up(self) -> None:
        """End the call. Nothing happens where the other side was faster."""
        if self.closed is None:
            await self.baresip.command("hangup")
            await self.ended(5)

    async def ended(self, within: float = 10) -> str:
        """Wait for the end of the call and return its reason.

        A second telephone call may follow on the same telephone.
        """
        await self._until(lambda: self.closed is not None, within, "The call did not end")
        return self.closed or ""

    # -- what it hears

    async def hear(
        self,
        *pieces: Any,
        language: str | None = None,
        within: float = 10,
        whole: bool = False,
    ) -> None:
        """Wait until these pieces are heard, in order, after what was heard before. NotHeard otherwise.

        A prompt counts as heard after its first second, so that a test may press a digit into it; `whole`
        waits for the end of the last piece and holds every part of each against its file.
        """
        spoken = language or self.language
        patterns = self._patterns(spoken, *pieces)
        deadline = time.monotonic() + within
        for index, pattern in enumerate(patterns):
            to_the_end = whole or index < len(patterns) - 1
            await self._hear_one(pattern, to_the_end, deadline, within)

    async def hear_any(self, *pieces: Any, language: str | None = None, within: float = 10) -> str:
        """Wait until one of these is heard, and return which: its prompt's id."""
        patterns = self._patterns(language or self.language, *pieces)
        pattern, _ = await self._first_of(patterns, time.monotonic() + within, within)
        return pattern.name

    async def hear_number(self, *pieces: Any, language: str | None = None, within: float = 30) -> None:
        """The same for something made of digits: every piece to its end, and nothing else between them."""
        spoken = language or self.language
        before = self._cursor
        await self.hear(*pieces, language=spoken, within=within, whole=True)
        expected = [self._vocabulary.known_as(pattern) for pattern in self._patterns(spoken, *pieces)]
        digits = [pattern for pattern in self._vocabulary.all() if pattern.name.startswith("digit.")]
        between = [heard.name for heard in self._vocabulary.recognise(self._sound()[before : self._cursor], digits)]
        if between[-len(expected) :] != expected:
            raise NotHeard(f"Expected {expected} and nothing else, heard {between}.")

    async def hear_tone(self, hertz: float, within: float = 10, share: float = 0.8) -> None:
        """Wait until half a second is a tone of this frequency."""

        def toned() -> bool:
            return tone_share(self._last(0.5), hertz) > share

        await self._until(toned, within, f"A tone of {hertz:.0f} Hz was not heard", during_call=True)

    async def hear_music(self, within: float = 10) -> None:
        """Wait until a second of what comes is music on hold."""
        if self._music is None:
            raise ValueError("This telephone does not know the music.")
        music = self._music

        def playing() -> bool:
            last = self._last(1)[-RATE * 8 // 10 :]
            return len(last) > RATE // 2 and loudness(last) > QUIET and music.has(last)

        await self._until(playing, within, "No music was heard", during_call=True, every=0.25)

    async def hear_something(self, within: float = 10) -> None:
        """Wait until half a second is not quiet, whatever it is."""
        await self._until(
            lambda: loudness(self._last(0.5)) > QUIET, within, "Nothing at all was heard", during_call=True
        )

    async def hear_silence(self, seconds: float = 2, within: float = 10) -> None:
        """Wait until nothing was heard for so long."""

        def silent() -> bool:
            ear = self._ear
            return ear is not None and time.monotonic() - max(ear.last_loud, ear.began) >= seconds

        await self._until(silent, within, f"It was not silent for {seconds} s", during_call=True)

    def heard(self) -> list[Heard]:
        """The prompts of this call until now, in order; `start` is in seconds from its beginning."""
        if self._ear is None:
            return []
        ear = self._ear
        return [
            Heard(h.name, h.language, round(ear.when(int(h.start * RATE)), 2), h.seconds, h.whole)
            for h in self._vocabulary.recognise(self._sound())
        ]

    def listen_again(self) -> None:
        """Forget what was heard before: only what comes from now on counts for `hear`."""
        self._cursor = len(self._sound())

    # -- what may happen to it

    def freeze(self) -> None:
        """Stop the telephone where it is; it answers nobody. `thaw` lets it go on."""
        self.baresip.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.baresip.signal(signal.SIGCONT)

    def vanish(self) -> None:
        """Its battery is empty: it is gone without a word to the other side."""
        self.baresip.signal(signal.SIGKILL)
        self._over("vanished")

    # -- inside

    def _patterns(self, language: str, *pieces: Any) -> list[Pattern]:
        patterns = [self._vocabulary.pattern(path) for path in self._prompts.files(language, *pieces)]
        if not patterns:
            raise ValueError(f"There is no file for {pieces} in {language}.")
        return [pattern for pattern in patterns if pattern.is_speech]

    async def _hear_one(self, pattern: Pattern, to_the_end: bool, deadline: float, within: float) -> None:
        _, start = await self._first_of([pattern], deadline, within)
        if not to_the_end:
            return
        while len(self._sound()) < start + len(pattern.sound) and self.closed is None:
            if time.monotonic() > deadline:
                raise NotHeard(self._instead(f"{pattern} to its end within {within:g} s"))
            await asyncio.sleep(POLL)
        heard = pattern.heard_until(self._sound(), start)
        if heard < len(pattern.sound) - (LOST_AT_THE_END if self.closed is not None else LAST_FRAME):
            raise NotHeard(self._instead(f"the whole of {pattern}, and not {heard / RATE:.1f} s of it"))
        self._cursor = start + len(pattern.sound) - RATE // 20

    async def _first_of(self, patterns: list[Pattern], deadline: float, within: float) -> tuple[Pattern, int]:
        """The pattern that is heard first from the cursor on, and where; the cursor then stands behind its head."""
        longest = max(len(pattern.head) for pattern in patterns)
        checked = self._cursor
        while True:
            over = self.closed is not None or time.monotonic() > deadline
            sound = self._sound()
            if len(sound) - checked >= longest or over:
                found = [(start, one) for one in patterns if (start := one.first(sound[checked:])) is not None]
                if found:
                    start, pattern = min(found, key=lambda each: each[0])
                    start += checked
                    self._cursor = start + len(pattern.head) - RATE // 20
                    return pattern, start
                checked = max(checked, len(sound) - longest + 1)
            if over:
                raise NotHeard(self._instead(f"{' or '.join(map(str, patterns))} within {within:g} s"))
            await asyncio.sleep(POLL)

    def _instead(self, expected: str) -> str:
        heard = "\n  ".join(str(one) for one in self.heard()) or "no prompt at all"
        state = "in a call" if self._up else f"call over: {self.closed}"
        last = loudness(self._last(1))
        return f"Expected {expected}.\nHeard:\n  {heard}\nNow {state}, loudness of the last second {last:.0f}."

    def _sound(self) -> Sound:
        return self._ear.read() if self._ear is not None else np.zeros(0, np.float32)

    async def _speaks(self, seconds: float) -> None:
        """Let so much audio be sent: by baresip's own clock, which stands still when baresip is held up."""
        if ear := self._ear:
            until = ear.spoken() + seconds
            await self._until(lambda: ear.spoken() >= until or self.closed is not None, 10, "Nothing was sent")

    def _last(self, seconds: float) -> Sound:
        """What came in the last seconds, by the clock."""
        if self._ear is None or self.closed is not None:
            return np.zeros(0, np.float32)
        return self._ear.since(time.monotonic() - seconds)

    async def _until(
        self,
        condition: Callable[[], bool],
        within: float,
        otherwise: str,
        *,
        during_call: bool = False,
        every: float = POLL,
    ) -> None:
        deadline = time.monotonic() + within
        while not condition():
            if during_call and self.closed is not None:
                raise NotHeard(self._instead(otherwise))
            if time.monotonic() > deadline:
                raise NotHeard(self._instead(f"otherwise within {within:g} s. {otherwise}"))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(every):
                    await self._changed.wait()
            self._changed.clear()

    def _new_call(self) -> None:
        self._ear = Ear(self.baresip.folder)
        self._cursor = 0
        self.closed, self._up, self._ringing = None, False, False

    def on_event(self, event: dict[str, Any]) -> None:
        self.events.append(event)
        match event["type"]:
            case "CALL_INCOMING":
                self._new_call()
                self._ringing = True
            case "CALL_REMOTE_SDP" if event["direction"] == "incoming" and (
                self._ear is None or self.closed is not None
            ):
                self._new_call()
            case "CALL_ESTABLISHED":
                self._up = True
                self._ringing = False
            case "CALL_CLOSED":
                self._over(event.get("param", ""))
        self._changed.set()

    @property
    def _is_occupied(self) -> bool:
        return self._ear is not None and self.closed is None

    def _over(self, reason: str) -> None:
        self.closed, self._up, self._ringing = reason, False, False
        if self._ear is not None:
            self._ear.close()
        self._changed.set()

    async def registered(self, within: float = 10) -> None:
        """Wait until the exchange has accepted this telephone. AssertionError when it does not."""
        deadline = time.monotonic() + within
        while "OK" not in (told := await self.baresip.command("reginfo")):
            if "ERR" in told or time.monotonic() > deadline:
                raise AssertionError(f"The telephone could not register: {self.baresip.log()[-300:]}")
            await asyncio.sleep(POLL)

    async def close(self) -> None:
        if self._ear is not None:
            self._ear.close()
        await self.baresip.stop()


@contextlib.asynccontextmanager
async def telephone(
    sip_port: int,
    prompts: PromptFiles,
    *,
    number: str = "61234567",
    password: str | None = None,
    answers: bool = False,
    sends: float | None = None,
    language: str = "es",
    host: str = "127.0.0.1",
    music: Music | None = None,
    transport: str = "udp",
) -> AsyncIterator[Telephone]:
    """A telephone that is ready to dial while the context lasts.

    `number` is the caller's, or the account's name where there is a `password`: then it registers first.
    `answers`: it takes each call by itself. `sends` is the frequency of the tone that it speaks; None is
    silence, which is sent as RTP too.
    """
    folder = Path(tempfile.mkdtemp(prefix="telephone-"))
    phone = Telephone(prompts, _vocabulary(prompts.folder), music, language)
    phone.domain = f"{host}:{sip_port}"
    phone.baresip = Baresip(folder, phone.on_event)
    parameters = [
        f"regint={300 if password else 0}",
        "audio_codecs=pcmu/8000/1",
        "dtmfmode=rtpevent",
        f"answermode={'auto' if answers else 'manual'}",
    ]
    if password:
        parameters += [f"auth_user={number}", f"auth_pass={password}"]
    account = f"<sip:{number}@{phone.domain};transport={transport}>;{';'.join(parameters)}"
    try:
        await phone.baresip.start(account, host, _voice(sends))
        if password:
            await phone.registered()
        yield phone
    finally:
        await phone.close()
        shutil.rmtree(folder, ignore_errors=True)


_vocabularies: dict[Path, Vocabulary] = {}


def _vocabulary(folder: Path) -> Vocabulary:
    return _vocabularies.setdefault(folder, Vocabulary(folder))


def _voice(hertz: float | None, minutes: int = 4) -> Path:
    """A WAV of a tone, or of silence, longer than a call of a test. Made once for each frequency and user."""
    path = Path(tempfile.gettempdir()) / f"centro311-test-voice-{os.getuid()}-{hertz or 0:g}.wav"
    if not path.exists():
        times = np.arange(RATE * 60 * minutes) / RATE
        samples = (8000 * np.sin(2 * np.pi * hertz * times)) if hertz else np.zeros(len(times))
        fresh = path.with_suffix(f".{time.monotonic_ns()}")
        with wave.open(str(fresh), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", "NONE"))
            file.writeframes(samples.astype("<i2").tobytes())
        fresh.replace(path)
    return path

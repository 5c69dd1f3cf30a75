"""What one caller hears and keys: prompts that a key may cut short, music, and keys that no question has used yet."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from typing import Any

from ivr import ari
from ivr.ari import events, models
from ivr.calls import ids
from ivr.calls.presses import Presses
from ivr.calls.waiting import first_of

PLAYBACKS = 4
"""The ids of a call's playbacks go round, so that a successor knows what may still be playing."""
OVERDUE_SECONDS = 5.0
"""A prompt that is not over so long after its length was played to nobody: the call goes on."""
ENDING_SECONDS = 2.0
"""How long a `#` is taken for the end of an answer that had all its keys already."""
HUSHED_SECONDS = 1.0
"""A prompt that is told to stop is over within milliseconds."""


class Sound:
    """Of the caller's channel, which has the call's id. `log` is the call's."""

    def __init__(self, channel: str, client: ari.Client, log: Any) -> None:
        self.over = False
        """Once set, nothing that plays is stopped any more: the channel ends, or another process goes on with it."""
        self._channel = channel
        self._ari = client
        self._log = log
        self._keys: deque[str] = deque()
        self._key = asyncio.Event()
        self._presses = Presses(self._take)
        self._ends_until = 0.0
        self._playbacks: dict[str, asyncio.Future[None]] = {}
        self._played = 0

    # Events

    def pressed(self, press: events.ChannelDtmfReceived) -> None:
        self._presses.report(press)

    def _take(self, key: str) -> None:
        ends = key == "#" and asyncio.get_running_loop().time() < self._ends_until
        self._ends_until = 0.0
        if ends:
            return
        self._keys.append(key)
        self._key.set()

    def finished(self, playback: models.Playback) -> None:
        if playback.state == "failed" and not self.over:
            self._log.error("playback failed", media=playback.media_uri)
        done = self._playbacks.pop(playback.id, None)
        if done is not None and not done.done():
            done.set_result(None)

    # Keys

    @property
    def keyed_ahead(self) -> bool:
        """Whether there are keys for the next question."""
        return bool(self._keys)

    async def next_key(self, seconds: float) -> str | None:
        """The next key, also one pressed before; None where none comes in time."""
        if not self._keys:
            self._key.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._key.wait()
        return self._keys.popleft() if self._keys else None

    def answer_is_whole(self) -> None:
        """The last key was an answer's last: a `#` that follows, as many press it, belongs to it and is dropped."""
        if not self._keys:
            self._ends_until = asyncio.get_running_loop().time() + ENDING_SECONDS
        elif self._keys[0] == "#":
            self._keys.popleft()

    def forget_keys(self) -> None:
        """What was keyed ahead was meant for other questions than the next one."""
        self._keys.clear()

    # What plays

    @property
    def plays(self) -> bool:
        """Whether a prompt plays now. Music does not count."""
        return bool(self._playbacks)

    async def play(self, media: Sequence[str], *, seconds: float, interruptible: bool) -> None:
        """Play these URIs, `seconds` long, to their end. Where interruptible, a key ends them, also one keyed ahead."""
        if not media or (interruptible and self._keys):
            return
        self._played += 1
        playback = ids.playback(self._channel, self._played % PLAYBACKS)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._playbacks[playback] = done
        self._key.clear()
        pressed = asyncio.ensure_future(self._key.wait() if interruptible else asyncio.Event().wait())
        try:
            await self._ari.channels.play_with_id(self._channel, playback, media=media)
            await first_of(done, pressed, seconds=seconds + OVERDUE_SECONDS)
            if not done.done() and not pressed.done():
                self._log.error("a prompt never ended", media=media)
        finally:
            pressed.cancel()
            self._playbacks.pop(playback, None)
            if not done.done() and not self.over:
                await self._ari.begin(self._ari.playbacks.stop(playback))

    async def hush(self) -> None:
        """Stop what a process before this one may have left playing, and let it end: its name is used again."""
        for serial in range(PLAYBACKS):
            playback = ids.playback(self._channel, serial)
            done = self._playbacks[playback] = asyncio.get_running_loop().create_future()
            try:
                await self._ari.playbacks.stop(playback)
                await first_of(done, seconds=HUSHED_SECONDS)
            except ari.NotFound:
                pass
            finally:
                self._playbacks.pop(playback, None)

    async def music(self, on: bool) -> None:
        """Music to the caller who waits. A prompt stops it; start it again afterwards."""
        if on:
            await self._ari.channels.start_moh(self._channel, moh_class="default")
        else:
            await self._ari.channels.stop_moh(self._channel)

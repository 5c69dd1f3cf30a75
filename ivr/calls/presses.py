"""Which of Asterisk's reports of keys are presses: a key that it puts off is reported when it comes, and once more.

Asterisk (22.10.1, `__ast_read` in main/channel.c) lets a key last 80 ms and leaves 45 ms behind it. A key whose end
comes before that, as where several reach it in one moment behind a short halt, is put off: it is reported, put back,
and reported again when it is its turn. Then it is played for as long as it lasted, and all that come meanwhile are put
off as well.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from ivr import ari
from ivr.ari import events

SHORTEST = 80
GAP = 45
CLOSE = 15
"""Milliseconds by which a report may come late."""
OVERDUE_SECONDS = 0.5
"""A key that was put off has its turn within this time of the last report, or counts without it."""


class Presses:
    """Of one channel. `take` is called with each key that was pressed, in order."""

    def __init__(self, take: Callable[[str], None]) -> None:
        self._take = take
        self._put_off: deque[str] = deque()
        self._plays_until = 0.0
        """Until then a key is played, in milliseconds of Asterisk's clock; another one is accepted `GAP` later."""
        self._accepted = 0.0
        """When a key was last taken at once: it may have come in one moment, and be played for `SHORTEST`."""
        self._doubtful: events.ChannelDtmfReceived | None = None
        """A key taken at once that was put off if the one before it is played still."""
        self._overdue: asyncio.TimerHandle | None = None

    def report(self, key: events.ChannelDtmfReceived) -> None:
        at = ari.moment(key.timestamp).timestamp() * 1000
        if self._overdue is not None:
            self._overdue.cancel()
        if at < self._plays_until:
            self._put_off.append(key.digit)
        elif self._put_off and self._put_off[0] == key.digit:
            self._take(self._put_off.popleft())
            self._play(key, at)
        elif at < self._plays_until + GAP:
            self._put_off.append(key.digit)
        elif self._is_again(key, at):
            self._play(key, at)
        else:
            self._take(key.digit)
            self._doubtful = key if at < self._accepted + SHORTEST + GAP else None
            if self._doubtful is None:
                self._accepted = self._plays_until = at
        if self._put_off:
            self._overdue = asyncio.get_running_loop().call_later(OVERDUE_SECONDS, self._take_all)

    def _play(self, key: events.ChannelDtmfReceived, at: float) -> None:
        self._plays_until = at + max(key.duration_ms, SHORTEST)
        self._doubtful = None

    def _is_again(self, key: events.ChannelDtmfReceived, at: float) -> bool:
        """Whether this is the doubtful key's turn: then it had been put off."""
        doubtful = self._doubtful
        if doubtful is None or (doubtful.digit, doubtful.duration_ms) != (key.digit, key.duration_ms):
            return False
        return abs(at - self._accepted - SHORTEST - GAP) < CLOSE

    def _take_all(self) -> None:
        while self._put_off:
            self._take(self._put_off.popleft())

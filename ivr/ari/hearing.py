"""Whether events really arrive: a connection may be whole, answer pings, and yet be deaf.

Seen with Asterisk 22.10: after it had stood still, a connection that somebody else had given up was registered
beside the living one. From then on the living one got pongs, but no event and no answer, and no word of it. So
when nothing was heard for a while, the client sends its own application an event and listens for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from .errors import AriError, Forbidden, NotFound, Timeout

STEP = 0.25
"""Seconds between two looks."""


async def happens(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether a condition comes true in time. Time in which this process itself stood still does not count."""
    loop = asyncio.get_running_loop()
    step = min(STEP, seconds)
    waited = 0.0
    pause = 0.001
    while not condition():
        if waited >= seconds:
            return False
        before = loop.time()
        await asyncio.sleep(pause)
        waited += min(loop.time() - before, 2 * step)
        pause = min(pause * 4, step)
    return True


class Hearing:
    """Watches over one connection. `heard()` is told of each event."""

    def __init__(self, call: Callable[[], Awaitable[None]], every: float, patience: float) -> None:
        """`call` sends an event to ourselves; `every` and `patience` are seconds."""
        self._call = call
        self._every = every
        self._patience = patience
        self._events = 0
        self.proved = asyncio.Event()
        """Set once events have been seen to arrive, or where that cannot be tried."""

    def heard(self) -> None:
        self._events += 1

    async def deaf(self) -> str:
        """Return when no event arrives any more, with the reason in words."""
        while True:
            before = self._events
            reason = f"no event arrived for {self._patience:g} s, not even our own"
            try:
                await self._call()
            except NotFound:
                return "Asterisk no longer knows the application"
            except Forbidden:
                # A read-only user may not send events: nothing can be tried.
                self.proved.set()
                await asyncio.Event().wait()
            except Timeout:
                reason += ", and no answer (before version 22.5 commands need over_http=True)"
            except AriError:
                # Not even sent; whether the connection is whole is found out by the pings.
                await asyncio.sleep(self._every)
                continue
            if not await self._more_than(before):
                return reason
            self.proved.set()
            quiet = False
            while not quiet:
                before = self._events
                await asyncio.sleep(self._every)
                quiet = self._events == before

    async def _more_than(self, events: int) -> bool:
        return await happens(lambda: self._events > events, self._patience)

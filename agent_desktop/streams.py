"""Server-sent events: rendered fragments, each sent only when it differs from what the page was sent last."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable

from aiohttp import web

from agent_desktop.context import CONTEXT
from agent_desktop.live import Watch

WAITING_SECONDS = 2.0
ALIVE_SECONDS = 10.0
"""A comment this often, so that a dead page is noticed."""


class Stream:
    """One open `text/event-stream`."""

    def __init__(self, response: web.StreamResponse) -> None:
        self.response = response
        self._sent: dict[str, str] = {}

    async def send(self, event: str, html: str) -> None:
        lines = "".join(f"data: {line}\n" for line in html.splitlines()) or "data: \n"
        await self.response.write(f"event: {event}\n{lines}\n".encode())

    async def show(self, event: str, html: str) -> None:
        """Send a fragment unless the page has it already."""
        if self._sent.get(event) != html:
            self._sent[event] = html
            await self.send(event, html)

    def has(self, event: str, html: str) -> None:
        """The page got this fragment inside of another one."""
        self._sent[event] = html

    async def alive(self) -> None:
        await self.response.write(b": alive\n\n")


async def news(
    request: web.Request, watch: Watch, stream: Stream, *, waiting: Callable[[], bool] = lambda: False
) -> AsyncIterator[None]:
    """Each time that there is something new to show, until the watch, the page or its session ends.

    While the page is `waiting` for the database, every other second too. The session is asked for by the clock: news
    never puts that off.
    """
    asked = time.monotonic()
    while not watch.closed:
        left = max(0.0, asked + ALIVE_SECONDS - time.monotonic())
        there = await watch.news(min(left, WAITING_SECONDS) if waiting() else left)
        if time.monotonic() - asked >= ALIVE_SECONDS:
            if not await _still_in(request, stream):
                return
            asked = time.monotonic()
        if there or waiting():
            yield


async def _still_in(request: web.Request, stream: Stream) -> bool:
    """Keep the stream and its session alive; False, and the page is told, where the session was ended elsewhere."""
    if await request.app[CONTEXT].logins.user_of(request) is None:
        await stream.send("left", "left")
        return False
    try:
        await stream.alive()
    except ConnectionError:  # the page is gone
        return False
    return True


async def open_stream(request: web.Request) -> Stream:
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream",
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",
        }
    )
    await response.prepare(request)
    await response.write(b"retry: 1000\n\n")
    return Stream(response)

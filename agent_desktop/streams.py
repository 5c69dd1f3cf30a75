"""Server-sent events: rendered fragments, each sent only when it differs from what the page was sent last."""

from __future__ import annotations

from aiohttp import web

from agent_desktop.context import CONTEXT

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


async def still_in(request: web.Request, stream: Stream) -> bool:
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

"""What a program does with the client, written down: its events, how often it was connected and lost."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

from ivr.ari import Client, Event, UnknownEvent
from ivr.ari.generated.events import StasisStart
from tests.parts.ari.exchange import PASSWORD, USER, Exchange

E = TypeVar("E", bound=Event)
QUICK = {"ping_seconds": 0.3, "silence_seconds": 1.0, "first_wait": 0.05, "longest_wait": 0.5}
numbers = itertools.count(1)


class Owner:
    """A client that runs, and what it told."""

    def __init__(self, client: Client, exchange: Exchange) -> None:
        self.client = client
        self.exchange = exchange
        self.events: list[Event] = []
        self.connects = 0
        self.losses = 0
        self.replacements = 0
        self.running: asyncio.Task[None] | None = None
        client.on(self.events.append)
        client.on_connected(self._connected)
        client.on_lost(self._lost)
        client.on_replaced(self._replaced)

    async def _connected(self) -> None:
        self.connects += 1

    def _lost(self) -> None:
        self.losses += 1

    def _replaced(self) -> None:
        self.replacements += 1

    def all(self, kind: type[E], about: Callable[[E], bool] = lambda event: True) -> list[E]:
        return [event for event in self.events if isinstance(event, kind) and about(event)]

    async def event(self, kind: type[E], about: Callable[[E], bool] = lambda event: True) -> E:
        """The first such event, waited for if need be."""
        await until(lambda: self.all(kind, about), f"a {kind.__name__}")
        return self.all(kind, about)[0]

    async def call(self, where: str = "answer", **options: Any) -> str:
        """A channel in the application, whose other end does what the dialplan's `far` says. Returns its id."""
        channel_id = f"call-{next(numbers)}"
        await self.client.channels.originate(
            endpoint=f"Local/{where}@far",
            app=self.client.app,
            channel_id=channel_id,
            other_channel_id=f"{channel_id};2",
            **options,
        )
        await self.event(StasisStart, lambda event: event.channel.id == channel_id)
        return channel_id


@contextlib.asynccontextmanager
async def owner(exchange: Exchange, app: str = "", **options: Any) -> AsyncIterator[Owner]:
    """A client that runs, connected, with no channel of its application left behind afterwards."""
    settings = QUICK | options
    async with Client(exchange.url, USER, PASSWORD, app or f"app-{next(numbers)}", **settings) as client:
        made = Owner(client, exchange)
        made.running = asyncio.create_task(client.run())
        await until(lambda: made.connects, "the connection")
        try:
            yield made
        finally:
            await client.close()
            await made.running
        assert not made.all(UnknownEvent), "every event of this Asterisk has its struct"


async def until(condition: Callable[[], object], what: str, seconds: float = 15.0) -> None:
    """Wait for a condition; AssertionError where it does not come."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what} did not come within {seconds:g} s"
        await asyncio.sleep(0.01)

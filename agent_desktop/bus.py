"""The bus between this process and `line`: requests with their answers, and the events that pages live on.

The bus being away is an ordinary state: nothing here raises for it at start, connecting goes on in the background, and
a request says so at once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import msgspec
import nats
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError

from ivr import api

log = structlog.get_logger()
Answer = TypeVar("Answer")

ANSWER_SECONDS = 3.0
RECONNECT_SECONDS = 0.5


class Away(Exception):
    """Nobody answered: the bus is away, or `line` is. What was asked may or may not have been done."""


class Bus:
    def __init__(self, url: str) -> None:
        self._url = url
        self._client: Client | None = None

    @property
    def connected(self) -> bool:
        return self._client is not None and self._client.is_connected

    async def ask(self, command: api.Command, answer: type[Answer], seconds: float = ANSWER_SECONDS) -> Answer:
        """Send a command to `line` and wait for its answer. Raises `Away`."""
        if self._client is None or not self._client.is_connected:
            raise Away
        try:
            message = await self._client.request(command.subject, msgspec.json.encode(command), timeout=seconds)
        except NoRespondersError as error:
            raise Away from error
        except (NatsError, TimeoutError, OSError) as error:
            raise Away from error
        return msgspec.json.decode(message.data, type=answer)

    async def tell(self, command: api.Command) -> bool:
        """Ask for a `Reply` where nothing can be done about a missing one; False where nobody answered."""
        try:
            return (await self.ask(command, api.Reply)).ok
        except Away:
            return False

    async def hear(self, subject: str, receive: Callable[[bytes], Awaitable[None]]) -> Subscription | None:
        """Subscribe; the client subscribes again by itself after a reconnect. None before the first connection."""
        if self._client is None:
            return None

        async def callback(message: Msg) -> None:
            await receive(message.data)

        return await self._client.subscribe(subject, cb=callback)

    async def hint(self, subject: str) -> None:
        """Publish an empty message; lost without a word while the bus is away."""
        if self.connected and self._client is not None:
            with contextlib.suppress(NatsError, OSError):
                await self._client.publish(subject)

    async def connect(self) -> None:
        """Connect, trying until it works. From then on the client keeps the connection itself."""

        async def note(error: Exception) -> None:
            log.info("the bus says", error=type(error).__name__)

        while True:
            try:
                self._client = await nats.connect(
                    self._url,
                    name="web",
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=RECONNECT_SECONDS,
                    connect_timeout=2,
                    ping_interval=5,
                    max_outstanding_pings=2,
                    allow_reconnect=True,
                    error_cb=note,
                )
            except (NatsError, OSError, TimeoutError):
                await asyncio.sleep(RECONNECT_SECONDS)
            else:
                return

    async def close(self) -> None:
        if self._client is not None:
            with contextlib.suppress(NatsError, OSError, TimeoutError):
                await self._client.close()


@contextlib.asynccontextmanager
async def bus(url: str) -> AsyncIterator[Bus]:
    """A bus that connects in the background while the context lasts."""
    this = Bus(url)
    connecting = asyncio.create_task(this.connect(), name="bus")
    try:
        yield this
    finally:
        connecting.cancel()
        await this.close()

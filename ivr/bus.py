"""NATS as `line` uses it: answers to requests, and hints to whoever listens. With NATS away calls go on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
import nats
import structlog
from nats.aio.client import Client as Nats
from nats.aio.msg import Msg

from ivr.api import Reply

log = structlog.get_logger()
C = TypeVar("C", bound=msgspec.Struct)

ANSWER_SECONDS = 5.0
"""A person waits for a button: no answer takes longer."""

RETRY_SECONDS = 1


class Bus:
    def __init__(self, url: str) -> None:
        self._url = url
        self._nats = Nats()
        self._answers: list[tuple[str, Callable[[Msg], Awaitable[None]]]] = []

    def answers(self, subject: str, kind: type[C], method: Callable[[C], Awaitable[msgspec.Struct]]) -> None:
        """Answer requests on this subject. A request that cannot be read, or fails, is answered with an error."""

        async def handle(message: Msg) -> None:
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    reply = await method(msgspec.json.decode(message.data, type=kind))
            except msgspec.DecodeError as error:
                log.warning("request", subject=subject, error=str(error))
                reply = Reply(ok=False, error="bad-request")
            except Exception:
                log.exception("request", subject=subject)
                reply = Reply(ok=False, error="failed")
            if message.reply:
                await message.respond(msgspec.json.encode(reply))

        self._answers.append((subject, handle))

    def hears(self, subject: str, handle: Callable[[Msg], Awaitable[None]]) -> None:
        """Be told of hints on this subject."""
        self._answers.append((subject, handle))

    async def run(self) -> None:
        """Stay connected. The first connect is tried for as long as it takes; nobody waits for it."""
        while True:
            try:
                await self._nats.connect(
                    self._url,
                    allow_reconnect=True,
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=RETRY_SECONDS,
                    error_cb=_note_error,
                    pending_size=1_000_000,
                )
                break
            except (OSError, nats.errors.Error) as error:
                log.warning("bus", error=str(error))
                await asyncio.sleep(RETRY_SECONDS)
        for subject, handle in self._answers:
            await self._nats.subscribe(subject, cb=_beside(handle))
        log.info("bus", connected=True)
        try:
            await asyncio.Event().wait()
        finally:
            await self._nats.close()

    def publish(self, subject: str, view: msgspec.Struct | None = None) -> None:
        """Send a hint. Where NATS is away it is dropped: the next one holds the whole view again."""
        if self._nats.is_connected:
            payload = msgspec.json.encode(view) if view is not None else b""
            task = asyncio.ensure_future(self._publish(subject, payload))
            task.add_done_callback(lambda task: task.exception())

    async def _publish(self, subject: str, payload: bytes) -> None:
        await self._nats.publish(subject, payload)


async def _note_error(error: Exception) -> None:
    log.warning("bus", error=str(error) or type(error).__name__)


def _beside(handle: Callable[[Msg], Awaitable[None]]) -> Callable[[Msg], Awaitable[None]]:
    """Run each request as a task of its own: one that waits for the disk holds up no other."""
    running: set[asyncio.Future[None]] = set()

    async def start(message: Msg) -> None:
        task = asyncio.ensure_future(handle(message))
        running.add(task)
        task.add_done_callback(running.discard)

    return start

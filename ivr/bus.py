"""The bus (NATS) between the processes: requests to `line` with their answers, and hints to whoever listens.

Its being away is an ordinary state: no process waits for it at its start, connecting goes on for as long as it takes,
hints are dropped and a question says so at once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import msgspec
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from ivr.api import Command, Reply

log = structlog.get_logger()
C = TypeVar("C", bound=msgspec.Struct)
Answer = TypeVar("Answer", bound=msgspec.Struct)

WORK_SECONDS = 5.0
"""How long an answer may be worked on."""
ANSWER_SECONDS = 3.0
"""How long it is waited for: a person has pressed a button."""
RETRY_SECONDS = 1
CANCEL_SECONDS = 0.1
CLOSE_SECONDS = 1.5
FAILURES = (NatsError, OSError, TimeoutError)
"""What the client raises where the bus is away, or whom a request is for."""


class Away(Exception):
    """Nobody answered: the bus is away, or `line` is. What was asked may or may not have been done."""


class OtherAnswer(Exception):
    """`line` answered with something else than was asked for; the text is its `Reply`'s error."""


class Bus:
    """`centre` is the first word of every subject: another centre may use the same NATS."""

    def __init__(self, url: str, centre: str) -> None:
        self._url = url
        self._centre = centre
        self._client = Client()
        self._heard: list[tuple[str, Callable[[Msg], Awaitable[None]]]] = []
        self._running: set[asyncio.Future[None]] = set()

    @property
    def connected(self) -> bool:
        return self._client.is_connected

    def answers(self, subject: str, kind: type[C], method: Callable[[C], Awaitable[msgspec.Struct]]) -> None:
        """Answer requests on this subject, from the next connection on; one that waits for the disk holds up no other.

        A request that cannot be read, or fails, is answered with an error.
        """

        async def handle(message: Msg) -> None:
            try:
                async with asyncio.timeout(WORK_SECONDS):
                    reply = await method(msgspec.json.decode(message.data, type=kind))
            except msgspec.DecodeError as error:
                log.warning("request", subject=subject, error=str(error))
                reply = Reply(ok=False, error="bad-request")
            except Exception:
                log.exception("request", subject=subject)
                reply = Reply(ok=False, error="failed")
            if message.reply:
                await message.respond(msgspec.json.encode(reply))

        async def start(message: Msg) -> None:
            self._beside(handle(message))

        self._heard.append((subject, start))

    def hears(self, subject: str, receive: Callable[[bytes], Awaitable[None]]) -> None:
        """Be told of hints on this subject, one after the other, from the next connection on."""

        async def handle(message: Msg) -> None:
            await receive(message.data)

        self._heard.append((subject, handle))

    async def run(self) -> None:
        """Stay connected until cancelled."""
        connecting = asyncio.create_task(self._connect())
        try:
            await asyncio.wait({connecting})
            connecting.result()
            for subject, handle in self._heard:
                await self._client.subscribe(self._full(subject), cb=handle)
            log.info("bus", connected=True)
            await asyncio.Event().wait()
        finally:
            await _ended(connecting)
            with contextlib.suppress(*FAILURES):
                async with asyncio.timeout(CLOSE_SECONDS):  # a frozen bus takes nothing more, and closing waits for it
                    await self._client.close()

    async def _connect(self) -> None:
        while True:
            try:
                await self._client.connect(
                    self._url,
                    connect_timeout=2,
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=RETRY_SECONDS,
                    ping_interval=5,
                    max_outstanding_pings=2,
                    pending_size=1_000_000,
                    error_cb=_note_error,
                )
                return
            except FAILURES as error:
                log.warning("bus", error=str(error))
                await asyncio.sleep(RETRY_SECONDS)

    @contextlib.asynccontextmanager
    async def once(self) -> AsyncIterator[None]:
        """A connection for what a command has to ask before it ends. Away where there is none."""
        try:
            # With no attempt allowed nats-py tries for ever.
            await self._client.connect(
                self._url,
                connect_timeout=1,
                allow_reconnect=False,
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
                error_cb=_say_nothing,
            )
        except FAILURES as error:
            raise Away from error
        try:
            yield
        finally:
            with contextlib.suppress(*FAILURES):
                await self._client.close()

    async def ask(self, command: Command, kind: type[Answer], seconds: float = ANSWER_SECONDS) -> Answer:
        """Send a command to `line` and wait for its answer. Away where none comes, OtherAnswer where it is none."""
        if not self._client.is_connected:
            raise Away
        try:
            message = await self._client.request(
                self._full(command.subject), msgspec.json.encode(command), timeout=seconds
            )
        except FAILURES as error:
            raise Away from error
        try:
            return msgspec.json.decode(message.data, type=kind)
        except msgspec.DecodeError as error:
            raise OtherAnswer(_error_in(message.data)) from error

    async def tell(self, command: Command) -> bool:
        """Ask for a `Reply` where nothing can be done about a missing one; False where nobody answered."""
        try:
            return (await self.ask(command, Reply)).ok
        except (Away, OtherAnswer):
            return False

    def publish(self, subject: str, view: msgspec.Struct | None = None) -> None:
        """Send a hint. Where the bus is away it is dropped: the next one holds the whole view again."""
        if self._client.is_connected:
            self._beside(self._publish(subject, msgspec.json.encode(view) if view is not None else b""))

    async def _publish(self, subject: str, payload: bytes) -> None:
        with contextlib.suppress(*FAILURES):
            await self._client.publish(self._full(subject), payload)

    def _full(self, subject: str) -> str:
        return f"{self._centre}.{subject}"

    def _beside(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)


def _error_in(data: bytes) -> str | None:
    try:
        return msgspec.json.decode(data, type=Reply).error
    except msgspec.DecodeError:
        return None


async def _ended(task: asyncio.Task[None]) -> None:
    """Cancel until it is over: the client's `asyncio.wait_for` (Python 3.11) loses a cancellation that comes together
    with what it waits for, as a refused connection, and it would then connect for ever.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=CANCEL_SECONDS)


async def _note_error(error: Exception) -> None:
    log.warning("bus", error=str(error) or type(error).__name__)


async def _say_nothing(error: Exception) -> None:
    """nats-py would log each refused connection; the exception says it already."""

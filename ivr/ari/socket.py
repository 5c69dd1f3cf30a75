"""One WebSocket to Asterisk: events come in, small requests go out and are answered on it.

Its reader never waits for anybody: an event is decoded, handed to a plain function, and the next is read.
Asterisk drops an application that does not take its data at once.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Sequence

import aiohttp
import msgspec

from .errors import AriError, Lost, NotConnected, Timeout, failure, message_in
from .generated.events import Event
from .hearing import happens
from .messages import RESTResponse, decode_message

log = logging.getLogger(__name__)

CLOSE_SECONDS = 1.0


class Parameter(msgspec.Struct, frozen=True, gc=False):
    """One query parameter of a request."""

    name: str
    value: str


class RESTRequest(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag=True, omit_defaults=True):
    """A request over the WebSocket; `uri` is the path below `/ari/`."""

    request_id: str
    method: str
    uri: str
    query_strings: Sequence[Parameter] = ()
    content_type: str = ""
    message_body: str = ""


class Socket:
    """An open WebSocket. `read()` runs until it ends; `ask()` sends a request and waits for its answer."""

    def __init__(self, websocket: aiohttp.ClientWebSocketResponse, deliver: Callable[[Event], None]) -> None:
        self._websocket = websocket
        self._deliver = deliver
        self._ids = itertools.count(1)
        self._pending: dict[str, asyncio.Future[RESTResponse]] = {}
        self._limits: set[asyncio.Timeout] = set()
        self._encoder = msgspec.json.Encoder()
        self._loop = asyncio.get_running_loop()
        self._heard = self._asked = self._loop.time()
        self._gone: Lost | None = None
        self._stopped: asyncio.Future[str] = self._loop.create_future()

    async def ask(self, method: str, uri: str, query: Sequence[tuple[str, str]], body: str, within: float) -> str:
        """The body of Asterisk's answer. Raises `Failed`, `Timeout` or `Lost`."""
        command = f"{method} {uri}"
        if self._gone is not None:
            raise NotConnected(f"{command}: {self._gone}")
        request = RESTRequest(
            str(next(self._ids)),
            method,
            uri,
            [Parameter(name, value) for name, value in query],
            "application/json" if body else "",
            body,
        )
        answered: asyncio.Future[RESTResponse] = self._loop.create_future()
        limit = asyncio.timeout(within)
        self._pending[request.request_id] = answered
        self._limits.add(limit)
        try:
            async with limit:
                await self._websocket.send_str(self._encoder.encode(request).decode())
                answer = await answered
        except TimeoutError:
            raise self._unanswered(command, within) from None
        except (aiohttp.ClientError, OSError) as error:
            raise Lost(f"{command}: {error}") from error
        finally:
            del self._pending[request.request_id]
            self._limits.discard(limit)
        if answer.status_code >= 300:
            raise failure(answer.status_code, reason_of(answer), command)
        return answer.message_body or ""

    def _unanswered(self, command: str, within: float) -> AriError:
        if self._gone is not None:
            return type(self._gone)(f"{command}: {self._gone}")
        return Timeout(f"{command}: no answer within {within:g} s")

    async def read(self, ping_seconds: float, silence_seconds: float) -> str:
        """Hand events over until the connection ends, and say in words why it ended.

        A clean close is an end like any other. So is silence: a ping every `ping_seconds` that nothing
        answers for `silence_seconds`.
        """
        pinger = asyncio.create_task(self._ping(ping_seconds, silence_seconds))
        reader = asyncio.create_task(self._read())
        try:
            done, _ = await asyncio.wait({pinger, reader, self._stopped}, return_when=asyncio.FIRST_COMPLETED)
            return done.pop().result()
        finally:
            pinger.cancel()
            reader.cancel()
            await asyncio.gather(pinger, reader, return_exceptions=True)

    def stop(self, why: str) -> None:
        """End `read()`, though the connection is whole."""
        if not self._stopped.done():
            self._stopped.set_result(why)

    def fail(self, error: Lost) -> None:
        """Every request that waits, even to be sent, fails with this now, and every later one."""
        self._gone = error
        for limit in self._limits:
            if not limit.expired():
                limit.reschedule(self._loop.time())

    async def close(self) -> None:
        """Say goodbye, but to an Asterisk that takes no data not for long."""
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._websocket.close()
        except (aiohttp.ClientError, OSError) as error:
            log.debug("closing the WebSocket: %s", error)

    async def _read(self) -> str:
        try:
            return await self._read_on()
        except (aiohttp.ClientError, OSError) as error:
            return f"the connection broke: {error}"

    async def _read_on(self) -> str:
        while True:
            message = await self._websocket.receive()
            if message.type is aiohttp.WSMsgType.TEXT:
                event = decode_message(message.data)
                if isinstance(event, RESTResponse):
                    self._heard = self._loop.time()
                    future = self._pending.get(event.request_id)
                    if future is not None and not future.done():
                        future.set_result(event)
                else:
                    self._deliver(event)
            elif message.type is aiohttp.WSMsgType.PONG:
                self._heard = self._loop.time()
            elif message.type is aiohttp.WSMsgType.PING:
                await self._websocket.pong(message.data)
            elif message.type is aiohttp.WSMsgType.ERROR:
                return f"the connection broke: {message.data}"
            elif message.type is not aiohttp.WSMsgType.BINARY:
                return f"Asterisk closed the connection ({self._websocket.close_code})"

    async def _ping(self, ping_seconds: float, silence_seconds: float) -> str:
        """Only what Asterisk's request thread sends counts as a sign: a pong, or an answer to a request."""
        while True:
            await asyncio.sleep(ping_seconds)
            self._asked = self._loop.time()
            try:
                async with asyncio.timeout(silence_seconds):
                    await self._websocket.ping()
            except TimeoutError:
                return f"Asterisk took no data for {silence_seconds:g} s"
            except (aiohttp.ClientError, OSError) as error:
                return f"the connection broke: {error}"
            if not await happens(lambda: self._heard >= self._asked, silence_seconds):
                return f"Asterisk was silent for {silence_seconds:g} s"


def reason_of(answer: RESTResponse) -> str:
    """Asterisk's own words for a refusal: `{"message": …}` in the body, else the status line."""
    return message_in(answer.message_body or "") or answer.reason_phrase

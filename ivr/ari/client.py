"""A client of the Asterisk REST Interface (ARI): typed commands, typed events, one WebSocket, reconnect.

    async with Client("http://127.0.0.1:8088/ari", "user", "password", "app") as client:
        client.on(answer_it, StasisStart)
        client.on_connected(read_the_state)
        await client.run()

`run()` connects, reads, notices when the connection is lost, and connects again, until `close()` or until
another program takes the application over. Commands are methods of groups: `client.channels`,
`client.bridges`, `client.playbacks`, `client.recordings`, `client.applications`, `client.asterisk`,
`client.endpoints`, `client.events`, `client.sounds`, `client.device_states`, `client.mailboxes`; what they
raise is in `errors`.

Small commands travel over the event WebSocket, slow and large ones (originate, lists, files) over HTTP; with
`over_http=True` all do. Commands over HTTP also work without `run()`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar, overload

import aiohttp
import msgspec

from .backoff import Backoff
from .commands import Value, pairs
from .connecting import open_session, open_socket
from .errors import AriError, Closed, Forbidden, Lost, NotConnected, Replaced
from .generated import Commands
from .generated.events import ApplicationReplaced, ChannelUserevent, Event
from .hearing import Hearing
from .http import Http
from .listeners import Listeners, Subscription
from .messages import RESTResponse
from .socket import Socket
from .state import State

log = logging.getLogger(__name__)
E = TypeVar("E", bound=Event)

PROBE = "ari-client-hears"
"""Name of the event that the client sends to itself (see `hearing`)."""

ALWAYS: tuple[type[Event], ...] = (ApplicationReplaced, ChannelUserevent, RESTResponse)
"""What the client itself needs, whatever its owner wants. Asterisk's filter holds back answers too."""


class Client(Commands):
    """One application's connection to one Asterisk. Of one event loop; not for use from other threads."""

    def __init__(
        self,
        url: str,
        user: str,
        password: str,
        app: str,
        *,
        over_http: bool = False,
        subscribe: Sequence[str] = (),
        subscribe_all: bool = False,
        only: Sequence[type[Event]] = (),
        without: Sequence[type[Event]] = (),
        request_seconds: float = 8.0,
        ping_seconds: float = 2.0,
        silence_seconds: float = 4.0,
        first_wait: float = 0.1,
        longest_wait: float = 3.0,
        connections: int = 32,
    ) -> None:
        """`url` is ARI's root, such as `http://127.0.0.1:8088/ari`.

        over_http        every command over HTTP, none over the WebSocket
        subscribe        event sources beside the application's own channels: `endpoint:PJSIP`, `bridge:<id>`…
        subscribe_all    every event of this Asterisk (costly)
        only, without    types of events to be sent, or not to be sent, by Asterisk
        request_seconds  how long an answer may take, unless the command says `within=`
        ping_seconds     how often the connection is tried
        silence_seconds  how long a ping may go unanswered before the connection counts as lost
        first_wait, longest_wait  seconds between attempts to connect: doubling, with jitter
        connections      HTTP connections at once; Asterisk's `sessionlimit` must allow them
        """
        super().__init__(self._send)
        self.app = app
        self.replaced = False
        """True once another program has connected under the same application name. Final."""
        self._url = url.rstrip("/")
        self._login = (user, password)
        self._over_http = over_http
        self._subscribe = tuple(subscribe)
        self._subscribe_all = subscribe_all
        self._only = tuple(only)
        self._without = tuple(without)
        self._request_seconds = request_seconds
        self._ping_seconds = ping_seconds
        self._silence_seconds = silence_seconds
        self._first_wait = first_wait
        self._longest_wait = longest_wait
        self._connections = connections
        self._listeners = Listeners()
        self._when_connected: list[Callable[[], Awaitable[None]]] = []
        self._when_lost: list[Callable[[], None]] = []
        self._when_replaced: list[Callable[[], None]] = []
        self._session: aiohttp.ClientSession | None = None
        self._http: Http | None = None
        self._socket: Socket | None = None
        self._hearing: Hearing | None = None
        self._running: asyncio.Task[None] | None = None
        self._over: Lost | None = None
        self._begun: set[asyncio.Task[None]] = set()

    # What the owner wants to be told ---------------------------------------------------------------------

    @overload
    def on(self, handler: Callable[[Event], None]) -> Callable[[], None]: ...
    @overload
    def on(self, handler: Callable[[E], None], *kinds: type[E]) -> Callable[[], None]: ...
    def on(self, handler: Callable[[Any], None], *kinds: type[Event]) -> Callable[[], None]:
        """Call a plain function with every event, or with those of exactly these types.

        It runs in the reader: it must return at once (put into a queue, set a future). Returns a function
        that takes it off again.
        """
        return self._listeners.add(handler, kinds)

    @overload
    def listen(self) -> Subscription[Event]: ...
    @overload
    def listen(self, *kinds: type[E]) -> Subscription[E]: ...
    def listen(self, *kinds: type[Any]) -> Subscription[Any]:
        """A queue of every event, or of those of exactly these types."""
        return Subscription(self._listeners, kinds)

    def on_connected(self, handler: Callable[[], Awaitable[None]]) -> None:
        """Await this in a task of its own after every connect; the owner reads the true state here.

        Events arrive meanwhile. It is cancelled where the connection is lost before it is done.
        """
        self._when_connected.append(handler)

    def on_lost(self, handler: Callable[[], None]) -> None:
        """Call this whenever a connection ends, after every waiting command has failed with `Lost`.

        Not after `close()`, and not when replaced.
        """
        self._when_lost.append(handler)

    def on_replaced(self, handler: Callable[[], None]) -> None:
        """Call this once when another program has taken the application over."""
        self._when_replaced.append(handler)

    @property
    def connected(self) -> bool:
        """Whether events arrive: one has been heard on the present connection. A new one may be deaf."""
        return self._hearing is not None and self._hearing.proved.is_set()

    async def begin(self, command: Coroutine[Any, Any, None]) -> None:
        """Send a small command without waiting for its answer: whatever is sent next is done after it.

            await client.begin(client.channels.set_channel_var(id, variable="STEP", value="menu"))

        The commands of one WebSocket are done in their order; over HTTP nothing keeps it, so there the answer is
        waited for. Nobody is told where it fails: what is wrong then, a channel or the connection that is gone, fails
        the next command too.
        """
        task = asyncio.ensure_future(_quietly(command))
        if self._over_http:
            await asyncio.shield(task)
            return
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)
        await asyncio.sleep(0)  # by then it is sent, before whatever comes next

    # Life ------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Stay connected. Returns after `close()` or once replaced; raises nothing but cancellation."""
        if self._running is not None:
            raise RuntimeError("the client is running already")
        task = self._running = asyncio.create_task(self._stay_connected())
        try:
            await asyncio.wait({task})
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            self._running = None

    async def close(self) -> None:
        """Disconnect for good. Channels stay as they are in Asterisk; waiting commands fail with `Closed`."""
        if self._over is None:
            self._over = Closed("the client was closed")
        self._fail_all(self._over)
        if self._session is not None:
            await self._session.close()
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def state(self) -> State:
        """Every channel and bridge, and which of them the application holds."""
        application, channels, bridges = await asyncio.gather(
            self.applications.get(self.app), self.channels.list(), self.bridges.list()
        )
        return State(
            application,
            {channel.id: channel for channel in channels},
            {bridge.id: bridge for bridge in bridges},
        )

    # Within ----------------------------------------------------------------------------------------------

    async def _stay_connected(self) -> None:
        # A session of its own, so that requests that hang cannot keep the WebSocket from being opened.
        async with open_session(*self._login, connections=1) as session:
            await self._connect_again_and_again(session)

    async def _connect_again_and_again(self, session: aiohttp.ClientSession) -> None:
        backoff = Backoff(self._first_wait, self._longest_wait)
        loop = asyncio.get_running_loop()
        told = ""
        while self._over is None:
            since = loop.time()
            try:
                socket = await open_socket(session, self._url, self.app, self._subscribe_all, self._receive)
                told = ""
                await self._use(socket)
            except (aiohttp.ClientError, OSError) as error:
                if str(error) != told:
                    told = str(error)
                    log.warning("cannot connect to Asterisk, trying again: %s", error)
            except Exception:
                log.exception("the connection to Asterisk ended by a fault of this client")
            if self._over is None:
                if loop.time() - since > self._longest_wait:
                    backoff.reset()
                await asyncio.sleep(backoff.wait())

    async def _use(self, socket: Socket) -> None:
        """From connected to lost."""
        self._socket = socket
        self._hearing = Hearing(self._call_ourselves, self._ping_seconds, self._silence_seconds)
        tasks = [
            asyncio.create_task(self._welcome(self._hearing)),
            asyncio.create_task(self._listen_for_silence(socket, self._hearing)),
        ]
        why = "the client stopped"
        try:
            why = await socket.read(self._ping_seconds, self._silence_seconds)
        finally:
            self._fail_all(self._over or Lost(why))
            self._socket = self._hearing = None
            for task in tasks:
                task.cancel()
            self._tell_of_the_end(why)
            await asyncio.gather(*tasks, socket.close(), return_exceptions=True)

    async def _listen_for_silence(self, socket: Socket, hearing: Hearing) -> None:
        socket.stop(await hearing.deaf())

    async def _call_ourselves(self) -> None:
        await self.events.user_event(PROBE, application=self.app, within=self._silence_seconds)

    def _tell_of_the_end(self, why: str) -> None:
        handlers = self._when_lost
        if self.replaced:
            log.warning("another program has taken over %s: nothing is sent any more", self.app)
            handlers = self._when_replaced
        elif self._over is not None:
            log.info("disconnected from Asterisk")
            return
        else:
            log.warning("the connection to Asterisk is lost: %s", why)
        for handler in handlers:
            try:
                handler()
            except Exception:
                log.exception("a handler of the connection's end raised")

    async def _welcome(self, hearing: Hearing) -> None:
        """Tell Asterisk what we want to hear and, once something is heard, the owner that we are connected."""
        try:
            await self._choose_events()
        except Forbidden as error:
            log.info("a read-only user takes the events as they come: %s", error)
        except AriError as error:
            log.warning("Asterisk did not take the choice of events: %s", error)
        await hearing.proved.wait()
        log.info("connected to Asterisk as %s", self.app)
        for handler in self._when_connected:
            try:
                await handler()
            except Lost as error:
                log.info("lost while reading the state: %s", error)
            except Exception:
                log.exception("a handler of the new connection raised")

    async def _choose_events(self) -> None:
        """Set the filter, an empty one too: Asterisk may still keep another with the application."""
        allowed = (*self._only, *ALWAYS) if self._only else ()
        disallowed = [kind for kind in self._without if kind not in ALWAYS]
        await self.applications.filter(
            self.app,
            filter={
                "allowed": [{"type": kind.__name__} for kind in allowed],
                "disallowed": [{"type": kind.__name__} for kind in disallowed],
            },
        )
        if self._subscribe:
            await self.applications.subscribe(self.app, event_source=self._subscribe)

    def _receive(self, event: Event) -> None:
        """The reader's end: one event, from the socket."""
        if self._hearing is not None:
            self._hearing.heard()
        if type(event) is ChannelUserevent and (event.eventname == PROBE or not self._wanted(event)):
            return
        if type(event) is ApplicationReplaced and event.application == self.app:
            self.replaced = True
            self._over = Replaced("another program has taken the application over")
            self._fail_all(self._over)
            if self._socket is not None:
                self._socket.stop("the application was taken over")
        self._listeners.tell(event)

    def _wanted(self, event: Event) -> bool:
        """What the owner chose. Asterisk keeps to it too, but for what the client itself needs."""
        kind = type(event)
        return kind not in self._without and (not self._only or kind in self._only)

    def _fail_all(self, error: Lost) -> None:
        if self._socket is not None:
            self._socket.fail(error)
        if self._http is not None:
            self._http.fail(error)

    def _over_http_now(self) -> Http:
        """Opened with the first request, so that a client can be made outside of an event loop."""
        if self._http is None:
            self._session = open_session(*self._login, self._connections)
            self._http = Http(self._session, self._url)
        return self._http

    async def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, Value],
        body: Any = None,
        *,
        slow: bool = False,
        within: float | None = None,
    ) -> bytes | str:
        if self._over is not None:
            raise type(self._over)(f"{method} {path}: {self._over}")
        seconds = self._request_seconds if within is None else within
        written = b"" if body is None else msgspec.json.encode(body)
        if slow or self._over_http:
            return await self._over_http_now().ask(method, path, pairs(query), written, seconds)
        if self._socket is None:
            raise NotConnected(f"{method} {path}: there is no connection to Asterisk")
        return await self._socket.ask(method, path, pairs(query), written.decode(), seconds)


async def _quietly(command: Coroutine[Any, Any, None]) -> None:
    with contextlib.suppress(AriError):
        await command

"""The watcher: brings the parts up in their order, keeps each alive, and stops them in the right order."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Any

import structlog

from centre import stranded
from centre.ari import Ari
from centre.errors import Trouble
from centre.hints import hint
from centre.parts import STAGES, STOPPING, Part
from centre.watched import Watched
from config.lasting import lasting
from config.settings import Settings
from config.signs import sign_of_life

log = structlog.get_logger()

STEP = 0.5
"""Seconds between two looks at the parts; the end of one is seen at once."""
TOLD_LATE = 1.0
"""Seconds. So long a halt of the machine is worth a line in the log."""
STOP_SECONDS = {"web": 5.0, "worker": 10.0, "line": 5.0, "asterisk": 10.0, "nats": 5.0, "postgres": 30.0}

PATIENCE = 20.0
"""Seconds that a centre which ran before waits for its database before it takes calls without it."""

TELL_EVERY = 10.0
"""Seconds after which a person is told again which part is awaited."""

Prepare = Callable[[], Awaitable[None]]
Say = Callable[[str], None]
"""Tells a person what is going on, one short line at a time."""


class Watcher:
    """Everything that lives on this node. `run` returns after SIGTERM or SIGINT, with all parts stopped."""

    def __init__(self, settings: Settings, all_parts: Mapping[str, Part], say: Say) -> None:
        self.settings = settings
        self.ready = False
        self._say = say
        self._watched = {name: Watched(settings, part) for name, part in all_parts.items()}
        self._stop = asyncio.Event()
        self._later: list[asyncio.Task[None]] = []
        self._awaits: list[str] = []
        """What the start waits for now, in words for a person."""

    async def run(
        self, prepare: Prepare, on_ready: Callable[[], None] = lambda: None, *, ran_before: bool = False
    ) -> None:
        """Bring up, watch, stop. `prepare` waits for the database; the later parts need what it leaves.

        Call `adopt` first. Trouble where a part cannot be brought up; what was started is stopped again. A centre
        that `ran_before` takes calls without its database and bus too, and where parts were adopted nothing is
        stopped for the sake of another.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._stop.set)
        listening = {f"listen to {name}": watched.listen for name, watched in self._watched.items()}
        async with (
            sign_of_life(self.settings.run / "watcher.sock", self.describe),
            _beside({"watch": self._watch, **listening}),
        ):
            bringing = asyncio.create_task(self._bring_up(prepare, ran_before))
            stopping = asyncio.create_task(self._stop.wait())
            try:
                await asyncio.wait({bringing, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if bringing.done() and not self._stop.is_set():
                    bringing.result()
                    self.ready = True
                    tell_systemd("READY=1")
                    on_ready()
                    await stopping
            finally:
                tell_systemd("STOPPING=1")
                beside = (bringing, stopping, *self._later)
                for task in beside:
                    task.cancel()
                await asyncio.gather(*beside, return_exceptions=True)
                self.ready = False
                await self.stop_all()

    def describe(self) -> dict[str, Any]:
        """The watcher's own sign of life."""
        return {
            "ready": self.ready,
            "pid": os.getpid(),
            "awaits": self._awaits,
            "parts": {
                name: {
                    "pid": w.who.pid if w.who else None,
                    "living": w.living,
                    "starts": w.starts,
                    "restarts": w.restarts,
                    "last_start": w.last_start,
                    "ours": w.ours,
                    "said": w.said,
                }
                for name, w in self._watched.items()
            },
        }

    def adopt(self) -> bool:
        """Take over the parts that an earlier watcher started and that live; True where there are any."""
        found = [watched.adopt() for watched in self._watched.values()]
        return any(found)

    def missing(self) -> set[str]:
        """The parts of ours that do not run, as far as `adopt` has seen."""
        return {name for name, watched in self._watched.items() if watched.ours and watched.who is None}

    async def _bring_up(self, prepare: Prepare, ran_before: bool) -> None:
        first, second = STAGES
        try:
            await self._prepared(prepare, first, PATIENCE if ran_before else None)
        except (Trouble, TimeoutError) as trouble:
            if not ran_before:
                raise
            self._say(f"{str(trouble) or 'The database does not answer.'} Calls are taken meanwhile.")
            self._later.append(asyncio.create_task(lasting("prepare", lambda: self._prepare_later(prepare))))
        try:
            await self._begin(*second)
        except Trouble as trouble:
            if not any(watched.adopted for watched in self._watched.values()):
                raise
            self._say(f"{trouble} The others go on, and it is tried again.")

    async def _prepared(self, prepare: Prepare, first: tuple[str, ...], seconds: float | None) -> None:
        """Database and bus live, and the database is prepared. TimeoutError after so many seconds."""
        async with asyncio.timeout(seconds):
            # What prepares waits for the database itself, so that both begin at once.
            preparing = asyncio.ensure_future(prepare())
            try:
                await self._begin(*first)
                self._awaits = ["the database to be prepared"]
                await preparing
            finally:
                preparing.cancel()

    async def _prepare_later(self, prepare: Prepare) -> None:
        while True:
            await asyncio.sleep(PATIENCE)
            try:
                await prepare()
            except Trouble as trouble:
                log.warning("not prepared yet", reason=str(trouble))
            else:
                log.info("prepared")
                return

    async def _begin(self, *names: str) -> None:
        for name in names:
            self._watched[name].begin()
        await self._living(*names)

    async def _living(self, *names: str) -> None:
        """Wait until these parts have given a sign of life."""
        self._say(f"starting {', '.join(names)}")
        began = told = time.monotonic()
        end = began + max(self._watched[name].part.limits.starting for name in names)
        while missing := [self._watched[name] for name in names if not self._watched[name].living]:
            self._awaits = [watched.name for watched in missing]
            if time.monotonic() - told > TELL_EVERY:
                told = time.monotonic()
                self._say(f"still waiting for {', '.join(self._awaits)}")
            for watched in missing:
                if watched.health.deaths >= 3 and watched.ours:
                    raise Trouble(_why(watched, "ends as soon as it is started"))
                if time.monotonic() > end:
                    raise Trouble(_why(watched, "gives no sign of life"))
            await asyncio.sleep(0.02)
        self._awaits = []

    async def _watch(self) -> None:
        """Look at every part a few times a second, for ever."""
        last = time.monotonic()
        rescuing: asyncio.Task[None] | None = None
        while True:
            now = time.monotonic()
            late = max(0.0, now - last - STEP)
            if late > TOLD_LATE:
                log.warning("the watcher was late", seconds=round(late, 1))
            for watched in self._watched.values():
                watched.unwatched(now, late)
                watched.look(now, STEP)
            last = now
            for name, watched in self._watched.items():
                before = watched.starts
                watched.step(now)
                if self.ready and watched.starts > before:
                    self._say(f"{name} was started again: `{hint('logs watcher', self.settings.data)}` tells why")
            line = self._watched["line"]
            if line.begun and now - line.last_heard >= stranded.AFTER and (rescuing is None or rescuing.done()):
                rescuing = asyncio.create_task(self._rescue())
            await asyncio.sleep(STEP)

    async def _rescue(self) -> None:
        """One look for stranded callers; those who appear later are found by the next."""
        if self._watched["asterisk"].living:
            try:
                await asyncio.to_thread(lambda: stranded.rescue(Ari(self.settings)))
            except OSError as error:
                log.error("stranded callers cannot be reached", error=str(error))
        await asyncio.sleep(1.0)

    async def stop_all(self) -> None:
        for watched in self._watched.values():
            watched.begun = False
        for name in STOPPING:
            if self._watched[name].who is not None:
                self._say(f"stopping {name}")
            await self._watched[name].stop(STOP_SECONDS[name])


async def stop_orphans(settings: Settings, all_parts: Mapping[str, Part], say: Say) -> bool:
    """Stop what a watcher that is gone has left running; True where there was anything."""
    watcher = Watcher(settings, all_parts, say)
    found = watcher.adopt()
    await watcher.stop_all()
    return found


@contextlib.contextmanager
def only_one(settings: Settings) -> Iterator[int]:
    """Hold the node's lock; its descriptor keeps it for a process that inherits it. Trouble where another has it."""
    settings.run.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(settings.run / "watcher.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Trouble(
                f"The centre in {settings.data} is already running (process {running(settings)}); "
                f"`{hint('status', settings.data)}` shows it, `{hint('down', settings.data)}` stops it."
            ) from None
        sign(descriptor)
        yield descriptor
    finally:
        os.close(descriptor)


def sign(lock: int) -> None:
    """Write who holds the lock: this process."""
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)


def running(settings: Settings) -> int | None:
    """The watcher's process id; None where none runs on this node's folder."""
    try:
        descriptor = os.open(settings.run / "watcher.lock", os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return int(os.pread(descriptor, 20, 0) or b"0") or None
    else:
        return None
    finally:
        os.close(descriptor)


def tell_systemd(word: str) -> None:
    """systemd's `sd_notify`, where the watcher was started by it (sd_notify(3))."""
    if address := os.environ.get("NOTIFY_SOCKET"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to, contextlib.suppress(OSError):
            to.sendto(word.encode(), "\0" + address[1:] if address.startswith("@") else address)


@contextlib.asynccontextmanager
async def _beside(work: Mapping[str, Callable[[], Awaitable[None]]]) -> AsyncIterator[None]:
    """Do this work while the context lasts."""
    tasks = [asyncio.ensure_future(lasting(name, each)) for name, each in work.items()]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _why(watched: Watched, what: str) -> str:
    said = watched.last_words()
    return f"{watched.name} {what}" + (f": {said}" if said else "") + f" (see {watched.log_file})."

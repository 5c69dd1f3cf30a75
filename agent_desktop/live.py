"""What the telephone side looks like now: each agent's view and the floor, kept from events and asked anew in doubt.

Events are hints. So once a second `line` is asked for the whole floor, and where it disagrees with what the events
told, that agent's view is asked for. The first answer missing means: pages are not up to date, and say so.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterator

import msgspec
import structlog

from ivr import api
from ivr.bus import Away, Bus, OtherAnswer

log = structlog.get_logger()
FLOOR = "*floor*"  # no login looks like this
PULSE_SECONDS = 1.0
PATIENCE_SECONDS = 2.0


class Watch:
    """Somebody who wants to know: an open event stream."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.closed = False
        """Another page of the same agent took over, or the process stops."""
        self._news = asyncio.Event()
        self._news.set()

    def wake(self) -> None:
        self._news.set()

    async def news(self, seconds: float) -> bool:
        """Wait for something new; False when nothing came."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return False
        self._news.clear()
        return True


class Live:
    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._watches: dict[str, list[Watch]] = defaultdict(list)
        self._agents: dict[str, api.AgentView] = {}
        self.floor: api.Floor | None = None
        self.up = False
        """`line` answers; False means that what is shown may be old."""
        self.stopping = False
        bus.hears("event.agent.*", self._on_agent)
        bus.hears(api.FLOOR_EVENT, self._on_floor)

    def agent(self, name: str) -> api.AgentView | None:
        return self._agents.get(name)

    def is_with_another(self, call: str, agent: str) -> bool:
        """Whether anybody but this agent has the call by now."""
        return self.floor is not None and any(
            there.call == call and there.agent != agent for there in self.floor.agents
        )

    @contextlib.contextmanager
    def watch(self, topic: str, *, alone: bool = False) -> Iterator[Watch]:
        """Hear of an agent (by login) or of `FLOOR`. With `alone`, earlier watches of the topic are closed."""
        if alone:
            for earlier in self._watches[topic]:
                earlier.closed = True
                earlier.wake()
        watch = Watch(topic)
        self._watches[topic].append(watch)
        try:
            yield watch
        finally:
            self._watches[topic].remove(watch)

    def wake(self, topic: str | None = None) -> None:
        """Let the watches of a topic look again; of all topics without one."""
        for name in [topic] if topic is not None else list(self._watches):
            for watch in self._watches[name]:
                watch.wake()

    def stop(self) -> None:
        self.stopping = True
        for watches in self._watches.values():
            for watch in watches:
                watch.closed = True
                watch.wake()

    async def refresh(self, agent: str) -> None:
        """Ask for one agent's view; keeps the old one where nobody answers."""
        with contextlib.suppress(Away, OtherAnswer):
            self._take(await self._bus.ask(api.AskAgent(agent=agent), api.AgentView, PATIENCE_SECONDS))

    async def run(self) -> None:
        """Follow the telephone side until cancelled."""
        while True:
            await self._pulse()
            await asyncio.sleep(PULSE_SECONDS)

    async def _pulse(self) -> None:
        try:
            floor = await self._bus.ask(api.AskFloor(), api.Floor, PATIENCE_SECONDS)
        except (Away, OtherAnswer) as error:
            if isinstance(error, OtherAnswer):
                log.error("a floor that is none", error=str(error.__cause__))
            self._note(up=False)
            return
        came_back = not self.up
        self._take_floor(floor)
        for there in floor.agents:
            if self._watches.get(there.agent) and (came_back or self._differs(there)):
                await self.refresh(there.agent)
        self._note(up=True)

    def _differs(self, there: api.AgentOnFloor) -> bool:
        view = self._agents.get(there.agent)
        call = view.call.id if view and view.call else None
        return view is None or (view.state, view.since, call) != (there.state, there.since, there.call)

    def _note(self, *, up: bool) -> None:
        if self.up != up:
            self.up = up
            log.info("line answers" if up else "line does not answer")
            self.wake()

    def _take(self, view: api.AgentView) -> None:
        self._agents[view.agent] = view
        self.wake(view.agent)

    def _take_floor(self, floor: api.Floor) -> None:
        before, self.floor = self.floor, floor
        # Desks show how many wait and whether the exchange is there, and nothing else of the floor.
        same = before is not None and _for_desks(before) == _for_desks(floor)
        self.wake(FLOOR if same else None)

    async def _on_agent(self, data: bytes) -> None:
        with contextlib.suppress(msgspec.DecodeError):
            self._take(msgspec.json.decode(data, type=api.AgentView))

    async def _on_floor(self, data: bytes) -> None:
        with contextlib.suppress(msgspec.DecodeError):
            self._take_floor(msgspec.json.decode(data, type=api.Floor))


def _for_desks(floor: api.Floor) -> tuple[int, bool]:
    return len(floor.waiting), floor.asterisk

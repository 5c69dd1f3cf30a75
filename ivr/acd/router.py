"""Who is offered to whom: a pure function of events.

`Router.handle(event, now)` takes one event and returns the decisions that follow from it. There is no I/O, no clock
and no randomness in here: times are seconds on any one clock, passed in. The router believes what it is told last:
an event about a caller or an offer that it no longer knows changes nothing, so late and doubled events are harmless.

Callers are served in the order in which they entered the queue (a caller who comes back keeps their time, and so
stands at the head again). Among ready agents the one idle longest is chosen.
"""

from __future__ import annotations

import enum
from bisect import insort
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CallerWaits:
    """A caller entered at `since`; the same caller again moves to their time in the new queue."""

    call: str
    queue: str
    since: float


@dataclass(frozen=True, slots=True)
class CallerLeaves:
    """The caller hung up, chose something else, or was connected by other means."""

    call: str


@dataclass(frozen=True, slots=True)
class AgentReady:
    """The agent may be rung from now on; `since` is when they became idle."""

    agent: str
    since: float


@dataclass(frozen=True, slots=True)
class AgentAway:
    """The agent is paused, offline or occupied. An offer under way is withdrawn."""

    agent: str


@dataclass(frozen=True, slots=True)
class OfferAnswered:
    call: str
    agent: str


@dataclass(frozen=True, slots=True)
class OfferFailed:
    """The agent refused, did not answer, or could not be rung: they are away until they say ready again."""

    call: str
    agent: str


Event = CallerWaits | CallerLeaves | AgentReady | AgentAway | OfferAnswered | OfferFailed


@dataclass(frozen=True, slots=True)
class Offer:
    """Ring this agent for this caller."""

    call: str
    agent: str


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Stop ringing: the caller is gone, or the agent is."""

    call: str
    agent: str


Decision = Offer | Withdraw


class _Is(enum.Enum):
    READY = enum.auto()
    RESERVED = enum.auto()  # one offer is out; nobody else may be offered to this agent
    TALKING = enum.auto()


@dataclass(slots=True)
class _Agent:
    state: _Is
    since: float
    call: str | None = None


@dataclass(order=True, slots=True)
class _Place:
    since: float
    call: str
    queue: str = field(compare=False)


class Router:
    def __init__(self) -> None:
        self._places: list[_Place] = []
        self._by_call: dict[str, _Place] = {}
        self._agents: dict[str, _Agent] = {}
        self._offered: dict[str, str] = {}

    def handle(self, event: Event, now: float) -> list[Decision]:
        """What follows from this event. `now` is in seconds, on the clock of the events' `since`."""
        match event:
            case CallerWaits(call, queue, since):
                withdrawn = self._remove(call)
                place = _Place(since, call, queue)
                insort(self._places, place)
                self._by_call[call] = place
                return [*withdrawn, *self._match()]
            case CallerLeaves(call):
                return [*self._remove(call), *self._match()]
            case AgentReady(agent, since):
                known = self._agents.get(agent)
                if known is None or known.state is not _Is.RESERVED:
                    self._agents[agent] = _Agent(_Is.READY, since)
                return self._match()
            case AgentAway(agent):
                known = self._agents.pop(agent, None)
                if known is None or known.state is not _Is.RESERVED or known.call is None:
                    return []
                del self._offered[known.call]
                return [Withdraw(known.call, agent), *self._match()]
            case OfferAnswered(call, agent):
                if self._offered.get(call) == agent:
                    del self._offered[call]
                    self._forget(call)
                    self._agents[agent] = _Agent(_Is.TALKING, now)
                return []
            case OfferFailed(call, agent):
                if self._offered.get(call) == agent:
                    del self._offered[call]
                    del self._agents[agent]
                return self._match()

    def position(self, call: str) -> int | None:
        """The caller's place in their queue, from 1; None where they do not wait."""
        mine = self._by_call.get(call)
        if mine is None:
            return None
        return 1 + sum(place.queue == mine.queue and place < mine for place in self._places)

    def waiting(self) -> list[str]:
        """The calls that wait, in the order in which they are served."""
        return [place.call for place in self._places]

    def offers(self) -> dict[str, str]:
        """The offers under way: call to agent."""
        return dict(self._offered)

    def ready(self) -> list[str]:
        """The agents who could be rung now, longest idle first."""
        idle = [(a.since, name) for name, a in self._agents.items() if a.state is _Is.READY]
        return [name for _, name in sorted(idle)]

    def _match(self) -> list[Decision]:
        decisions: list[Decision] = []
        ready = self.ready()
        for place in self._places:
            if not ready:
                break
            if place.call in self._offered:
                continue
            agent = ready.pop(0)
            self._agents[agent] = _Agent(_Is.RESERVED, self._agents[agent].since, place.call)
            self._offered[place.call] = agent
            decisions.append(Offer(place.call, agent))
        return decisions

    def _remove(self, call: str) -> list[Decision]:
        self._forget(call)
        agent = self._offered.pop(call, None)
        if agent is None:
            return []
        reserved = self._agents[agent]
        self._agents[agent] = _Agent(_Is.READY, reserved.since)
        return [Withdraw(call, agent)]

    def _forget(self, call: str) -> None:
        place = self._by_call.pop(call, None)
        if place is not None:
            self._places.remove(place)

"""The floor: agents and their states, callers who wait, and the router between them.

Calls and agents' wishes come in as plain method calls; what follows goes out in three ways: an offer to the waiting
call's `Ticket`, a view to whoever paints it (`publish`), and a line for the journal (`note_state`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import structlog

from ivr.acd import agent as agent_file
from ivr.acd.agent import OCCUPIED, Agent
from ivr.acd.router import (
    AgentAway,
    AgentReady,
    CallerLeaves,
    CallerWaits,
    Event,
    Offer,
    OfferAnswered,
    OfferFailed,
    Router,
)
from ivr.acd.ticket import Offered, Ticket
from ivr.api import FLOOR_EVENT, AgentOnFloor, AgentState, CallView, Phase, Waiting, agent_event
from ivr.api import Floor as FloorView

log = structlog.get_logger()


WRITE_ON_SECONDS = 20.0
"""A wrap-up lasts this long at least from the agent's last sign that they are writing."""

MOST_REMEMBERED = 2000
"""Calls of which it is known who answered them last, also when they are over."""


class Floor:
    """`publish(subject, view)` and `note_state(agent, state, reason)` must not block."""

    def __init__(
        self,
        *,
        file: Path,
        wrap_up: float,
        publish: Callable[[str, msgspec.Struct], None],
        note_state: Callable[[str, AgentState, str | None], None],
    ) -> None:
        self.router = Router()
        self.tickets: dict[str, Ticket] = {}
        self.agents: dict[str, Agent] = {}
        self.calls_up: Callable[[], int] = lambda: 0
        self.asterisk_up: Callable[[], bool] = lambda: True
        self._file = file
        self._wrap_up = wrap_up
        self._publish = publish
        self._note_state = note_state
        self._painted = asyncio.Condition()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._changed = asyncio.Event()
        self._answerers: dict[str, str] = {}
        """The latest calls, and who answered each last."""

    # Agents

    def load(self) -> None:
        """Take the agents' states of before a restart from the file. Who was occupied is settled by their call."""
        self.agents = {agent.name: agent for agent in agent_file.load(self._file)}
        for agent in self.agents.values():
            if agent.call is not None and agent.state in (AgentState.TALKING, AgentState.WRAP_UP):
                self._remember(agent.call.id, agent.name)

    def settle(self, in_conversation: set[str]) -> None:
        """After a take-over: who talked in a call that is gone goes to wrap-up, who was only being rung is ready."""
        for agent in self.agents.values():
            if agent.state is AgentState.OFFERED:
                agent.call = None
                self._become(agent, AgentState.READY)
                self._tell_ready(agent)
            elif agent.state is AgentState.TALKING and agent.name not in in_conversation:
                self.wrap_up(agent.name)
            elif agent.state is AgentState.WRAP_UP:
                self._start_wrap_up_timer(agent)

    def know(self, phones: dict[str, str]) -> None:
        """The agents who may work, by name, with their kind of telephone. Others go as soon as they are free."""
        for name, phone in phones.items():
            agent = self.agents.get(name)
            if agent is None:
                self.agents[name] = Agent(name=name, phone=phone, since=datetime.now(UTC))
            else:
                agent.phone = phone
        for name in set(self.agents) - set(phones):
            if self.agents[name].state not in OCCUPIED:
                self._tell(AgentAway(name))
                del self.agents[name]
        self._changed.set()

    def wish(self, name: str, state: AgentState, reason: str | None = None) -> bool:
        """The agent's own word: ready, paused or offline. Kept for later while they are occupied. False: unknown."""
        agent = self.agents.get(name)
        if agent is None:
            return False
        if agent.state is AgentState.TALKING:
            agent.after = state
            self._show(agent)
            return True
        agent.after = None
        if agent.state is AgentState.OFFERED and state is AgentState.READY:
            return True
        agent.call = None
        if state is AgentState.READY:
            self._become(agent, AgentState.READY)
            self._tell_ready(agent)
        else:
            self._become(agent, state, reason)
            self._tell(AgentAway(name))
        return True

    def logged_in(self, name: str) -> None:
        """Nobody is offered a call for having been ready before they went: they say so anew."""
        agent = self.agents.get(name)
        if agent is not None and agent.state is AgentState.READY:
            self.wish(name, AgentState.PAUSED, "logged in")

    def telephones(self, online: set[str]) -> None:
        """Whose telephone is registered now. An offer to one that went is withdrawn, and its agent is not to blame."""
        for agent in self.agents.values():
            if agent.connected is (agent.name in online):
                continue
            agent.connected = not agent.connected
            log.info("telephone", agent=agent.name, connected=agent.connected)
            if not agent.connected and agent.state in (AgentState.READY, AgentState.OFFERED):
                self._tell(AgentAway(agent.name))
            elif agent.state is AgentState.READY:
                self._tell_ready(agent)
            self._show(agent)

    def has_sip_telephone(self, name: str) -> bool:
        agent = self.agents.get(name)
        return agent is not None and agent.phone == "sip"

    def has_another(self, call: str, agent: str) -> bool:
        """Whether another agent than this one answered the call last, as far as is remembered."""
        return self._answerers.get(call, agent) != agent

    def _remember(self, call: str, agent: str) -> None:
        self._answerers[call] = agent
        if len(self._answerers) > MOST_REMEMBERED:
            del self._answerers[next(iter(self._answerers))]

    def telephone_is_silent(self, name: str) -> bool:
        """Whether this agent's telephone is registered no more, or answers Asterisk no more."""
        agent = self.agents.get(name)
        return agent is not None and not agent.connected

    def _tell_ready(self, agent: Agent) -> None:
        if agent.connected:
            self._tell(AgentReady(agent.name, agent.since.timestamp()))

    def wrap_up(self, name: str) -> None:
        """The conversation is over: time to complete the case, then ready again."""
        agent = self.agents.get(name)
        if agent is None:
            return
        self._tell(AgentAway(name))
        self._become(agent, AgentState.WRAP_UP)
        self._start_wrap_up_timer(agent)

    def write_on(self, name: str) -> bool:
        """The agent is writing: their wrap-up does not end under their hands. False where they are in none."""
        agent = self.agents.get(name)
        if agent is None or agent.state is not AgentState.WRAP_UP:
            return False
        least = datetime.now(UTC) + timedelta(seconds=WRITE_ON_SECONDS)
        if agent.until is None or agent.until < least:
            agent.until = least
            self._start_wrap_up_timer(agent)
            self._show(agent)
        return True

    def call_over(self, call: str, phase: Phase) -> None:
        """The call has ended. However that came about, nobody is left talking in it."""
        for agent in self.agents.values():
            if agent.state not in (AgentState.TALKING, AgentState.WRAP_UP) or agent.call is None:
                continue
            if agent.call.id == call:
                self.show(agent.name, msgspec.structs.replace(agent.call, phase=phase))
                if agent.state is AgentState.TALKING:
                    self.wrap_up(agent.name)

    def _start_wrap_up_timer(self, agent: Agent) -> None:
        if (earlier := self._timers.pop(agent.name, None)) is not None:
            earlier.cancel()
        left = (agent.until or agent.since).timestamp() - time.time()
        self._timers[agent.name] = asyncio.get_running_loop().call_later(max(0.0, left), self._end_wrap_up, agent.name)

    def _end_wrap_up(self, name: str) -> None:
        agent = self.agents.get(name)
        if agent is not None and agent.state is AgentState.WRAP_UP:
            self.wish(name, agent.after or AgentState.READY)

    def show(self, name: str, call: CallView | None) -> None:
        """What the agent's page shows of their call from now on."""
        agent = self.agents.get(name)
        if agent is not None:
            agent.call = call
            self._show(agent)

    # Callers

    def enter(self, ticket: Ticket) -> None:
        self.tickets[ticket.call] = ticket
        self._tell(CallerWaits(ticket.call, ticket.queue, ticket.since.timestamp()))
        self._changed.set()

    def leave(self, call: str) -> None:
        """The caller no longer waits, whatever became of them."""
        if self.tickets.pop(call, None) is not None:
            self._tell(CallerLeaves(call))
            self._changed.set()

    def position(self, call: str) -> int | None:
        return self.router.position(call)

    def anybody_at_work(self) -> bool:
        """Whether any agent is logged in to take calls, now or after the call they are in."""
        away = (AgentState.OFFLINE, AgentState.PAUSED)
        return any(
            (agent.after or agent.state) not in away and (agent.connected or agent.state in OCCUPIED)
            for agent in self.agents.values()
        )

    def anybody_logged_in(self) -> bool:
        return any(agent.state is not AgentState.OFFLINE for agent in self.agents.values())

    # Offers

    async def painted(self, name: str, offer: str, seconds: float) -> bool:
        """Whether the agent's page said within the time that it shows the offer."""
        agent = self.agents[name]
        try:
            async with asyncio.timeout(seconds), self._painted:
                await self._painted.wait_for(lambda: agent.painted == offer)
            return True
        except TimeoutError:
            return False

    async def paint(self, name: str, offer: str) -> None:
        """The page's sign that the offer is on the screen."""
        agent = self.agents.get(name)
        if agent is not None:
            async with self._painted:
                agent.painted = offer
                self._painted.notify_all()

    def answered(self, call: str, name: str) -> None:
        self._tell(OfferAnswered(call, name))
        self.tickets.pop(call, None)
        self.talks(call, name)

    def talks(self, call: str, name: str) -> None:
        """The agent is in a conversation (also one taken over from before a restart)."""
        self._remember(call, name)
        agent = self.agents.get(name)
        if agent is None:
            agent = self.agents[name] = Agent(name=name, phone="browser", since=datetime.now(UTC))
        if agent.state is not AgentState.TALKING:
            self._become(agent, AgentState.TALKING)

    def failed(self, call: str, name: str, reason: str) -> None:
        """The offer came to nothing by the agent's side: they are paused, the caller is at the head again."""
        agent = self.agents.get(name)
        if agent is not None:
            agent.call = None
            self._become(agent, AgentState.PAUSED, reason)
        self._tell(OfferFailed(call, name))

    def lost(self, name: str, reason: str) -> None:
        """The agent of a conversation did not come back."""
        agent = self.agents.get(name)
        if agent is not None:
            agent.call = None
            self._become(agent, AgentState.PAUSED, reason)
            self._tell(AgentAway(name))

    # Views

    def view(self) -> FloorView:
        waiting = [self.tickets[call] for call in self.router.waiting() if call in self.tickets]
        return FloorView(
            at=datetime.now(UTC),
            asterisk=self.asterisk_up(),
            calls=self.calls_up(),
            waiting=[
                Waiting(
                    call=ticket.call,
                    queue=ticket.queue,
                    position=self.router.position(ticket.call) or 0,
                    since=ticket.since,
                    language=ticket.language,
                    choice=ticket.choice,
                )
                for ticket in waiting
            ],
            agents=[
                AgentOnFloor(
                    agent=agent.name,
                    phone=agent.phone,
                    state=agent.state,
                    since=agent.since,
                    reason=agent.reason,
                    connected=agent.connected,
                    call=agent.call.id if agent.call and agent.state in OCCUPIED else None,
                )
                for agent in sorted(self.agents.values(), key=lambda agent: agent.name)
            ],
        )

    async def keep_shown(self) -> None:
        """Publish the floor and keep the agents' file, at each change, four times a second at most."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            self._publish(FLOOR_EVENT, self.view())
            content = agent_file.encode(self.agents.values())
            try:
                await asyncio.to_thread(agent_file.save, self._file, content)
            except OSError as error:
                log.error("agents' states cannot be written", error=str(error))
            await asyncio.sleep(0.25)

    def changed(self) -> None:
        self._changed.set()

    def _show(self, agent: Agent) -> None:
        self._publish(agent_event(agent.name), agent.view())
        self._changed.set()

    def _become(self, agent: Agent, state: AgentState, reason: str | None = None) -> None:
        if (timer := self._timers.pop(agent.name, None)) is not None:
            timer.cancel()
        if agent.state is not state or agent.reason != reason:
            agent.state = state
            agent.since = datetime.now(UTC)
            agent.reason = reason
            agent.until = agent.since + timedelta(seconds=self._wrap_up) if state is AgentState.WRAP_UP else None
            self._note_state(agent.name, state, reason)
            log.info("agent", agent=agent.name, state=state.value, reason=reason)
        self._show(agent)

    def _tell(self, event: Event) -> None:
        for decision in self.router.handle(event, time.time()):
            ticket = self.tickets.get(decision.call)
            agent = self.agents.get(decision.agent)
            if isinstance(decision, Offer):
                if agent is not None:
                    self._become(agent, AgentState.OFFERED)
                if ticket is not None:
                    ticket.current = Offered(decision.agent)
                    ticket.offers.put_nowait(ticket.current)
            else:
                if ticket is not None and ticket.current is not None:
                    ticket.current.withdrawn.set()
                if agent is not None and agent.state is AgentState.OFFERED:
                    agent.call = None
                    self._become(agent, AgentState.READY)

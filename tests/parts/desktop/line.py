"""A `line` for the desktop's tests: it answers on a real NATS as the telephone side does, and does what a test says."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, datetime, timedelta

import msgspec
import nats
from nats.aio.client import Client
from nats.aio.msg import Msg

from ivr import api

COMMANDS: tuple[type[api.Command], ...] = (
    api.SetState,
    api.LoggedIn,
    api.Painted,
    api.EndPart,
    api.SaveCase,
    api.LinkCase,
    api.AddCase,
    api.MakeAnonymous,
    api.AskAgent,
    api.AskFloor,
)


class Line:
    def __init__(self, url: str, bus: str) -> None:
        self._url = url
        self._bus = bus
        self._client: Client | None = None
        self.heard: list[api.Command] = []
        """Every command but the questions, in their order."""
        self.agents: dict[str, api.AgentView] = {}
        self.waiting: list[api.Waiting] = []
        self.asterisk = True
        self.over: set[str] = set()
        """Ids of calls whose callers hung up: their agents may still have them, and see no change of them."""
        self._refused: dict[tuple[str, type[api.Command]], str] = {}
        self.added = "2600000014"
        """The number that the next added case gets."""

    async def start(self) -> None:
        self._client = await nats.connect(self._url, max_reconnect_attempts=-1, reconnect_time_wait=0.2)
        for kind in COMMANDS:
            await self._client.subscribe(f"{self._bus}.{kind.subject}", cb=self._answering(kind))
        await self._client.flush()

    async def stop(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None

    def _answering(self, kind: type[api.Command]):  # type: ignore[no-untyped-def]
        async def answer(message: Msg) -> None:
            command = msgspec.json.decode(message.data, type=kind)
            reply = await self._do(command)
            await message.respond(msgspec.json.encode(reply))

        return answer

    async def _do(self, command: api.Command) -> msgspec.Struct:
        if isinstance(command, api.AskFloor):
            return self.floor()
        error = self._refused.get((getattr(command, "agent", ""), type(command)))
        if isinstance(command, api.AskAgent):
            return api.Reply(ok=False, error=error) if error else self.agent(command.agent)
        self.heard.append(command)
        if error is not None:
            return api.Reply(ok=False, error=error)
        if isinstance(command, api.SetState) and command.state is api.AgentState.WRAP_UP:
            await self.runs_out(command.agent, 20)
        elif isinstance(command, api.SetState):
            await self.become(command.agent, command.state, reason=command.reason, call=None)
        elif isinstance(command, api.LoggedIn):
            if self.agent(command.agent).state is api.AgentState.READY:
                await self.become(command.agent, api.AgentState.PAUSED, reason="logged in", call=None)
        elif isinstance(command, api.SaveCase):
            await self.change_cases(command.agent, command.call, lambda case: self._saved(case, command))
            return api.Reply(ok=True, number=command.number)
        elif isinstance(command, api.LinkCase):
            await self.change_cases(command.agent, command.call, lambda case: self._linked(case, command))
            return api.Reply(ok=True, number=command.existing)
        elif isinstance(command, api.AddCase):
            call = self.agent(command.agent).call
            if call is None or call.id in self.over:
                return api.Reply(ok=False, error="call-over")
            cases = [*call.cases, api.CaseView(number=self.added, type=command.type)]
            await self.show(command.agent, msgspec.structs.replace(call, cases=cases))
            return api.Reply(ok=True, number=self.added)
        elif isinstance(command, api.MakeAnonymous):
            call = self.agent(command.agent).call
            assert call is not None
            await self.show(command.agent, msgspec.structs.replace(call, phone=None, anonymous=True))
        return api.Reply(ok=True)

    @staticmethod
    def _saved(case: api.CaseView, command: api.SaveCase) -> api.CaseView:
        if case.number != command.number:
            return case
        return msgspec.structs.replace(case, saved=True, type=command.form["type"])

    @staticmethod
    def _linked(case: api.CaseView, command: api.LinkCase) -> api.CaseView:
        if case.number != command.draft:
            return case
        return api.CaseView(number=command.existing, type=None, saved=True, linked=True)

    def agent(self, name: str) -> api.AgentView:
        return self.agents.setdefault(
            name,
            api.AgentView(agent=name, phone="browser", state=api.AgentState.OFFLINE, since=datetime.now(UTC)),
        )

    def floor(self) -> api.Floor:
        return api.Floor(
            at=datetime.now(UTC),
            asterisk=self.asterisk,
            calls=len(self.waiting) + sum(one.call is not None for one in self.agents.values()),
            waiting=self.waiting,
            agents=[
                api.AgentOnFloor(
                    agent=one.agent,
                    phone=one.phone,
                    state=one.state,
                    since=one.since,
                    reason=one.reason,
                    connected=one.connected,
                    call=one.call.id if one.call else None,
                )
                for one in self.agents.values()
            ],
        )

    # What a test lets happen

    def refuse_for(self, name: str, kind: type[api.Command], error: str | None) -> None:
        """Answer this agent's commands of a kind with an error; with None no longer."""
        if error is None:
            self._refused.pop((name, kind), None)
        else:
            self._refused[name, kind] = error

    async def become(
        self, name: str, state: api.AgentState, *, call: api.CallView | None, reason: str | None = None
    ) -> None:
        self.agents[name] = msgspec.structs.replace(
            self.agent(name), state=state, since=datetime.now(UTC), reason=reason, until=None, call=call
        )
        await self._publish(name)

    async def lose_telephone(self, name: str) -> None:
        """It is registered no more."""
        self.agents[name] = msgspec.structs.replace(self.agent(name), connected=False)
        await self._publish(name)

    async def show(self, name: str, call: api.CallView | None) -> None:
        self.agents[name] = msgspec.structs.replace(self.agent(name), call=call)
        await self._publish(name)

    async def change_cases(self, name: str, id: str | None, change) -> None:  # type: ignore[no-untyped-def]
        """As `line` does: a call that is over, or with nobody or another agent by now, is not changed on the desk."""
        call = self.agent(name).call
        if call is not None and call.id == id and id not in self.over:
            await self.show(name, msgspec.structs.replace(call, cases=[change(case) for case in call.cases]))

    async def offer(
        self, name: str, *, number: str, phone: str | None = "+50761234567", **given: object
    ) -> api.CallView:
        """A caller is offered to the agent: the draft is open already."""
        call = api.CallView(
            id=str(given.get("id", f"n1-{random.randrange(10**9, 2 * 10**9)}.{random.randrange(1000)}")),
            offer=uuid.uuid4().hex,
            phase=api.Phase.OFFERED,
            phone=phone,
            anonymous=bool(given.get("anonymous", False)),
            language=str(given.get("language", "es")),
            choice=given.get("choice", "complaint"),  # type: ignore[arg-type]
            queue="general",
            waited=42.0,
            started_at=datetime.now(UTC),
            cases=[api.CaseView(number=number, type=given.get("choice", "complaint"))],  # type: ignore[arg-type]
        )
        await self.become(name, api.AgentState.OFFERED, call=call)
        return call

    async def talk(self, name: str) -> None:
        call = self.agent(name).call
        assert call is not None
        await self.become(name, api.AgentState.TALKING, call=msgspec.structs.replace(call, phase=api.Phase.TALKING))

    async def wrap_up(self, name: str) -> None:
        call = self.agent(name).call
        assert call is not None
        await self.become(name, api.AgentState.WRAP_UP, call=msgspec.structs.replace(call, phase=api.Phase.CLOSING))

    async def hang_up(self, name: str, phase: api.Phase = api.Phase.HUNG_UP) -> None:
        """The caller does, or the call ends: the agent still has it."""
        call = self.agent(name).call
        assert call is not None
        self.over.add(call.id)
        await self.become(name, api.AgentState.WRAP_UP, call=msgspec.structs.replace(call, phase=phase))

    async def lose(self, name: str, to: str) -> None:
        """The agent's page is gone, and the call is with another agent."""
        call = self.agent(name).call
        await self.become(name, api.AgentState.OFFLINE, call=None)
        await self.become(to, api.AgentState.TALKING, call=call)

    async def runs_out(self, name: str, seconds: float) -> None:
        """The agent's wrap-up ends by itself after this."""
        until = datetime.now(UTC) + timedelta(seconds=seconds)
        self.agents[name] = msgspec.structs.replace(self.agent(name), until=until)
        await self._publish(name)

    async def _publish(self, name: str) -> None:
        if self._client is not None and self._client.is_connected:
            await self._client.publish(f"{self._bus}.{api.agent_event(name)}", msgspec.json.encode(self.agents[name]))
            await self._client.publish(f"{self._bus}.{api.FLOOR_EVENT}", msgspec.json.encode(self.floor()))
            await self._client.flush()

"""Agents for tests: with a SIP telephone, and with the words that the desktop's page would send for them."""

from __future__ import annotations

import contextlib
import re
import uuid
from collections.abc import AsyncIterator
from typing import Any

from ivr.api import (
    AddCase,
    AgentState,
    AgentView,
    CallView,
    EndPart,
    LinkCase,
    MakeAnonymous,
    Phase,
    Reply,
    SaveCase,
    SetState,
)
from tests.centre import Centre, eventually
from tests.telephone import Telephone

CALLER = 850
"""Hertz: the tone that a caller speaks."""
VOICE = 1000
"""Hertz: the tone that an agent's telephone speaks."""


async def add_agent(centre: Centre, name: str) -> str:
    """Add an agent to a centre, as an administrator does; what their telephone registers with."""
    return keyed(await centre.run("agent", "add", name, "--phone", "sip"))


def keyed(printed: str) -> str:
    """The password to key into a telephone, as a command prints it."""
    found = re.search(r"^ *password  (\S+)$", printed, re.MULTILINE)
    assert found, printed
    return found[1]


class AtDesk:
    """An agent at work: what their page shows, and what it would send."""

    def __init__(self, centre: Centre, name: str) -> None:
        self.centre, self.name = centre, name

    async def view(self) -> AgentView:
        return await self.centre.agent_view(self.name)

    async def becomes(self, *states: AgentState, within: float = 10) -> AgentView:
        return await eventually(self.view, lambda view: view.state in states, within)

    async def in_phase(self, phase: Phase, within: float = 10) -> CallView:
        """Wait until their page shows a call in this phase; the call."""
        view = await eventually(self.view, lambda view: view.call and view.call.phase is phase, within)
        assert view.call is not None
        return view.call

    async def set(self, state: AgentState) -> None:
        reply = await self.centre.ask(SetState(agent=self.name, state=state))
        assert reply.ok, reply.error

    async def ready_again(self) -> None:
        """Cut the wrap-up short. A wish that came before the call's end would be one for after the wrap-up."""
        await self.becomes(AgentState.WRAP_UP)
        await self.set(AgentState.READY)

    async def save(self, call: CallView, number: str | None = None, *, entry: str | None = None, **form: Any) -> Reply:
        """Save and confirm a case (the first of this call) as the page does."""
        first = call.cases[0]
        filled = {"type": first.type or "complaint", "subject": "Agua", "description": "No hay agua.", "confirm": True}
        return await self.centre.ask(
            SaveCase(
                entry=entry or str(uuid.uuid4()),
                agent=self.name,
                call=call.id,
                number=number or first.number,
                form=filled | form,
            )
        )

    async def add_case(self, call: CallView, type: str, entry: str = "") -> str:
        reply = await self.centre.ask(
            AddCase(entry=entry or str(uuid.uuid4()), agent=self.name, call=call.id, type=type)
        )
        assert reply.ok, reply.error
        assert reply.number
        return reply.number

    async def link(self, call: CallView, existing: str, key: str | None) -> Reply:
        return await self.centre.ask(
            LinkCase(
                entry=str(uuid.uuid4()),
                agent=self.name,
                call=call.id,
                draft=call.cases[0].number,
                existing=existing,
                reporter=key is not None,
                key=key,
            )
        )

    async def make_anonymous(self, call: CallView) -> Reply:
        return await self.centre.ask(MakeAnonymous(entry=str(uuid.uuid4()), agent=self.name, call=call.id))

    async def end_part(self, call: CallView) -> Reply:
        """Press "give the number"."""
        return await self.centre.ask(EndPart(agent=self.name, call=call.id))


class Agent(AtDesk):
    """An agent at work with a SIP telephone."""

    def __init__(self, centre: Centre, name: str, phone: Telephone) -> None:
        super().__init__(centre, name)
        self.phone = phone

    async def is_lost(self, call: CallView) -> None:
        """Their telephone is gone, and Asterisk says so (Q.850 cause 38): no word of anybody ended their part."""
        self.phone.vanish()
        await self.centre.ari(f"channels/{call.id}-agent-1?reason_code=38", "DELETE")


@contextlib.asynccontextmanager
async def at_work(
    centre: Centre, name: str, password: str, *, answers: bool = True, state: AgentState = AgentState.READY
) -> AsyncIterator[Agent]:
    """An agent whose telephone is registered, in this state while the context lasts; offline afterwards."""
    async with centre.phone(f"agent-{name}", password=password, answers=answers, sends=VOICE) as phone:
        agent = Agent(centre, name, phone)
        await agent.set(state)
        try:
            yield agent
        finally:
            await agent.set(AgentState.OFFLINE)


async def confirmed_case(centre: Centre, password: str, number: str, *, keys: str = "111", **form: str) -> str:
    """The number of a case that rosa, whose telephone has this password, took and confirmed in a call from `number`."""
    async with at_work(centre, "rosa", password) as rosa, centre.phone(number) as phone:
        await phone.dial("311")
        await phone.press(keys)
        await rosa.phone.in_call(15)
        call = await rosa.in_phase(Phase.TALKING)
        assert (await rosa.save(call, **form)).ok
        await phone.hang_up()
        await rosa.becomes(AgentState.WRAP_UP)
    await eventually(lambda: centre.cases_of(call.id), lambda cases: [case["state"] for case in cases] == ["new"], 30)
    return call.cases[0].number

"""What an agent's desktop asks of the telephone side: one method for each request of `ivr.api`."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from crm_core.domain.numbers import is_well_formed
from crm_core.entries import CallerForgotten, CaseForm, CaseLinked, CaseSaved
from crm_core.errors import NoNumber
from ivr.acd.floor import Floor
from ivr.acd.telephones import Telephones
from ivr.acd.views import call_view
from ivr.api import (
    AddCase,
    AgentState,
    Command,
    EndPart,
    LinkCase,
    LoggedIn,
    MakeAnonymous,
    Painted,
    Phase,
    Reply,
    SaveCase,
    SetState,
)
from ivr.calls.call import Call
from ivr.calls.casework import open_another_case
from ivr.calls.house import House
from ivr.calls.message import part_from
from ivr.calls.recording import discard_recording
from ivr.calls.state import OpenCase, Stage

AGENTS_CHOICE = (AgentState.READY, AgentState.PAUSED, AgentState.OFFLINE)
DONE = Reply(ok=True)


def no(error: str) -> Reply:
    return Reply(ok=False, error=error)


class Desk:
    def __init__(self, house: House, floor: Floor, telephones: Telephones, calls: Mapping[str, Call]) -> None:
        self._house = house
        self._floor = floor
        self._telephones = telephones
        self._calls = calls
        self._turn: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def answers(self) -> Mapping[type[Command], Callable[[Any], Awaitable[Reply]]]:
        """Each request's method."""
        return {
            SetState: self.set_state,
            LoggedIn: self.logged_in,
            Painted: self.painted,
            EndPart: self.end_part,
            SaveCase: self.save_case,
            LinkCase: self.link_case,
            AddCase: self.add_case,
            MakeAnonymous: self.make_anonymous,
        }

    async def set_state(self, ask: SetState) -> Reply:
        if ask.state is AgentState.WRAP_UP:
            return DONE if self._floor.write_on(ask.agent) else no("unknown-state")
        if ask.state not in AGENTS_CHOICE:
            return no("unknown-state")
        async with self._turn[ask.agent]:  # one wish after the other, in the order in which they came
            await self._telephones.look()
            return DONE if self._floor.wish(ask.agent, ask.state, ask.reason) else no("unknown-agent")

    async def logged_in(self, ask: LoggedIn) -> Reply:
        async with self._turn[ask.agent]:
            self._floor.logged_in(ask.agent)
        return DONE

    async def painted(self, ask: Painted) -> Reply:
        await self._floor.paint(ask.agent, ask.offer)
        return DONE

    async def end_part(self, ask: EndPart) -> Reply:
        call = self._of(ask.agent, ask.call)
        if call is None:
            return no("call-over")
        call.commands.put_nowait("end")
        return DONE

    async def save_case(self, ask: SaveCase) -> Reply:
        """The agent's form, in the journal before "saved" is said. Also after the call, and with the database away.

        Nobody saves as of a call that another agent answered since.
        """
        if not is_well_formed(ask.number):
            return no("no-such-case")
        if ask.call is not None and self._floor.has_another(ask.call, ask.agent):
            return no("not-yours")
        try:
            form = msgspec.convert(ask.form, CaseForm)
        except msgspec.ValidationError:
            return no("bad-form")
        entry = CaseSaved(
            id=ask.entry,
            at=datetime.now(UTC),
            call=ask.call,
            number=ask.number,
            agent=ask.agent,
            form=form,
        )
        if not await self._house.journal.try_to_write(entry):
            return no("not-written")
        call = self._calls.get(ask.call or "")
        if call is not None:
            await self._change(call, ask.agent, tuple(_saved(case, ask.number, form) for case in call.state.cases))
        return Reply(ok=True, number=ask.number)

    async def link_case(self, ask: LinkCase) -> Reply:
        """A draft of this call for a case that is not of it. What is linked already is done.

        Nobody links a call that another agent answered since.
        """
        if not is_well_formed(ask.existing):
            return no("no-such-case")
        if self._floor.has_another(ask.call, ask.agent):
            return no("not-yours")
        if ask.existing == ask.draft:
            return no("same-call")
        call = self._calls.get(ask.call)
        if call is not None:
            numbers = {case.number for case in call.state.cases}
            if ask.draft not in numbers:
                return Reply(ok=True, number=ask.existing) if ask.existing in numbers else no("no-such-case")
            if ask.existing in numbers:
                return no("same-call")
        entry = CaseLinked(
            id=ask.entry,
            at=datetime.now(UTC),
            call=ask.call,
            draft=ask.draft,
            existing=ask.existing,
            agent=ask.agent,
        )
        async with self._house.message_of(ask.call):
            await part_from(self._house, ask.call, ask.draft)
            if not await self._house.journal.try_to_write(entry):
                return no("not-written")
        if call is not None:
            linked = OpenCase(
                number=ask.existing,
                key=ask.key if ask.reporter else None,
                saved=True,
                linked=True,
                instead_of=ask.draft,
            )
            cases = tuple(linked if case.number == ask.draft else case for case in call.state.cases)
            await self._change(call, ask.agent, cases)
        return Reply(ok=True, number=ask.existing)

    async def add_case(self, ask: AddCase) -> Reply:
        call = self._of(ask.agent, ask.call)
        if call is None:
            return no("call-over")
        try:
            case = await open_another_case(call, ask.type, ask.entry)
        except NoNumber:
            return no("no-number")
        await self._change(call, ask.agent, call.state.cases)
        return Reply(ok=True, number=case.number)

    async def make_anonymous(self, ask: MakeAnonymous) -> Reply:
        call = self._of(ask.agent, ask.call)
        if call is None:
            return no("call-over")
        entry = CallerForgotten(id=ask.entry, at=datetime.now(UTC), call=ask.call, agent=ask.agent)
        if not await self._house.journal.try_to_write(entry):
            return no("not-written")
        await call.keep(anonymous=True)
        if not self._house.settings.record_anonymous_denunciations:
            await discard_recording(call)
        await self._change(call, ask.agent, call.state.cases)
        return DONE

    def _of(self, agent: str, id: str) -> Call | None:
        """The call that this agent is in conversation in."""
        call = self._calls.get(id)
        return call if call and call.state.agent == agent and call.state.stage is Stage.TALK else None

    async def _change(self, call: Call, agent: str, cases: tuple[OpenCase, ...]) -> None:
        await call.keep(cases=cases)
        shown = self._floor.agents.get(agent)
        if shown is not None and shown.call is not None and shown.call.id == call.id:
            phase = shown.call.phase if shown.call.phase is not Phase.OFFERED else Phase.TALKING
            view = call_view(call, phase=phase, offer=shown.call.offer, waited=shown.call.waited)
            self._floor.show(agent, view)


def _saved(case: OpenCase, number: str, form: CaseForm) -> OpenCase:
    if case.number != number:
        return case
    return msgspec.structs.replace(case, saved=True, type=form.type)

"""Tell a caller how their case stands, by its number; denunciations only with their key.

What is read out by number alone holds nothing personal: type, institution, state and promised day.
"""

from __future__ import annotations

import asyncio

from crm_core.domain.numbers import is_well_formed
from crm_core.errors import Unavailable
from crm_core.services.cases import CaseStatus
from ivr.calls.call import Call
from ivr.flow.steps.base import TRIES, Step, missed
from ivr.flow.visit import Visit
from ivr.prompts import CaseState, CaseType, Day, Institution, Piece

NUMBER_DIGITS = 10
KEY_DIGITS = 4


class CaseStatusStep(Step, tag="case_status"):
    next: str
    agent: str
    """Where a caller goes who would rather speak with somebody."""

    def leads_to(self) -> list[str]:
        return [self.next, self.agent]

    async def take(self, visit: Visit) -> str | None:
        call = visit.call
        while True:
            try:
                found = await self._found(visit)
            except Unavailable:
                call.note("looked-up", available=False)
                await call.say("case.unavailable")
                return self.agent
            if found is not None:
                return await self._tell(call, found)
            if await call.ask("lookup.misses") != "1":
                return self.agent
            await call.keep(tries=0)

    async def _found(self, visit: Visit) -> CaseStatus | None:
        """The case that the caller asks for, once they may hear of it; None after three misses."""
        call = visit.call
        while call.state.tries < TRIES:
            number = await call.ask("ask.case_number", length=NUMBER_DIGITS)
            if number == "*":
                continue
            if not await self._may_ask(visit):
                return None
            if len(number) < NUMBER_DIGITS:
                problem = "case.mistyped" if number else "error.timeout"
            elif not is_well_formed(number):
                problem = "case.mistyped"
            elif (found := await visit.lookup.status(call.phone, number)) is None:
                call.note("looked-up", found=False)
                problem = "case.unknown"
            elif found.needs_key and not await self._has_key(visit, number):
                return None
            else:
                call.note("looked-up", found=True, case=number)
                return found
            await missed(call)
            await call.say(problem)
        return None

    async def _has_key(self, visit: Visit, number: str) -> bool:
        """Ask for the key alone, as often as is left of the tries: ten digits are not keyed twice for a slip."""
        call = visit.call
        while call.state.tries < TRIES:
            key = await call.ask("ask.case_key", length=KEY_DIGITS)
            if key == "*":
                continue
            if not await self._may_ask(visit, number):
                return False
            if await visit.lookup.opens(call.phone, number, key):
                return True
            await missed(call)
            await call.say("key.wrong")
        return False

    async def _may_ask(self, visit: Visit, number: str | None = None) -> bool:
        """Wait as long as a guesser must. False where this line or this case is locked."""
        call = visit.call
        verdict = visit.lookup.verdict(call.phone, number)
        if verdict.allowed and verdict.delay:
            await asyncio.sleep(verdict.delay)
            # Others may have asked from this line, or for this case, meanwhile.
            verdict = visit.lookup.verdict(call.phone, number)
        if not verdict.allowed:
            call.note("lookup-locked", **({"case": number} if number else {}))
            await call.say_whole("lookup.locked")
            await call.keep(tries=TRIES)
            return False
        return True

    async def _tell(self, call: Call, found: CaseStatus) -> str:
        pieces: list[Piece] = []
        if found.type:
            pieces += ["status.type", CaseType(found.type)]
        if found.institution:
            pieces += ["status.institution", Institution(found.institution)]
        else:
            pieces += ["status.institution_none"]
        pieces += ["status.state", CaseState(found.state)]
        if found.promised_on:
            pieces += ["status.promised", Day(found.promised_on)]
        await call.keep(served=True)
        await call.say(*pieces)
        while (key := await call.ask("status.again")) == "*":
            await call.say(*pieces)
        return self.agent if key == "0" else self.next

"""Wait for an agent, talk with them, hear the case number.

The caller hears music and their position; with nobody at work they are told so, and may leave a message instead.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime

from ivr import ari
from ivr.acd.conversation import After, converse, end_conversation
from ivr.acd.floor import Floor, Ticket
from ivr.acd.offer import make_offer
from ivr.calls.call import Call
from ivr.calls.leg import Leg
from ivr.calls.numbers import tell_numbers
from ivr.calls.ringing import end_leg
from ivr.calls.state import Stage
from ivr.calls.waiting import first_of
from ivr.flow.steps.base import Step
from ivr.flow.visit import Visit
from ivr.prompts import Position

ANNOUNCE_EVERY = 30.0


class Queue(Step, tag="queue"):
    queue: str
    next: str
    message: str
    """Where a caller goes who would rather leave a message."""

    def leads_to(self) -> list[str]:
        return [self.next, self.message]

    async def take(self, visit: Visit) -> str | None:
        call, floor = visit.call, visit.floor
        while call.state.stage is not Stage.CLOSING:
            if call.state.stage is Stage.TALK and call.state.agent:
                agent, leg = call.state.agent, call.legs.get(call.state.leg or "")
            else:
                found = await self._wait(call, floor)
                if found is None:
                    return self.message
                agent, leg = found.agent, found
            if leg is not None and leg.end.done():
                leg = None
            if await converse(call, floor, agent, leg) is After.TOLD:
                await end_conversation(call, floor, agent)
            else:
                await call.keep(stage=Stage.QUEUE, agent=None, leg=None)
        await tell_numbers(call)
        return self.next

    async def _wait(self, call: Call, floor: Floor) -> Leg | None:
        """The agent's leg, answered; None where the caller wants to leave a message."""
        first = call.state.stage is not Stage.QUEUE
        since = call.state.queued_at or datetime.now(UTC)
        await call.keep(stage=Stage.QUEUE, queue=self.queue, queued_at=since)
        call.note("queued" if first else "requeued", queue=self.queue)
        for leg in call.legs.values():
            if not leg.end.done():
                # A ring that outlived a restart: its offer is made anew.
                await end_leg(call, leg)
        ticket = Ticket(call.id, self.queue, since, call.state.language, call.state.choice)
        floor.enter(ticket)
        waiting = asyncio.ensure_future(_entertain(call, floor, connecting=first))
        try:
            while True:
                offered = asyncio.ensure_future(ticket.offers.get())
                try:
                    await first_of(offered, waiting)
                    if not offered.done():
                        waiting.result()
                        return None
                    offer = offered.result()
                finally:
                    offered.cancel()
                answered = await make_offer(call, floor, ticket, offer)
                if answered is not None:
                    return answered
        finally:
            floor.leave(call.id)
            waiting.cancel()
            if call.ending is None:
                await asyncio.wait({waiting})
                with contextlib.suppress(ari.AriError):
                    await call.music(on=False)


async def _entertain(call: Call, floor: Floor, *, connecting: bool) -> None:
    """Music and announcements. Ends only when the caller asks to leave a message."""
    if connecting:
        await call.say_whole("queue.connecting")
    while True:
        alone = not floor.anybody_at_work()
        position = floor.position(call.id)
        if alone:
            await call.say("queue.no_agents")
        elif position == 1:
            await call.say("queue.next")
        elif position is not None:
            await call.say("queue.position", Position(position))
        if position is not None:
            call.note("position", position=position, nobody=alone)
        await call.music(on=True)
        ends = asyncio.get_running_loop().time() + ANNOUNCE_EVERY
        while (left := ends - asyncio.get_running_loop().time()) > 0:
            if await call.digit(left) == "1" and alone:
                return

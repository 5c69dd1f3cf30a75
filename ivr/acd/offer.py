"""One offer: the agent's page shows the call, then their telephone rings, then they answer, or do not."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from ivr.acd.floor import Floor
from ivr.acd.ticket import Offered, Ticket
from ivr.acd.views import call_view
from ivr.api import Phase
from ivr.calls import ids
from ivr.calls.call import Call
from ivr.calls.leg import Leg
from ivr.calls.ringing import NotAnswered, end_leg, ring
from ivr.calls.waiting import first_of

RING_SECONDS = 15.0
PAINT_SECONDS = 1.0
"""The pop comes before the ring, but nothing hangs on it: so long the page may take."""


async def make_offer(call: Call, floor: Floor, ticket: Ticket, offered: Offered) -> Leg | None:
    """Offer the caller to this agent. The agent's leg once answered; None otherwise, with the floor told why.

    An offer that the floor withdraws meanwhile (the agent paused) is ended; the caller waits on in their place.
    """
    agent = offered.agent
    number = call.next_offer()
    offer = ids.offer(call.id, number)
    waited = (datetime.now(UTC) - ticket.since).total_seconds()
    floor.show(agent, call_view(call, phase=Phase.OFFERED, offer=offer, waited=waited))
    call.note("offered", agent=agent, offer=offer)
    attempt = asyncio.ensure_future(_pop_and_ring(call, floor, agent, number))
    withdrawn = asyncio.ensure_future(offered.withdrawn.wait())
    try:
        await first_of(attempt, withdrawn)
        if offered.withdrawn.is_set():
            call.note("withdrawn", agent=agent, offer=offer)
            if attempt.done() and attempt.exception() is None:
                await end_leg(call, attempt.result())
            return None
        leg = attempt.result()
    except NotAnswered as reason:
        call.note("ring-no-answer", agent=agent, offer=offer, reason=str(reason))
        floor.failed(call.id, agent, str(reason))
        return None
    finally:
        withdrawn.cancel()
        attempt.cancel()
    floor.answered(call.id, agent)
    call.note("answered", agent=agent, offer=offer, waited=round(waited, 3))
    await call.keep(offered_after=waited, was_answered=True, agent=agent, leg=leg.channel)
    return leg


async def _pop_and_ring(call: Call, floor: Floor, agent: str, number: int) -> Leg:
    offer = ids.offer(call.id, number)
    if floor.agents[agent].phone == "browser":
        if await floor.painted(agent, offer, PAINT_SECONDS):
            call.note("painted", agent=agent, offer=offer)
        else:
            call.note("unpainted", agent=agent, offer=offer)
    return await ring(call, agent, number, seconds=RING_SECONDS)

"""A caller's time in a queue: music and their position, until an agent has answered.

With nobody at work they are told so, and may leave a message instead.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime

from ivr import ari
from ivr.acd.floor import Floor
from ivr.acd.offer import make_offer
from ivr.acd.ticket import Ticket
from ivr.calls.call import Call
from ivr.calls.leg import Leg
from ivr.calls.ringing import end_leg
from ivr.calls.state import Stage
from ivr.calls.waiting import first_of
from ivr.prompts import Position

ANNOUNCE_EVERY = 30.0


async def wait_for_agent(call: Call, floor: Floor, queue: str) -> Leg | None:
    """The agent's leg, answered; None where the caller wants to leave a message."""
    first = call.state.stage is not Stage.QUEUE
    since = call.state.queued_at or datetime.now(UTC)
    await call.keep(stage=Stage.QUEUE, queue=queue, queued_at=since)
    call.note("queued" if first else "requeued", queue=queue)
    for leg in call.legs.values():
        if not leg.end.done():
            # A ring that outlived a restart: its offer is made anew.
            await end_leg(call, leg)
    ticket = Ticket(call.id, queue, since, call.state.language, call.state.choice)
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
                await call.sound.music(on=False)


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
        await call.sound.music(on=True)
        ends = asyncio.get_running_loop().time() + ANNOUNCE_EVERY
        while (left := ends - asyncio.get_running_loop().time()) > 0:
            if await call.sound.next_key(left) == "1" and alone:
                return

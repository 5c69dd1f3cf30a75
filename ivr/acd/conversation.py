"""Caller and agent in conversation, until somebody says that it is over.

Only an explicit word ends the agent's part: the button, or BYE from their telephone. Anything else is *agent lost*:
the same agent is rung again for a while, then the caller goes to the head of the queue.
"""

from __future__ import annotations

import asyncio
import enum

from ivr import ari
from ivr.acd.floor import Floor
from ivr.acd.vanished import end_when_vanished
from ivr.acd.views import call_view
from ivr.api import Phase
from ivr.calls import ids
from ivr.calls.call import Call
from ivr.calls.leg import Ended, Leg
from ivr.calls.recording import start_recording, stop_recording
from ivr.calls.ringing import NotAnswered, end_leg, join, part, ring
from ivr.calls.state import Stage
from ivr.calls.waiting import first_of

RING_AGAIN_SECONDS = 15.0
FIRST_RING_SECONDS = 2.0
"""The registration of a page that has just gone may still stand: a ring into the void must not use up the time."""
RING_AGAIN_EVERY = 0.5
"""A page that reloads needs a moment to register its telephone again; until then ringing fails at once."""

FALLS_WITHIN = 0.5
"""Seconds in which the end of a leg is told that could not be joined because it fell."""


class After(enum.Enum):
    TOLD = enum.auto()  # the agent's part is over
    LOST = enum.auto()  # the agent did not come back


async def converse(call: Call, floor: Floor, agent: str, leg: Leg | None) -> After:
    """Talk until the agent's part is over. `leg` is None where a restart found the agent's channel gone."""
    call.forget_commands()
    floor.talks(call.id, agent)
    _show(call, floor, agent, Phase.TALKING)
    recording = asyncio.ensure_future(start_recording(call))
    try:
        leg = leg or await _rung_before(call)
        while leg is not None or (leg := await _ring_again(call, floor, agent)) is not None:
            await call.keep(stage=Stage.TALK, agent=agent, leg=leg.channel)
            try:
                await join(call, leg)
            except ari.Failed:
                await first_of(leg.end, seconds=FALLS_WITHIN)
                if not leg.end.done():
                    raise
            else:
                _show(call, floor, agent, Phase.TALKING)
                if await _until_over(call, floor, leg):
                    return After.TOLD
            call.note("agent-lost", agent=agent, cause=leg.end.result().cause)
            leg = None
        call.note("agent-gone", agent=agent)
        floor.lost(agent, "telephone lost")
        return After.LOST
    finally:
        recording.cancel()


async def end_conversation(call: Call, floor: Floor, agent: str) -> None:
    """The agent is free for their wrap-up; the caller is alone on the line."""
    await call.keep(stage=Stage.CLOSING, leg=None)
    call.note("agent-ended", agent=agent)
    for leg in call.legs.values():
        if not leg.end.done():
            await end_leg(call, leg)
    await part(call)
    _show(call, floor, agent, Phase.CLOSING)
    floor.wrap_up(agent)
    stop_recording(call)


async def _until_over(call: Call, floor: Floor, leg: Leg) -> bool:
    """True where somebody's word ended the agent's part, False where their leg fell."""
    word = asyncio.ensure_future(call.commands.get())
    watching = asyncio.ensure_future(end_when_vanished(call, floor, leg))
    try:
        await first_of(word, leg.end)
    finally:
        word.cancel()
        watching.cancel()
    return not leg.end.done() or leg.end.result().how is Ended.SAID


async def _rung_before(call: Call) -> Leg | None:
    """The leg that a process before this one rang again, where its agent has answered. What rings still is ended: the
    agent is rung anew, and one ring beside another would find a busy telephone."""
    answered = None
    for leg in call.legs.values():
        if not leg.end.done():
            if leg.up.done() and answered is None:
                answered = leg
            else:
                await end_leg(call, leg)
    return answered


async def _ring_again(call: Call, floor: Floor, agent: str) -> Leg | None:
    """Ring the lost agent again, with auto-answer, while the caller hears that it goes on."""
    _show(call, floor, agent, Phase.LOST)
    comfort = asyncio.ensure_future(_comfort(call))
    try:
        async with asyncio.timeout(RING_AGAIN_SECONDS):
            seconds = FIRST_RING_SECONDS
            while True:
                try:
                    leg = await ring(call, agent, call.next_offer(), seconds=seconds, auto_answer=True)
                except NotAnswered:
                    seconds = RING_AGAIN_SECONDS
                    await asyncio.sleep(RING_AGAIN_EVERY)
                else:
                    call.note("agent-back", agent=agent)
                    return leg
    except TimeoutError:
        return None
    finally:
        comfort.cancel()
        if call.ending is None:
            await asyncio.wait({comfort})
            try:
                await call.sound.music(on=False)
            except ari.AriError as error:
                call.log.warning("music", error=str(error))


async def _comfort(call: Call) -> None:
    await part(call)
    await call.say_whole("agent.lost")
    await call.sound.music(on=True)


def _show(call: Call, floor: Floor, agent: str, phase: Phase) -> None:
    floor.show(
        agent,
        call_view(call, phase=phase, offer=ids.offer(call.id, call.state.offers), waited=call.state.offered_after),
    )

"""Ringing an agent's telephone for a call, and joining the two."""

from __future__ import annotations

import asyncio
import contextlib

from ivr import ari
from ivr.calls import ids
from ivr.calls.call import Call, Ending
from ivr.calls.leg import Leg
from ivr.calls.state import ROLE_VARIABLE
from ivr.calls.waiting import first_of

ORIGINATE_ANSWER = 5.0
"""Seconds in which Asterisk answers the request to ring (not the ringing itself)."""


class NotAnswered(Exception):
    """The agent's telephone rang in vain, refused, or is not there: the reason, in the words of an agent's state."""


async def ring(call: Call, agent: str, offer: int, *, seconds: float, auto_answer: bool = False) -> Leg:
    """Ring the agent for at most this long, as the call's `offer`th, and return their leg once it is answered.

    Raises NotAnswered. The caller's number is what the agent's telephone shows. Cancelled or in vain, the ringing ends.
    """
    leg = Leg(ids.leg(call.id, offer), agent)
    call.legs[leg.channel] = leg
    variables = {ROLE_VARIABLE: "agent", "PJSIP_HEADER(add,X-C311-Call)": call.id}
    if auto_answer:
        variables["PJSIP_HEADER(add,X-C311-Auto)"] = "1"
        variables["PJSIP_HEADER(add,Call-Info)"] = "<sip:311>;answer-after=0"
        variables["PJSIP_HEADER(add,Alert-Info)"] = "<http://localhost>;info=alert-autoanswer;delay=0"
    shown = call.phone if call.phone and not call.state.anonymous else "anonymous"
    request = asyncio.ensure_future(
        call.house.ari.channels.originate_with_id(
            leg.channel,
            endpoint=f"PJSIP/agent-{agent}",
            app=call.house.ari.app,
            app_args=f"agent,{call.id}",
            caller_id=f'"311" <{shown}>',
            timeout=int(seconds + 0.999),
            variables=variables,
            within=ORIGINATE_ANSWER,
        )
    )
    answered = False
    try:
        await asyncio.shield(request)
        await first_of(leg.up, leg.end, seconds=seconds)
        answered = leg.up.done() and not leg.end.done()
        if not answered:
            raise NotAnswered("refused" if leg.end.done() else "ring no answer")
    except ari.ServerFailed as error:
        raise NotAnswered("telephone away") from error
    finally:
        if not answered and call.ending is not Ending.DETACH:
            # A channel can be ended only once it exists: the request is never left half-way.
            await asyncio.wait({request})
            if not leg.end.done():
                await end_leg(call, leg)
    return leg


async def join(call: Call, leg: Leg) -> None:
    """Put caller and agent into the call's bridge. Again after a restart: nothing is torn."""
    bridge = ids.bridge(call.id)
    bridges = call.house.ari.bridges
    try:
        await bridges.create_with_id(bridge, type="mixing", name=bridge)
        there: tuple[str, ...] = ()
    except ari.Conflict:
        there = (await bridges.get(bridge)).channels
    missing = [channel for channel in (call.id, leg.channel) if channel not in there]
    if missing:
        await bridges.add_channel(bridge, channel=missing)


async def part(call: Call) -> None:
    """Take the caller out of the bridge; they stay on the line.

    First the caller, and only when they are out the bridge: destroying it answers before its channels have left, and a
    prompt that comes in between is played to nobody and never ends.
    """
    bridge, bridges = ids.bridge(call.id), call.house.ari.bridges
    with contextlib.suppress(ari.Failed):
        await bridges.remove_channel(bridge, channel=call.id)
    with contextlib.suppress(ari.NotFound):
        await bridges.destroy(bridge)


async def end_leg(call: Call, leg: Leg) -> None:
    with contextlib.suppress(ari.NotFound):
        await call.house.ari.channels.hangup(leg.channel, reason="normal")

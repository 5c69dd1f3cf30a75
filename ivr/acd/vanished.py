"""An agent's SIP telephone that is gone in a conversation: no BYE comes from a cable that was pulled.

Two signs together tell. No media comes; and either it answers no OPTIONS any more (`qualify_frequency` in Asterisk's
configuration), or another one has registered in its place: a telephone that started anew. One alone does not: one that
suppresses silence sends nothing while its agent listens, OPTIONS get lost while people hear each other well, and a
telephone may change its address in the middle of a call. A browser that vanishes is noticed by `rtp_timeout`.
"""

from __future__ import annotations

import asyncio

from ivr import ari
from ivr.acd.floor import Floor
from ivr.acd.telephones import PREFIX
from ivr.calls.call import Call
from ivr.calls.leg import Leg

EVERY = 1.0
"""Seconds between looks at a telephone that answers no OPTIONS: so long no media must come."""
EVERY_WELL = 5.0
"""The same for one that does, whose place may have been taken."""
OUT_OF_ORDER = "38"
"""Q.850's cause for a leg that nobody ended."""


async def end_when_vanished(call: Call, floor: Floor, leg: Leg) -> None:
    """Watch the leg's telephone, and end the leg with a cause of loss once it is gone. Returns then."""
    if not floor.has_sip_telephone(leg.agent):
        return
    channels = call.house.ari.channels
    contact = before = None
    while True:
        silent = floor.telephone_is_silent(leg.agent)
        try:
            registered = await _contact(call, leg)
            packets = (await channels.rtpstatistics(leg.channel)).rxcount
            contact = contact or registered
            if packets == before and (silent or registered != contact):
                call.log.info("telephone vanished", agent=leg.agent)
                await channels.hangup(leg.channel, reason_code=OUT_OF_ORDER)
                return
            before = packets
        except ari.NotFound:
            return
        except ari.AriError as error:
            call.log.warning("telephone unknown", agent=leg.agent, error=str(error))
        await _pause(floor, leg.agent)


async def _contact(call: Call, leg: Leg) -> str:
    """Where the agent's telephone is registered now."""
    asked = f"PJSIP_DIAL_CONTACTS({PREFIX}{leg.agent})"
    return (await call.house.ari.channels.get_channel_var(leg.channel, variable=asked)).value


async def _pause(floor: Floor, agent: str) -> None:
    """Until the next look; sooner where the telephone falls silent."""
    for _ in range(round(EVERY_WELL / EVERY)):
        await asyncio.sleep(EVERY)
        if floor.telephone_is_silent(agent):
            return

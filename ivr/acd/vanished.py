"""An agent's SIP telephone that is gone in a conversation: no BYE comes from a cable that was pulled.

Two signs together tell: it answers no OPTIONS any more (`qualify_frequency` in Asterisk's configuration), and no media
comes. One alone does not: a telephone that suppresses silence sends nothing while its agent listens, and people may
hear each other well while OPTIONS get lost. A browser that vanishes is noticed by `rtp_timeout`.
"""

from __future__ import annotations

import asyncio

from ivr import ari
from ivr.acd.floor import Floor
from ivr.calls.call import Call
from ivr.calls.leg import Leg

EVERY = 1.0
OUT_OF_ORDER = "38"
"""Q.850's cause for a leg that nobody ended."""


async def end_when_vanished(call: Call, floor: Floor, leg: Leg) -> None:
    """Watch the leg's telephone, and end the leg with a cause of loss once it is gone. Returns then."""
    channels = call.house.ari.channels
    before: int | None = None
    while True:
        await asyncio.sleep(EVERY)
        if not floor.telephone_is_silent(leg.agent):
            before = None
            continue
        try:
            packets = (await channels.rtpstatistics(leg.channel)).rxcount
            if packets == before:
                call.log.info("telephone vanished", agent=leg.agent)
                await channels.hangup(leg.channel, reason_code=OUT_OF_ORDER)
                return
        except ari.NotFound:
            return
        except ari.AriError as error:
            call.log.warning("telephone unknown", agent=leg.agent, error=str(error))
        else:
            before = packets

"""Admission: while this process or Asterisk is late, new calls hear that the centre is busy.

Callers who are let in beyond capacity ruin those already served (measured: a full machine falls from 60 whole calls
a second to 6). The dialplan reads the global variable `C311_BUSY` before it hands a call over.
"""

from __future__ import annotations

import asyncio

import structlog

from ivr import ari

log = structlog.get_logger()

BUSY_VARIABLE = "C311_BUSY"
EVERY = 0.1
LATE = 0.3
"""Seconds of lag from which callers are turned away: a digit's prompt would be heard late."""
WELL = 0.1
STEADY = 3
"""So many looks in a row shut the door, or open it again: one slow moment of the machine is no overload."""


async def watch_load(client: ari.Client) -> None:
    """Measure the lag of this loop and of Asterisk's answers together, and say so to the dialplan."""
    loop = asyncio.get_running_loop()
    busy = False
    against = 0
    while True:
        began = loop.time()
        await asyncio.sleep(EVERY)
        try:
            await client.asterisk.set_global_var(variable=BUSY_VARIABLE, value="1" if busy else "0")
        except ari.AriError:
            continue
        lag = loop.time() - began - EVERY
        against = against + 1 if (lag < WELL if busy else lag > LATE) else 0
        if against == STEADY:
            busy, against = not busy, 0
            log.warning("admission", busy=busy, lag=round(lag, 3))

"""Admission: while this process or Asterisk is late, new calls hear that the centre is busy.

Callers who are let in beyond capacity ruin those already served (measured: a full machine falls from 60 whole calls
a second to 6). The dialplan reads the global variable `C311_BUSY` before it hands a call over.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sized

import structlog

from ivr import ari

log = structlog.get_logger()

BUSY_VARIABLE = "C311_BUSY"
EVERY = 0.1
EVERY_IDLE = 1.0
"""With no call up there is nobody to be late for."""
LATE = 0.3
"""Seconds of lag from which callers are turned away: a digit's prompt would be heard late."""
WELL = 0.1
STANDS = 5.0
"""Seconds for which the word stands: a process that died while it was late shuts nobody out."""
STEADY = 3
"""So many looks in a row shut the door, or open it again: one slow moment of the machine is no overload."""


async def watch_load(client: ari.Client, calls: Sized) -> None:
    """Measure the lag of this loop and of Asterisk's answers together, and say so to the dialplan."""
    loop = asyncio.get_running_loop()
    busy = False
    against = 0
    while True:
        pause = EVERY if calls else EVERY_IDLE
        began = loop.time()
        await asyncio.sleep(pause)
        until = int(time.time() + STANDS) if busy else 0
        try:
            await client.asterisk.set_global_var(variable=BUSY_VARIABLE, value=str(until))
        except ari.AriError:
            continue
        lag = loop.time() - began - pause
        against = against + 1 if (lag < WELL if busy else lag > LATE) else 0
        if against == STEADY:
            busy, against = not busy, 0
            log.warning("admission", busy=busy, lag=round(lag, 3))

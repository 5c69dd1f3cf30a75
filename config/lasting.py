"""Work that lasts as long as its process: what raises is told in the log and begun again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger()

AGAIN_SECONDS = 1.0


async def lasting(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do this work until it returns or is cancelled. An exception of its own never ends the process."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("begun again", work=name)
            await asyncio.sleep(AGAIN_SECONDS)
        else:
            return

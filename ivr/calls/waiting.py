"""Waiting for the first of several things."""

from __future__ import annotations

import asyncio
from typing import Any


async def first_of(*things: asyncio.Future[Any], seconds: float | None = None) -> None:
    """Return when one of these is done, or the time is over. None of them is cancelled."""
    await asyncio.wait(set(things), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)

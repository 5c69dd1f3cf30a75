"""Locks between the processes that run the tests: who shares something with others says so, who needs it alone too."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
from collections.abc import AsyncIterator
from pathlib import Path


@contextlib.asynccontextmanager
async def locked(file: Path, *, shared: bool = False) -> AsyncIterator[None]:
    """Hold the lock on `file` while the context lasts; wait for it as long as it takes.

    Whoever waits stands at the door, and those who come later wait behind them: however many share it one after the
    other, who needs it alone has it next.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    async with _held(file.with_suffix(".door"), fcntl.LOCK_EX):
        inside = contextlib.AsyncExitStack()
        await inside.enter_async_context(_held(file, fcntl.LOCK_SH if shared else fcntl.LOCK_EX))
    async with inside:
        yield


@contextlib.asynccontextmanager
async def _held(file: Path, kind: int) -> AsyncIterator[None]:
    with file.open("a") as handle:
        while True:
            try:
                fcntl.flock(handle, kind | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(0.1)
        yield

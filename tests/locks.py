"""Locks between the processes that run the tests: who shares something with others says so, who needs it alone too."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
from collections.abc import AsyncIterator
from pathlib import Path


@contextlib.asynccontextmanager
async def locked(file: Path, *, shared: bool = False) -> AsyncIterator[None]:
    """Hold the lock on `file` while the context lasts; wait for it as long as it takes."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as handle:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        while True:
            try:
                fcntl.flock(handle, kind | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(0.1)
        yield

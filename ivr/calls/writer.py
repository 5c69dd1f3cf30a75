"""How `line` writes down: what a call has to tell is never given up, what an agent asks for is done or refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from crm_core.entries import AnyEntry
from crm_core.errors import JournalFailed
from crm_core.journal import Journal

log = structlog.get_logger()

REFUSED_AGAIN = 1.0
MOST_TOLD = 10


class NotWritten(Exception):
    """The journal cannot take it now. It is kept, and written as soon as it can."""


class Writer:
    """The journal, and what it could not take so far (a full disk). `written` is called after each append."""

    def __init__(self, journal: Journal, written: Callable[[], None] = lambda: None) -> None:
        self._journal = journal
        self._written = written
        self._writing: set[asyncio.Task[bool]] = set()
        self._refused: list[AnyEntry] = []
        self._retrying = asyncio.Lock()

    async def write(self, *entries: AnyEntry) -> bool:
        """Write down what happened, and wait until it is on the disk. False where the journal cannot take it now: it is
        kept, and written as soon as it can."""
        if self._refused or not await self._append(entries):
            self._refused += entries
            return False
        return True

    async def try_to_write(self, *entries: AnyEntry) -> bool:
        """Write down what somebody asks for. False where the journal cannot take it now: nothing is kept of it."""
        return await self.write_refused() and await self._append(entries)

    def write_soon(self, *entries: AnyEntry) -> None:
        """Like `write`, in order, without waiting for the disk."""
        task = asyncio.ensure_future(self.write(*entries))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    @property
    def unwritten(self) -> int:
        """How many entries the journal has refused so far: they live in this process alone."""
        return len(self._refused)

    async def keep_writing(self) -> None:
        """Try what was refused again and again, for as long as this process lives."""
        while True:
            await asyncio.sleep(REFUSED_AGAIN)
            await self.write_refused()

    async def write_refused(self) -> bool:
        """Try at once. True where nothing is left that the journal refused."""
        async with self._retrying:  # what comes meanwhile stands behind, and is not taken for written
            refused = list(self._refused)
            if refused and await self._append(refused):
                del self._refused[: len(refused)]
                log.info("journal takes again", entries=len(refused))
            return not self._refused

    async def finished(self) -> None:
        """Wait until all that was handed over was tried."""
        while self._writing:
            await asyncio.wait(self._writing)

    async def _append(self, entries: Sequence[AnyEntry]) -> bool:
        try:
            await self._journal.append(*entries)
        except JournalFailed as error:
            log.error("journal refuses", error=str(error), entries=[entry.id for entry in entries[:MOST_TOLD]])
            return False
        self._written()
        return True

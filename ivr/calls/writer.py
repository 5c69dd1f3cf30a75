"""How `line` writes down: what a call has to tell is never given up, what an agent asks for is done or refused."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence

import structlog

from crm_core.entries import AnyEntry
from crm_core.errors import JournalFailed
from crm_core.journal import Journal

log = structlog.get_logger()

REFUSED_AGAIN = 1.0
LONGEST_WAIT = 2.0
"""Seconds that a caller waits for a disk that stands still."""
MOST_TOLD = 10


class NotWritten(Exception):
    """The journal cannot take it now. It is kept, and written as soon as it can."""


class Writer:
    """The journal, and what it has not taken so far (a full disk, or one that stands still). `written` is called after
    each append."""

    def __init__(self, journal: Journal, written: Callable[[], None] = lambda: None) -> None:
        self._journal = journal
        self._written = written
        self._writing: set[asyncio.Task[bool]] = set()
        self._unwritten: dict[str, AnyEntry] = {}
        self._late: set[asyncio.Task[bool]] = set()
        """Appends under way that nobody waits for any more; what they write is unwritten until they end."""
        self._again: asyncio.Task[None] | None = None

    async def write(self, *entries: AnyEntry) -> bool:
        """Write down what happened, and wait until it is on the disk. False where the journal refuses it, or has not
        taken it in `LONGEST_WAIT`: it is kept, and written as soon as it can."""
        return await asyncio.shield(self.write_soon(*entries))

    async def try_to_write(self, *entries: AnyEntry) -> bool:
        """Write down what somebody asks for. False where the journal cannot take it now: nothing is kept of it."""
        return await self.write_refused() and await self._append(entries)

    def write_soon(self, *entries: AnyEntry) -> asyncio.Task[bool]:
        """Like `write`, in order, without waiting for the disk."""
        task = asyncio.ensure_future(self._write_or_keep(entries))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
        return task

    @property
    def unwritten(self) -> int:
        """How many entries the journal has not taken so far: they live in this process alone."""
        return len(self._unwritten)

    async def keep_writing(self) -> None:
        """Try what was refused again and again, for as long as this process lives."""
        while True:
            await asyncio.sleep(REFUSED_AGAIN)
            await self.write_refused()

    async def write_refused(self) -> bool:
        """Try at once, `LONGEST_WAIT` at the most. True where nothing is left that the journal has not taken."""
        if self._unwritten:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._try_again()), LONGEST_WAIT)
        return not self._unwritten

    async def finished(self) -> None:
        """Wait until all that was handed over was tried."""
        while self._writing:
            await asyncio.wait(self._writing)
        await self._try_again()

    async def _write_or_keep(self, entries: Sequence[AnyEntry]) -> bool:
        if self._unwritten:
            self._keep(entries)
            return False
        append = asyncio.ensure_future(self._append(entries))
        ended, _ = await asyncio.wait([append], timeout=LONGEST_WAIT)
        if ended and append.result():
            return True
        self._keep(entries)
        if not ended:
            log.error("journal stands still", seconds=LONGEST_WAIT, entries=_told(entries))
            self._late.add(append)
            append.add_done_callback(lambda append: self._came_late(entries, append))
        return False

    def _came_late(self, entries: Sequence[AnyEntry], append: asyncio.Task[bool]) -> None:
        self._late.discard(append)
        if append.result():
            self._forget(entries)

    def _try_again(self) -> asyncio.Task[None]:
        """One attempt for all who ask meanwhile."""
        if self._again is None or self._again.done():
            self._again = asyncio.ensure_future(self._write_again())
        return self._again

    async def _write_again(self) -> None:
        while self._unwritten:
            if self._late:  # what is under way is not written twice
                await asyncio.wait(self._late)
                continue
            entries = list(self._unwritten.values())
            if not await self._append(entries):
                return
            self._forget(entries)
            log.info("journal takes again", entries=len(entries))

    def _keep(self, entries: Sequence[AnyEntry]) -> None:
        for entry in entries:
            self._unwritten.setdefault(entry.id, entry)

    def _forget(self, entries: Sequence[AnyEntry]) -> None:
        for entry in entries:
            self._unwritten.pop(entry.id, None)

    async def _append(self, entries: Sequence[AnyEntry]) -> bool:
        try:
            await self._journal.append(*entries)
        except JournalFailed as error:
            log.error("journal refuses", error=str(error), entries=_told(entries))
            return False
        self._written()
        return True


def _told(entries: Sequence[AnyEntry]) -> list[str]:
    return [entry.id for entry in entries[:MOST_TOLD]]

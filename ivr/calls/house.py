"""What every call uses: Asterisk, the prompts, the journal, the stock of case numbers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from config.settings import Settings
from crm_core.blocks import NumberStock
from crm_core.entries import AnyEntry
from crm_core.errors import JournalFailed
from crm_core.journal import Journal
from ivr.ari import Client
from ivr.prompts import Prompts

log = structlog.get_logger()

REFUSED_AGAIN = 1.0
MOST_TOLD = 10


@dataclass
class House:
    settings: Settings
    ari: Client
    prompts: Prompts
    journal: Journal
    stock: NumberStock
    written_hint: Callable[[], None] = lambda: None
    """Called when there is something new for whoever applies the journal."""
    _writing: set[asyncio.Task[None]] = field(default_factory=set)
    _refused: list[AnyEntry] = field(default_factory=list)

    async def write(self, *entries: AnyEntry) -> bool:
        """Hand entries to the journal and wait until they are on the disk. False where the journal cannot take
        them now (a full disk): then they are kept, and written as soon as it can."""
        if self._refused or not await self._append(entries):
            self._refused += entries
            return False
        return True

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
        refused = list(self._refused)
        if refused and await self._append(refused):
            del self._refused[: len(refused)]
            log.info("journal takes again", entries=len(refused))
        return not self._refused

    async def _append(self, entries: Sequence[AnyEntry]) -> bool:
        try:
            await self.journal.append(*entries)
        except JournalFailed as error:
            log.error("journal refuses", error=str(error), entries=[entry.id for entry in entries[:MOST_TOLD]])
            return False
        self.written_hint()
        return True

    def write_soon(self, *entries: AnyEntry) -> None:
        """Hand entries to the journal in order, without waiting for the disk."""
        task = asyncio.ensure_future(self._write_quietly(*entries))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _write_quietly(self, *entries: AnyEntry) -> None:
        await self.write(*entries)

    async def written(self) -> None:
        """Wait until all that was handed over is on the disk."""
        while self._writing:
            await asyncio.wait(self._writing)

"""What every call uses: Asterisk, the prompts, the journal, the stock of case numbers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
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

    async def write(self, *entries: AnyEntry) -> bool:
        """Hand entries to the journal and wait until they are on the disk. False where the journal cannot take
        them (a full disk): the caller goes on, and the log tells the administrator."""
        try:
            await self.journal.append(*entries)
        except JournalFailed as error:
            log.error("journal refuses", error=str(error), entries=[entry.id for entry in entries])
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

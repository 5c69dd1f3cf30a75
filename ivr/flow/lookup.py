"""Looking a case up for a caller: slowed and locked where somebody guesses."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.domain.guessing import Guard, Verdict
from crm_core.errors import Unavailable
from crm_core.services.cases import CaseStatus, case_status, check_key


@dataclass
class Lookup:
    engine: AsyncEngine
    guard: Guard

    def verdict(self, line: str | None, number: str | None = None) -> Verdict:
        """Whether this line may ask now, and after how many seconds."""
        return self.guard.allow(time.monotonic(), line, number)

    async def status(self, line: str | None, number: str) -> CaseStatus | None:
        """What may be said of a case by its number alone; None where there is none. Raises Unavailable."""
        asked = self._count(line)
        try:
            found = await case_status(self.engine, number)
        except Unavailable:
            self.guard.take_back(asked, line)
            raise
        if found is not None:
            self.guard.take_back(asked, line)
        return found

    async def opens(self, line: str | None, number: str, key: str) -> bool:
        """Whether this is the case's key. Raises Unavailable."""
        asked = self._count(line, number)
        try:
            right = await check_key(self.engine, number, key)
        except Unavailable:
            self.guard.take_back(asked, line, number)
            raise
        if right:
            self.guard.take_back(asked, line, number)
            self.guard.hit(time.monotonic(), line, number)
        return right

    def _count(self, line: str | None, number: str | None = None) -> float:
        """Every question counts as a miss until it is answered, so that asking many at once gains nothing."""
        now = time.monotonic()
        self.guard.miss(now, line, number)
        return now

"""The database as the pages see it: there, or away, which is an ordinary state that pages say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

log = structlog.get_logger()
EVERY_SECONDS = 2.0
PATIENCE_SECONDS = 2.0


class Health:
    """Whether the database answered when it was last asked."""

    def __init__(self, engine: AsyncEngine, changed: Callable[[], None]) -> None:
        self._engine = engine
        self._changed = changed
        self.up = True

    async def run(self) -> None:
        while True:
            up = await self._answers()
            if up != self.up:
                self.up = up
                log.info("the database answers" if up else "the database does not answer")
                self._changed()
            await asyncio.sleep(EVERY_SECONDS)

    async def _answers(self) -> bool:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), self._engine.connect() as connection:
                await connection.execute(text("select 1"))
        except (SQLAlchemyError, OSError, TimeoutError):
            return False
        return True

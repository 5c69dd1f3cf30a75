"""Journal entries that could not be applied, as a person looks at them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.services.reach import transaction
from crm_core.storage.tables import JournalPoison


class SetAside(msgspec.Struct, kw_only=True):
    id: str
    at: datetime
    kind: str | None
    """The entry's kind, such as `case-saved`; None where not even that could be read."""
    error: str
    waits: bool
    """It may still go through, and is tried again by itself."""


async def list_set_aside(engine: AsyncEngine, *, limit: int = 100) -> Sequence[SetAside]:
    """The newest first."""
    async with transaction(engine) as connection:
        rows = await connection.execute(
            select(
                JournalPoison.entry_id.label("id"),
                JournalPoison.at,
                JournalPoison.entry["kind"].astext.label("kind"),
                JournalPoison.error,
                JournalPoison.retry_at.is_not(None).label("waits"),
            )
            .order_by(JournalPoison.at.desc())
            .limit(limit)
        )
        return [SetAside(**row._mapping) for row in rows]

"""Who among the staff read or did what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_core.services.reach import transaction
from crm_core.storage.tables import Audit


class AuditLine(msgspec.Struct, kw_only=True):
    at: datetime
    agent: str
    action: str
    subject: str
    detail: dict[str, Any]


async def note(connection: AsyncConnection, agent: str, action: str, subject: str, **detail: Any) -> None:
    """Leave an entry within a transaction of ours. `detail` holds no telephone number."""
    await connection.execute(insert(Audit).values(agent=agent, action=action, subject=subject, detail=detail))


async def trail(engine: AsyncEngine, subject: str, *, limit: int = 100) -> Sequence[AuditLine]:
    """What was done with a subject, newest first."""
    async with transaction(engine) as connection:
        rows = await connection.execute(
            select(Audit.at, Audit.agent, Audit.action, Audit.subject, Audit.detail)
            .where(Audit.subject == subject)
            .order_by(Audit.at.desc(), Audit.id.desc())
            .limit(limit)
        )
        return [AuditLine(**row._mapping) for row in rows]

"""What is closed or thrown away once it is old; `worker` runs these now and then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.domain.case import CaseState
from crm_core.services.reach import transaction
from crm_core.storage.tables import Call, Case, CaseHistory, JournalApplied, LoginAttempt, Session

DRAFT_LIVES = timedelta(days=1)
ENTRY_IDS_LIVE = timedelta(days=30)
"""How long an entry sent again is known to be the same."""
ATTEMPTS_LIVE = timedelta(days=30)


async def draft_sweep(engine: AsyncEngine, now: datetime | None = None) -> list[str]:
    """Abandon drafts older than a day whose call is over. Their numbers."""
    at = now or datetime.now(UTC)
    still_on = Case.call_id.in_(select(Call.id).where(Call.ended_at.is_(None)))
    async with transaction(engine) as connection:
        closed = await connection.execute(
            update(Case)
            .where(
                Case.state == CaseState.DRAFT,
                Case.opened_at < at - DRAFT_LIVES,
                or_(Case.call_id.is_(None), ~still_on),
            )
            .values(state=CaseState.ABANDONED)
            .returning(Case.number)
        )
        numbers = list(closed.scalars().all())
        if numbers:
            detail = {"reason": "nobody completed the draft"}
            rows = [{"case_number": number, "at": at, "what": "abandoned", "detail": detail} for number in numbers]
            await connection.execute(insert(CaseHistory), rows)
        return numbers


async def forget_old(engine: AsyncEngine, now: datetime | None = None) -> None:
    """Throw away ended sessions, old login attempts and the ids of entries applied long ago.

    A session that looks idle here may have been seen alive in an outage: it goes at its absolute end.
    """
    at = now or datetime.now(UTC)
    async with transaction(engine) as connection:
        await connection.execute(delete(Session).where(Session.ends_at < at))
        await connection.execute(delete(LoginAttempt).where(LoginAttempt.at < at - ATTEMPTS_LIVE))
        await connection.execute(delete(JournalApplied).where(JournalApplied.at < at - ENTRY_IDS_LIVE))

"""Sessions of the desktop: a random token in the browser, its hash here, an end by idleness and an absolute one.

Idle is a session that nobody saw alive, not one that the database was not told of: whoever saw it while the database
was away says so when asking for it again.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.domain.staff import Role
from crm_core.services.reach import transaction
from crm_core.storage.tables import Agent, Session

IDLE = timedelta(hours=2)
"""No page of it was open or asked for so long."""
LONGEST = timedelta(hours=12)
"""A shift with its overtime."""
_NOTE_EVERY = timedelta(minutes=1)


class SessionView(msgspec.Struct, kw_only=True):
    """Whose session it is, with the rights of this moment."""

    agent: str
    role: Role
    phone: str
    ends_at: datetime


async def begin_session(engine: AsyncEngine, agent: str) -> tuple[str, datetime]:
    """A new session of somebody who has just authenticated: the token, and the absolute end."""
    token, now = secrets.token_urlsafe(32), datetime.now(UTC)
    async with transaction(engine) as connection:
        await connection.execute(
            insert(Session).values(
                token_hash=_hash(token), agent=agent, started_at=now, seen_at=now, ends_at=now + LONGEST
            )
        )
    return token, now + LONGEST


async def session(engine: AsyncEngine, token: str, seen: datetime | None = None) -> SessionView | None:
    """The session of this token, noted as seen; None where it ended or its login is out of use.

    `seen` is when it was last alive while nobody could note it here.
    """
    now = datetime.now(UTC)
    async with transaction(engine) as connection:
        row = (
            await connection.execute(
                select(Session.agent, Session.ends_at, Session.seen_at, Agent.role, Agent.phone)
                .join(Agent, Agent.name == Session.agent)
                .where(
                    Session.token_hash == _hash(token),
                    Session.ends_at > now,
                    Agent.active,
                )
            )
        ).one_or_none()
        if row is None or max(row.seen_at, seen or row.seen_at) <= now - IDLE:
            return None
        if now - row.seen_at > _NOTE_EVERY:
            await connection.execute(update(Session).where(Session.token_hash == _hash(token)).values(seen_at=now))
        return SessionView(agent=row.agent, role=row.role, phone=row.phone, ends_at=row.ends_at)


async def ended(engine: AsyncEngine, tokens: Sequence[str]) -> list[str]:
    """Those of these tokens whose session was ended here, or whose login is out of use."""
    lives = (
        select(Session.token_hash)
        .join(Agent, Agent.name == Session.agent)
        .where(Session.token_hash.in_([_hash(token) for token in tokens]), Agent.active)
    )
    async with transaction(engine) as connection:
        living = set((await connection.execute(lives)).scalars())
    return [token for token in tokens if _hash(token) not in living]


async def end_session(engine: AsyncEngine, token: str) -> None:
    """Log out. A token that is none is no error."""
    async with transaction(engine) as connection:
        await connection.execute(delete(Session).where(Session.token_hash == _hash(token)))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

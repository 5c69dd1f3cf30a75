"""Logging in: the password, and how often it may be wrong."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_core.errors import CrmError
from crm_core.services.agents import HASHER, AgentAccount, agent, hash_password
from crm_core.services.reach import transaction
from crm_core.storage.tables import Agent, LoginAttempt

WINDOW = timedelta(minutes=15)
WRONG_HERE = 5
"""Wrong passwords for one name from one address since it was last right there, within the window."""
WRONG_FOR_NAME = 20
"""From anywhere: enough to end a guess from many addresses, more than a colleague's joke."""
WRONG_FROM_ADDRESS = 50
"""For any name: an office behind one address has many people."""

_AT_ONCE = asyncio.Semaphore(2)
"""A verification takes 100 ms of a core and 64 MB: a flood of them must not take all."""
_NOBODY = HASHER.hash("nobody")
"""Verified for names that do not exist, so that they take as long as those that do."""


class TooManyAttempts(CrmError):
    """Wrong passwords too often; `until` is when the next try is looked at."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"Too many wrong passwords: try again after {until:%H:%M} UTC.")
        self.until = until


async def authenticate(engine: AsyncEngine, name: str, password: str, address: str) -> AgentAccount | None:
    """Whoever this is; None where name or password are wrong, or the login is out of use.

    TooManyAttempts before the password is even looked at, where it was wrong too often.
    """
    now = datetime.now(UTC)
    attempt, hashed = await _begin(engine, name, address, now)
    right = await _verify(hashed or _NOBODY, password) and hashed is not None
    if not right:
        return None
    async with transaction(engine) as connection:
        await connection.execute(update(LoginAttempt).where(LoginAttempt.id == attempt).values(right=True))
    if hashed is not None and HASHER.check_needs_rehash(hashed):
        renewed = await hash_password(password)
        async with transaction(engine) as connection:
            await connection.execute(update(Agent).where(Agent.name == name).values(password_hash=renewed))
    return await agent(engine, name)


async def _begin(engine: AsyncEngine, name: str, address: str, now: datetime) -> tuple[int, str | None]:
    """Count the attempt as wrong before the password is looked at: many at once do not slip through together."""
    async with transaction(engine) as connection:
        await connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"login {name}", 0))))
        until = await _locked_until(connection, name, address, now)
        if until is not None:
            raise TooManyAttempts(until)
        attempt = await connection.execute(
            insert(LoginAttempt).values(name=name, address=address, at=now, right=False).returning(LoginAttempt.id)
        )
        hashed = await connection.execute(select(Agent.password_hash).where(Agent.name == name, Agent.active))
        return attempt.scalar_one(), hashed.scalar_one_or_none()


async def _locked_until(connection: AsyncConnection, name: str, address: str, now: datetime) -> datetime | None:
    here = (LoginAttempt.name == name) & (LoginAttempt.address == address)
    last_right = select(func.max(LoginAttempt.at)).where(here, LoginAttempt.right).scalar_subquery()
    since_right = here & (LoginAttempt.at > func.coalesce(last_right, now - WINDOW))
    limits: list[tuple[ColumnElement[bool], int]] = [
        (since_right, WRONG_HERE),
        (LoginAttempt.name == name, WRONG_FOR_NAME),
        (LoginAttempt.address == address, WRONG_FROM_ADDRESS),
    ]
    ends = []
    for which, most in limits:
        wrong = (
            select(LoginAttempt.at)
            .where(which, LoginAttempt.right.is_(False), LoginAttempt.at > now - WINDOW)
            .order_by(LoginAttempt.at.desc())
            .offset(most - 1)
            .limit(1)
        )
        oldest_that_counts = (await connection.execute(wrong)).scalar_one_or_none()
        if oldest_that_counts is not None:
            ends.append(oldest_that_counts + WINDOW)
    return max(ends, default=None)


async def _verify(hashed: str, password: str) -> bool:
    async with _AT_ONCE:
        try:
            return await asyncio.to_thread(HASHER.verify, hashed, password)
        except (VerificationError, InvalidHashError):
            return False

"""Blocks of case numbers, which nodes take so that numbers exist while the database is away."""

from __future__ import annotations

import secrets

import msgspec
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_core.domain.numbers import COUNTERS, SECRET_BYTES
from crm_core.errors import NoNumber
from crm_core.services.reach import transaction
from crm_core.storage.tables import NumberBlock, NumberSecret

BLOCK = 5_000
_LOCK = 3_110_002


class Block(msgspec.Struct, kw_only=True):
    """Counters `first` to `last` of a year, both included, and the secret that turns them into numbers."""

    year: int
    first: int
    last: int
    secret: bytes


async def claim(engine: AsyncEngine, node: str, highest: dict[int, int]) -> None:
    """Mark each year's counters up to `highest` as given out, should the database know of fewer.

    A database that was restored from a copy has forgotten the blocks taken since; the nodes have not.
    """
    async with transaction(engine) as connection:
        await connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        for year, last in highest.items():
            first = await _next(connection, year)
            if first <= last:
                await connection.execute(insert(NumberBlock).values(year=year, first=first, last=last, node=node))


async def _next(connection: AsyncConnection, year: int) -> int:
    taken = await connection.execute(select(func.max(NumberBlock.last)).where(NumberBlock.year == year))
    highest: int | None = taken.scalar_one()
    return 0 if highest is None else highest + 1


async def take_block(engine: AsyncEngine, node: str, year: int, size: int = BLOCK) -> Block:
    """The year's next `size` counters (fewer at its very end), given to this node for ever.

    NoNumber where the year's ten million are given out.
    """
    async with transaction(engine) as connection:
        await connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        await connection.execute(
            insert(NumberSecret).values(id=1, secret=secrets.token_bytes(SECRET_BYTES)).on_conflict_do_nothing()
        )
        secret = (await connection.execute(select(NumberSecret.secret))).scalar_one()
        first = await _next(connection, year)
        last = min(first + size, COUNTERS) - 1
        if first > last:
            raise NoNumber(f"All case numbers of {year} are given out.")
        await connection.execute(insert(NumberBlock).values(year=year, first=first, last=last, node=node))
        return Block(year=year, first=first, last=last, secret=secret)

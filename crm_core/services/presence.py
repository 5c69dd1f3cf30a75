"""Whether a centre is alone in its database: two that work there as the same node take each other's calls for ended.

Each centre's `line` holds an advisory lock that says its node and its own name, for as long as it is connected.
"""

from __future__ import annotations

import zlib

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_core.errors import Unavailable
from crm_core.services.reach import is_away, transaction

_TAKE = text("select pg_advisory_lock_shared(:node, :centre)")
_OTHERS = text(
    "select exists (select from pg_locks where locktype = 'advisory' and granted and objsubid = 2"
    " and database = (select oid from pg_database where datname = current_database())"
    " and classid = :node and objid <> :centre)"
)


async def has_another(engine: AsyncEngine, node: str, centre: str) -> bool:
    """Whether a centre of another name works on this database now as this node."""
    async with transaction(engine) as connection:
        return bool((await connection.execute(_OTHERS, _keys(node, centre))).scalar_one())


class Presence:
    """A centre's own lock, told to others until this process ends."""

    def __init__(self, engine: AsyncEngine, node: str, centre: str) -> None:
        self._engine = engine
        self._keys = _keys(node, centre)
        self._connection: AsyncConnection | None = None

    async def is_alone(self) -> bool:
        """Be there, anew where the connection was lost, and look for others. Unavailable where the database is away."""
        try:
            if self._connection is None:
                self._connection = await self._engine.connect()
                await self._connection.execution_options(isolation_level="AUTOCOMMIT")
                await self._connection.execute(_TAKE, self._keys)
            return not (await self._connection.execute(_OTHERS, self._keys)).scalar_one()
        except Exception as error:
            await self.aclose()
            if is_away(error):
                raise Unavailable(str(error)) from error
            raise

    async def aclose(self) -> None:
        """Be there no longer."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.invalidate()
            await connection.close()


def _keys(node: str, centre: str) -> dict[str, int]:
    """PostgreSQL takes two whole numbers of 32 bits with a sign."""
    return {"node": zlib.crc32(node.encode()) >> 1, "centre": zlib.crc32(centre.encode()) >> 1}

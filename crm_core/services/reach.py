"""Reaching the database, or saying in time that it cannot be reached."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

import psycopg
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_core.errors import Unavailable

T = TypeVar("T")

_SENTENCE = "The database does not answer: `centro311 status` tells which part is down."
_left_behind: set[asyncio.Task[Any]] = set()


def is_away(error: BaseException) -> bool:
    """Whether the database, not the statement, is at fault: gone, starting, full, out of time, not migrated
    yet.
    """
    if isinstance(error, (OSError, NoConnectionFree, OperationalError, InterfaceError)):
        return True
    if not isinstance(error, DBAPIError):
        return False
    missing = (
        psycopg.errors.UndefinedTable,
        psycopg.errors.UndefinedColumn,
        psycopg.errors.UndefinedFunction,
        psycopg.errors.InsufficientPrivilege,
        psycopg.errors.InFailedSqlTransaction,
        psycopg.errors.ReadOnlySqlTransaction,
    )
    return error.connection_invalidated or isinstance(error.orig, missing)


@contextlib.asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One transaction. Unavailable where the database is away."""
    try:
        async with engine.begin() as connection:
            yield connection
    except Exception as error:
        if is_away(error):
            raise Unavailable(_SENTENCE) from error
        raise


async def within(seconds: float, ask: Callable[[], Awaitable[T]]) -> T:
    """The answer, or Unavailable after so many seconds whatever happens.

    A frozen server holds up even the cancelling of a query for seconds: the question is left behind to end by
    itself.
    """

    async def run() -> T:
        return await ask()

    task = asyncio.ensure_future(run())
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        _leave(task)
        raise
    if not done:
        _leave(task)
        raise Unavailable(_SENTENCE)
    return task.result()


def _leave(task: asyncio.Task[Any]) -> None:
    task.cancel()
    _left_behind.add(task)
    task.add_done_callback(_collect)


def _collect(task: asyncio.Task[Any]) -> None:
    _left_behind.discard(task)
    if not task.cancelled():
        task.exception()  # seen, so that nobody is told of a question that nobody waits for

"""Reaching the database, or saying in time that it cannot be reached."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

import psycopg
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_core.errors import Unavailable, Unfit

T = TypeVar("T")

_SENTENCE = "The database does not answer: `centro311 status` tells which part is down."
_left_behind: set[asyncio.Task[Any]] = set()


AWAY = {
    "08": "the connection failed",
    "25006": "a standby, which is read-only",
    "25P02": "the transaction had failed before",
    "28": "it does not let us in",
    "3D": "there is no such database yet",
    "40": "rolled back for the sake of another",
    "42501": "we have no right to the table yet",
    "42703": "not migrated yet: a column is missing",
    "42883": "not migrated yet: a function is missing",
    "42P01": "not migrated yet: a table is missing",
    "53": "disk, memory or connections are used up",
    "55": "a lock was not to be had in time",
    "57": "starting, stopping, or out of time",
    "58": "its machine failed",
}
"""Classes and codes of PostgreSQL's errors (SQLSTATE) that are not the statement's fault: later it may be taken."""


def is_away(error: BaseException) -> bool:
    """Whether the database, not the statement, is at fault: gone, starting, full, out of time, not migrated
    yet.
    """
    if isinstance(error, (OSError, NoConnectionFree)):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = _sqlstate(error)
    if state is None:  # the server was not heard
        return error.connection_invalidated or isinstance(error, (OperationalError, InterfaceError))
    return error.connection_invalidated or state in AWAY or state[:2] in AWAY


def is_broken(error: BaseException) -> bool:
    """Whether the database failed in itself: a page that cannot be read, an internal error. It answers other things."""
    return isinstance(error, DBAPIError) and (_sqlstate(error) or "").startswith("XX")


def _sqlstate(error: DBAPIError) -> str | None:
    return error.orig.sqlstate if isinstance(error.orig, psycopg.Error) else None


@contextlib.asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One transaction. Unavailable where the database is away; Unfit where it cannot hold a value, such as a NUL."""
    try:
        async with engine.begin() as connection:
            yield connection
    except Exception as error:
        if is_away(error):
            raise Unavailable(_SENTENCE) from error
        if isinstance(error, DataError):
            raise Unfit("The database cannot hold what was given.") from error
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

"""Asking the node's database, for the commands that do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from centre import watcher
from centre.errors import Trouble
from centre.hints import hint
from config.settings import Settings
from crm_core.errors import CrmError, Unavailable
from crm_core.storage.engine import engine

T = TypeVar("T")


def ask_database(settings: Settings, question: Callable[[AsyncEngine], Awaitable[T]]) -> T:
    """Ask the node's database one thing. What `crm_core` says is wrong becomes a sentence for a person."""

    async def ask() -> T:
        database = engine(settings.database, connections=1)
        try:
            return await question(database)
        finally:
            await database.dispose()

    try:
        return asyncio.run(ask())
    except Unavailable:
        if settings.database_url is None and watcher.running(settings) is None:
            raise Trouble(f"The centre is stopped: `{hint('up', settings.data)}` starts it.") from None
        status = hint("status", settings.data)
        raise Trouble(f"The database does not answer: `{status}` shows whether the centre runs.") from None
    except CrmError as error:
        raise Trouble(str(error)) from error

"""Entries that could not be applied: set aside where a person sees them, tried again where that may help."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import structlog
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.effects.sheet import NotYet
from crm_core.services.reach import is_broken
from crm_core.storage.tables import JournalPoison

log = structlog.get_logger()

PAUSES = (1, 5, 30, 120, 600)
"""Seconds before each further try of an entry that speaks of a case not here yet, or met a fault of the database."""
LONGEST_ID = 200
"""Characters of an entry's id that stand in the table as they are: an index cannot hold any length."""
_NUL = "\x00"
_NUMBERS = frozenset({"phone"})
"""Fields that hold telephone numbers, which live in one table, and in this one only as long as the entry is tried."""


@dataclass(frozen=True)
class Waiting:
    id: str
    raw: bytes


async def set_aside(connection: AsyncConnection, id: str, raw: bytes, error: BaseException | str) -> None:
    """Keep the entry with its error. What may go through later is tried again, up to `len(PAUSES)` times."""
    if len(id) > LONGEST_ID:
        id = hashlib.sha256(id.encode()).hexdigest()
    tries = (
        await connection.execute(select(JournalPoison.tries).where(JournalPoison.entry_id == id))
    ).scalar_one_or_none() or 0
    may_go_through = isinstance(error, NotYet) or (isinstance(error, Exception) and is_broken(error))
    again = may_go_through and tries < len(PAUSES)
    entry = msgspec.json.decode(raw)
    row = insert(JournalPoison).values(
        entry_id=id,
        entry=entry if again else _without_numbers(entry),
        error=_sentence(error),
        tries=tries + 1,
        retry_at=datetime.now(UTC) + timedelta(seconds=PAUSES[tries]) if again else None,
    )
    changed = {name: row.excluded[name] for name in ("entry", "error", "tries", "retry_at")}
    await connection.execute(row.on_conflict_do_update(index_elements=[JournalPoison.entry_id], set_=changed))
    (log.warning if again else log.error)("entry set aside", entry=id, error=_sentence(error), again=again)


async def due(connection: AsyncConnection) -> Sequence[Waiting]:
    """Entries to be tried now, oldest first; a second drainer does not get them too."""
    rows = await connection.execute(
        select(JournalPoison.entry_id, JournalPoison.entry)
        .where(JournalPoison.retry_at <= datetime.now(UTC))
        .order_by(JournalPoison.at)
        .limit(100)
        .with_for_update(skip_locked=True)
    )
    return [Waiting(id, msgspec.json.encode(entry)) for id, entry in rows]


async def went_through(connection: AsyncConnection, id: str) -> None:
    await connection.execute(delete(JournalPoison).where(JournalPoison.entry_id == id))


def storable(raw: bytes) -> bytes:
    """The entry without NUL characters, which PostgreSQL's text cannot hold and nobody writes on purpose."""
    if b"\\u0000" not in raw:
        return raw
    return msgspec.json.encode(_clean(msgspec.json.decode(raw)))


def id_of(raw: bytes) -> str | None:
    """The entry's id where it has one; entries of a newer version do."""
    entry = msgspec.json.decode(raw)
    id = entry.get("id") if isinstance(entry, dict) else None
    return id if isinstance(id, str) else None


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace(_NUL, "")
    if isinstance(value, list):
        return [_clean(each) for each in value]
    if isinstance(value, dict):
        return {_clean(name): _clean(each) for name, each in value.items()}
    return value


def _without_numbers(entry: Any) -> dict[str, Any]:
    if not isinstance(entry, dict):
        return {"unreadable": True}
    return {name: value for name, value in entry.items() if name not in _NUMBERS}


def _sentence(error: BaseException | str) -> str:
    """The error without the statement's parameters, which SQLAlchemy would show and which are personal."""
    origin = getattr(error, "orig", None) or error
    return str(origin).splitlines()[0] if str(origin) else type(origin).__name__

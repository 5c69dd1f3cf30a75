"""Recordings as the database lists them; the files are the folder `recordings`' own business."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.services import audit
from crm_core.services.cases import RECORDING, RecordingOfCase
from crm_core.services.reach import transaction
from crm_core.storage.tables import Audit, Call, Recording

ONE_LISTEN = timedelta(minutes=5)
"""A player asks for a recording in pieces: what one person hears of it meanwhile is one entry."""


class RecordingView(RecordingOfCase, kw_only=True):
    """`files` and `sha256` by side, relative to the recordings folder."""

    files: dict[str, str]
    sha256: dict[str, str]


_WHOLE = RECORDING.add_columns(Recording.files, Recording.sha256)


async def list_recordings(
    engine: AsyncEngine, *, by: str, own: bool = False, limit: int = 100
) -> Sequence[RecordingView]:
    """The newest first; with `own` only those of calls that `by` took."""
    query = _WHOLE.where(Call.agent == by) if own else _WHOLE
    async with transaction(engine) as connection:
        rows = await connection.execute(query.order_by(Recording.started_at.desc()).limit(limit))
        found = [RecordingView(**row._mapping) for row in rows]
        await audit.note(connection, by, "listed", "recordings", found=[each.id for each in found])
        return found


async def recording(engine: AsyncEngine, id: int) -> RecordingView | None:
    """One recording, to judge by its call and case who may hear it; whoever then plays it writes `listened`."""
    query = _WHOLE.where(Recording.id == id)
    async with transaction(engine) as connection:
        row = (await connection.execute(query)).one_or_none()
    return None if row is None else RecordingView(**row._mapping)


async def recordings_of_part(engine: AsyncEngine, part: int, parts: int, *, after: int) -> Sequence[RecordingView]:
    """One of so many parts of all that there are `after` this id. For the house, not for people: no audit."""
    query = _WHOLE.where(Recording.id % parts == part, Recording.id > after)
    async with transaction(engine) as connection:
        rows = await connection.execute(query.order_by(Recording.id))
        return [RecordingView(**row._mapping) for row in rows]


async def note_listened(engine: AsyncEngine, id: int, *, by: str) -> None:
    """Before any part of a recording is played: without its audit entry none is."""
    subject = f"recording:{id}"
    lately = exists().where(
        Audit.subject == subject,
        Audit.at > datetime.now(UTC) - ONE_LISTEN,
        Audit.agent == by,
        Audit.action == "listened",
    )
    async with transaction(engine) as connection:
        if not (await connection.execute(select(lately))).scalar_one():
            await audit.note(connection, by, "listened", subject)

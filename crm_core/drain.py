"""From the journal into the database: every entry once, in order, as soon as the database answers.

A batch of entries, their ids and the segment's offset go in one transaction, so that a crash anywhere repeats
nothing. An entry that cannot be applied is set aside (`JournalPoison`) and the rest goes on; so is a segment whose
header cannot be read.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import structlog
from sqlalchemy import ARRAY, Text, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from config.files import write_private
from crm_core import poison, segments
from crm_core.effects.batch import apply
from crm_core.entries import AnyEntry
from crm_core.services.reach import is_away
from crm_core.storage.tables import JournalApplied, JournalOffset

log = structlog.get_logger()

BATCH = 300
"""Entries that share a transaction."""
GATHER = 0.1
"""Seconds that a hint waits for others: calls write in bursts."""
POLL = 1.0
"""Seconds between looks where no hint comes."""
RETRY_EVERY = 5.0
"""Seconds between looks at entries that wait for what they speak of."""
PATIENCE = (0.2, 5.0)
"""The first and the longest pause while the database is away, in seconds."""


@dataclass(frozen=True)
class _Read:
    """One entry as it was read: either it is one, or `error` says why not."""

    id: str
    raw: bytes
    entry: AnyEntry | None
    error: str | None = None


@dataclass
class _Batch:
    entries: list[_Read]
    end: int


class Drainer:
    """Applies one node's journal. Runs in `worker`; a second one does no harm."""

    def __init__(self, folder: Path, engine: AsyncEngine) -> None:
        self._folder = folder
        self._engine = engine
        self._offsets: dict[str, int] | None = None
        self._retried = 0.0

    async def run(self, wake: asyncio.Event) -> None:
        """Apply what comes until cancelled; `wake` is set by whoever hears that something was written."""
        pause = PATIENCE[0]
        while True:
            wake.clear()
            try:
                await self.drain()
                await self._retry_when_due()
            except Exception as error:
                if not is_away(error):
                    raise
                log.warning("the journal waits for the database", error=str(error).splitlines()[0], seconds=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, PATIENCE[1])
                continue
            pause = PATIENCE[0]
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), POLL)
                await asyncio.sleep(GATHER)

    async def drain(self) -> int:
        """Apply all that is in the journal now. How many entries were new.

        Raises what SQLAlchemy raises where the database is away (`is_away`); nothing is lost or done twice by
        it.
        """
        offsets = await self._known_offsets()
        before = dict(offsets)
        self._offsets = None  # until all went well: whether a transaction that failed was taken is not known
        applied = 0
        for path in segments.segments(self._folder):
            with contextlib.suppress(FileNotFoundError):
                applied += await self._drain_segment(path, offsets)
        if offsets != before:
            self._tell_progress(offsets)
        self._offsets = offsets
        return applied

    async def _known_offsets(self) -> dict[str, int]:
        if self._offsets is not None:
            return self._offsets
        async with self._engine.connect() as connection:
            rows = await connection.execute(select(JournalOffset.segment, JournalOffset.applied))
            return dict(rows.all())

    async def _drain_segment(self, path: Path, offsets: dict[str, int]) -> int:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            # Whether its writer is gone must be known before the reading: then what is read is all there will
            # be.
            left_behind = segments.lock(descriptor)
            found = segments.read_header(path)
            if found is None:
                if left_behind:
                    await self._clear_away(path)
                return 0
            header, start = found
            applied = 0
            for batch in _batches(path, header.segment, offsets.get(header.segment, start)):
                applied += await self._apply(header, batch)
                offsets[header.segment] = batch.end
            if left_behind:
                path.unlink()
                await self._forget(header.segment, offsets)
            return applied
        finally:
            os.close(descriptor)

    async def _clear_away(self, path: Path) -> None:
        """A segment whose header cannot be read: a crash tore it, and nothing follows; or a person must look."""
        content = path.read_bytes()
        if not content.partition(b"\n")[2] and len(content) < segments.LONGEST_HEADER:
            path.unlink()
            return
        aside = path.with_name(f"{path.stem}-{hashlib.sha256(content).hexdigest()[:16]}{segments.SPOILED}")
        async with self._engine.begin() as connection:
            error = (
                f"The header of a segment cannot be read; the segment lies in the journal's folder as {aside.name}. "
                "It may hold telephone numbers: delete it once somebody has looked at it."
            )
            await poison.set_aside(connection, aside.name, b"{}", error)
        path.rename(aside)

    async def _apply(self, header: segments.Header, batch: _Batch) -> int:
        """One transaction. Together first, and one by one where that fails: a poison entry spoils only
        itself.
        """
        try:
            if any(read.entry is None for read in batch.entries):
                return await self._apply_each(header, batch)
            return await self._apply_together(header, batch)
        except Exception as error:
            if is_away(error):
                raise
        return await self._apply_each(header, batch)

    async def _apply_together(self, header: segments.Header, batch: _Batch) -> int:
        async with self._engine.begin() as connection:
            fresh = await claim(connection, [read.entry for read in batch.entries if read.entry is not None])
            await apply(connection, fresh)
            await self._note_offset(connection, header, batch.end)
        return len(fresh)

    async def _apply_each(self, header: segments.Header, batch: _Batch) -> int:
        count = 0
        async with self._engine.begin() as connection:
            for read in batch.entries:
                error: BaseException | str | None = read.error
                if read.entry is not None:
                    try:
                        count += await apply_one(connection, read.entry)
                    except Exception as failure:
                        if is_away(failure):
                            raise
                        error = failure
                if error is not None:
                    await poison.set_aside(connection, read.id, read.raw, error)
            await self._note_offset(connection, header, batch.end)
        return count

    async def _note_offset(self, connection: AsyncConnection, header: segments.Header, end: int) -> None:
        row = insert(JournalOffset).values(segment=header.segment, node=header.node, applied=end)
        await connection.execute(
            row.on_conflict_do_update(
                index_elements=[JournalOffset.segment],
                set_={"applied": func.greatest(JournalOffset.applied, row.excluded.applied)},
            )
        )

    async def _forget(self, segment: str, offsets: dict[str, int]) -> None:
        """The segment is gone: so is its offset. Where this fails, a row of no use is left."""
        offsets.pop(segment, None)
        async with self._engine.begin() as connection:
            await connection.execute(delete(JournalOffset).where(JournalOffset.segment == segment))

    def _tell_progress(self, offsets: dict[str, int]) -> None:
        """A note for those who count what is pending; the database's offsets are what counts."""
        with contextlib.suppress(OSError):
            write_private(self._folder / segments.APPLIED, msgspec.json.encode(offsets), sync=False)

    async def _retry_when_due(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._retried >= RETRY_EVERY:
            self._retried = now
            await retry_poison(self._engine)


_CLAIM = (
    insert(JournalApplied)
    .from_select(["entry_id"], select(func.unnest(bindparam("ids", type_=ARRAY(Text)))))
    .on_conflict_do_nothing()
    .returning(JournalApplied.entry_id)
)


async def claim(connection: AsyncConnection, batch: Sequence[AnyEntry]) -> list[AnyEntry]:
    """Those of these entries that were never applied, each once, now marked as applied by this transaction."""
    if not batch:
        return []
    marked = await connection.execute(_CLAIM, {"ids": [entry.id for entry in batch]})
    fresh = set(marked.scalars().all())
    found = []
    for entry in batch:
        if entry.id in fresh:
            fresh.discard(entry.id)
            found.append(entry)
    return found


async def apply_one(connection: AsyncConnection, entry: AnyEntry, *, late: bool = False) -> int:
    """Apply one entry in a savepoint of its own, `late` where it was set aside before. 1, or 0 where it was applied."""
    for may_repeat in (True, False):
        try:
            async with connection.begin_nested():
                fresh = await claim(connection, [entry])
                await apply(connection, fresh, late=late)
                return len(fresh)
        except IntegrityError:
            if not may_repeat:
                raise
            # Another node met the same new caller in this very moment: now that they are there, they are found.
    return 0


async def retry_poison(engine: AsyncEngine) -> int:
    """Try the entries whose time to be tried again has come. How many went through."""
    count = 0
    async with engine.begin() as connection:
        for waiting in await poison.due(connection):
            try:
                entry = segments.decode(msgspec.Raw(waiting.raw))
                await apply_one(connection, entry, late=True)
            except Exception as error:
                if is_away(error):
                    raise
                await poison.set_aside(connection, waiting.id, waiting.raw, error)
            else:
                await poison.went_through(connection, waiting.id)
                count += 1
    return count


def _batches(path: Path, segment: str, offset: int) -> Iterator[_Batch]:
    batch: list[_Read] = []
    end = offset
    for line in segments.read_lines(path, offset):
        if line.spoiled:
            log.error("a spoiled line in the journal", segment=path.name, end=line.end)
            batch.append(_Read(f"{segment}-{line.end}", b"{}", None, "The line's checksum does not hold."))
        batch += [_read(raw, f"{segment}-{line.end}-{n}") for n, raw in enumerate(line.entries)]
        end = line.end
        if len(batch) >= BATCH:
            yield _Batch(batch, end)
            batch = []
    if end != offset and batch:
        yield _Batch(batch, end)


def _read(raw: msgspec.Raw, otherwise: str) -> _Read:
    content = poison.storable(bytes(raw))
    try:
        entry = segments.decode(msgspec.Raw(content))
    except msgspec.DecodeError as error:
        return _Read(poison.id_of(content) or otherwise, content, None, str(error))
    return _Read(entry.id, content, entry)

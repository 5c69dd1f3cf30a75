"""The case numbers that a node holds: taken without asking anybody, never given twice.

The file keeps the blocks and, per block, the first counter that nobody has reserved. A process reserves fifty
at a time, on the disk, before it gives one out: a crash skips what was left of them, and two processes of one
node (an upgrade) never share any.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from config.files import locked, sync_folder, write_private
from crm_core.domain.numbers import number
from crm_core.errors import NoNumber
from crm_core.services.blocks import BLOCK, claim, take_block

log = structlog.get_logger()

STEP = 50
LONGEST_WAIT = 2.0
"""Seconds that a caller waits for the disk."""
LOW = 1_500
"""Below so many a new block is taken: a few hours of a busy centre's calls."""
_PANAMA = ZoneInfo("America/Panama")
_DECEMBER = 12


class _Held(msgspec.Struct, kw_only=True):
    """A block as the file keeps it; `free` is its first counter that nobody has reserved."""

    year: int
    free: int
    last: int


class _Stock(msgspec.Struct, kw_only=True):
    secret: str = ""
    """In hex; empty until the first block came."""
    blocks: list[_Held] = msgspec.field(default_factory=list)
    highest: dict[int, int] = msgspec.field(default_factory=dict)
    """Year to the last counter of the newest block."""


class NumberStock:
    """One node's stock in this file, readable by its owner alone. A missing file is an empty stock."""

    def __init__(self, file: Path, node: str) -> None:
        self._file = file
        self._node = node
        self._reserved: deque[int] = deque()
        self._reserved_year = 0
        self._secret = b""
        self._reserving: dict[int, asyncio.Task[None]] = {}

    async def take(self, now: datetime) -> tuple[str, str]:
        """A case number of this moment's year in Panama, and a new key of four digits. Asks no database.

        NoNumber where the node holds none of that year, or cannot write down within `LONGEST_WAIT` seconds what it
        gives out.
        """
        year = _year(now)
        while self._reserved_year != year or not self._reserved:
            await self._reserve(year)
        case_number = number(year, self._reserved.popleft(), self._secret)
        return case_number, f"{secrets.randbelow(10_000):04d}"

    async def ahead(self, now: datetime | None = None) -> None:
        """Reserve on the disk before a call needs it, so that no `take` waits for the disk. NoNumber as there."""
        year = _year(now or datetime.now(UTC))
        if self._reserved_year != year or len(self._reserved) < STEP:
            await self._reserve(year)

    async def _reserve(self, year: int) -> None:
        """One reservation at a time for all who wait for this year; a slow disk's counts when it comes."""
        task = self._reserving.get(year)
        if task is None or task.done():
            task = self._reserving[year] = asyncio.create_task(self._hold(year))
            task.add_done_callback(lambda task: task.cancelled() or task.exception())
        done, _ = await asyncio.wait({task}, timeout=LONGEST_WAIT)
        if not done:
            raise NoNumber("The disk does not answer: the stock of case numbers cannot be written.")
        task.result()

    def left(self, year: int) -> int:
        """How many numbers of this year the node holds."""
        reserved = len(self._reserved) if self._reserved_year == year else 0
        return reserved + sum(block.last - block.free + 1 for block in self._read().blocks if block.year == year)

    def low(self, now: datetime | None = None) -> bool:
        """Whether it is time for `refill`: this year's numbers run out, or December has none of the next
        year.
        """
        return bool(self._short_of(now))

    async def refill(self, engine: AsyncEngine, now: datetime | None = None) -> bool:
        """Take what `low` misses from the database. True where a block came.

        Unavailable where the database does not answer; NoNumber where the year's numbers are all given out, or the
        stock cannot be written.
        """
        if highest := self._read().highest:
            await claim(engine, self._node, highest)
        short = self._short_of(now)
        if short:
            await asyncio.to_thread(self._prove_writable)
        for year in short:
            block = await take_block(engine, self._node, year, BLOCK)
            held = _Held(year=year, free=block.first, last=block.last)
            await asyncio.to_thread(self._add, held, block.secret.hex())
        return bool(short)

    def _prove_writable(self) -> None:
        """A block that cannot be written down afterwards would be gone for good. NoNumber where that is so."""
        try:
            with self._changing():
                pass
        except OSError as error:
            raise NoNumber(f"The stock of case numbers cannot be written ({error.strerror}).") from error

    def _short_of(self, now: datetime | None) -> list[int]:
        at = (now or datetime.now(UTC)).astimezone(_PANAMA)
        years = [at.year, at.year + 1] if at.month == _DECEMBER else [at.year]
        return [year for year in years if self.left(year) < LOW]

    async def _hold(self, year: int) -> None:
        counters, secret = await asyncio.to_thread(self._next, year)
        if self._reserved_year != year:
            self._reserved.clear()
        self._reserved.extend(counters)
        self._reserved_year, self._secret = year, secret

    def _next(self, year: int) -> tuple[range, bytes]:
        """The next counters of this year, and the secret that makes numbers of them."""
        try:
            with self._changing() as stock:
                block = next((b for b in stock.blocks if b.year == year and b.free <= b.last), None)
                if block is None:
                    raise NoNumber(f"This node holds no case numbers of {year}; they come with the database.")
                first, block.free = block.free, min(block.free + STEP, block.last + 1)
                stock.blocks = [b for b in stock.blocks if b.free <= b.last and b.year >= year - 1]
        except OSError as error:
            raise NoNumber(f"The stock of case numbers cannot be written ({error.strerror}).") from error
        return range(first, block.free), bytes.fromhex(stock.secret)

    def _add(self, block: _Held, secret: str) -> None:
        with self._changing() as stock:
            stock.secret = secret
            stock.blocks.append(block)
            stock.highest[block.year] = max(block.last, stock.highest.get(block.year, 0))

    def _read(self) -> _Stock:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=_Stock)
        except FileNotFoundError:
            return _Stock()
        except msgspec.DecodeError as error:
            aside = self._file.with_name(self._file.name + ".spoiled")
            self._file.replace(aside)
            log.error("the stock of case numbers was spoiled", put_aside=str(aside), error=str(error))
            return _Stock()

    @contextlib.contextmanager
    def _changing(self) -> Iterator[_Stock]:
        """The stock as it stands on the disk, written back when the block ends well; one process at a time."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with locked(self._file):
            stock = self._read()
            yield stock
            write_private(self._file, msgspec.json.encode(stock))
            sync_folder(self._file.parent)


def _year(now: datetime) -> int:
    return now.astimezone(_PANAMA).year

"""What a call tells is kept while the disk takes nothing or stands still; what an agent asks for then is refused."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import threading
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crm_core import segments
from crm_core.journal import Journal
from ivr.calls import records
from ivr.calls.writer import Writer

AT = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path, "n1")
    yield made
    made.close()


def written(folder: Path) -> list[str]:
    """The calls whose beginnings are on the disk."""
    found = []
    for path in segments.segments(folder):
        header = segments.read_header(path)
        assert header is not None
        for line in segments.read_lines(path, header[1]):
            found += [segments.decode(raw).call for raw in line.entries]
    return [call for call in found if call]


async def test_attempts_at_the_same_time_lose_nothing_that_comes_meanwhile(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Writer(journal)
    sync, failing = os.fdatasync, True

    def slow(descriptor: int) -> None:
        time.sleep(0.02)
        if failing:
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(descriptor)

    monkeypatch.setattr(os, "fdatasync", slow)
    for number in range(3):
        await writer.write(records.started(f"n1-1.{number}", AT))
    failing = False
    attempts = [asyncio.ensure_future(writer.write_refused()) for _ in range(3)]
    await asyncio.sleep(0)
    for number in range(3, 8):
        await writer.write(records.started(f"n1-1.{number}", AT))
    await asyncio.gather(*attempts)
    assert await writer.write_refused()
    assert set(written(tmp_path)) == {f"n1-1.{number}" for number in range(8)}


async def test_what_a_call_tells_is_written_once_the_disk_takes_it_and_in_its_order(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Writer(journal)

    def fail(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(os, "fdatasync", fail)
        assert not await writer.write(records.started("n1-1.1", AT))
        assert not await writer.write(records.started("n1-1.2", AT))
        assert not await writer.try_to_write(records.started("n1-1.3", AT))
    assert writer.unwritten == 2
    assert await writer.try_to_write(records.started("n1-1.4", AT))
    assert writer.unwritten == 0
    assert written(tmp_path)[-3:] == ["n1-1.1", "n1-1.2", "n1-1.4"]
    assert "n1-1.3" not in written(tmp_path)


@contextlib.asynccontextmanager
async def stalled(monkeypatch: pytest.MonkeyPatch, *, then: OSError | None = None) -> AsyncIterator[None]:
    """The disk ends no sync while this lasts; those under way end then, well or with this error."""
    sync, goes_on = os.fdatasync, threading.Event()

    def wait(descriptor: int) -> None:
        goes_on.wait()
        if then:
            raise then
        sync(descriptor)

    with monkeypatch.context() as held:
        held.setattr(os, "fdatasync", wait)
        try:
            async with asyncio.timeout(10):
                yield
        finally:
            goes_on.set()


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller waits here only a moment for a disk that stands still."""
    monkeypatch.setattr("ivr.calls.writer.LONGEST_WAIT", 0.2)


async def test_nobody_waits_for_a_disk_that_stands_still_and_each_entry_is_written_once(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, soon: None
) -> None:
    writer = Writer(journal)
    async with stalled(monkeypatch):
        first = await asyncio.gather(*(writer.write(records.started(f"n1-1.{number}", AT)) for number in (1, 2)))
        assert first == [False, False]
        assert not await writer.write(records.started("n1-1.3", AT))
        assert not await writer.write_refused()
        assert not await writer.try_to_write(records.started("n1-1.4", AT))
        assert writer.unwritten == 3
    assert await writer.write_refused()
    assert writer.unwritten == 0
    assert written(tmp_path) == ["n1-1.1", "n1-1.2", "n1-1.3"]


async def test_what_the_disk_takes_late_counts_as_written_without_another_try(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, soon: None
) -> None:
    told = []
    writer = Writer(journal, lambda: told.append(written(tmp_path)))
    async with stalled(monkeypatch):
        assert not await writer.write(records.started("n1-1.1", AT))
    assert await writer.write_refused()
    assert await writer.write(records.started("n1-1.2", AT))
    assert written(tmp_path) == ["n1-1.1", "n1-1.2"]
    assert told == [["n1-1.1"], ["n1-1.1", "n1-1.2"]]


async def test_what_the_disk_refuses_late_is_written_again_in_its_order(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, soon: None
) -> None:
    writer = Writer(journal)
    async with stalled(monkeypatch, then=OSError(errno.EIO, "Input/output error")):
        assert not await writer.write(records.started("n1-1.1", AT))
        assert not await writer.write(records.started("n1-1.2", AT))
    await writer.finished()
    assert writer.unwritten == 0
    assert written(tmp_path) == ["n1-1.1", "n1-1.2"]


async def test_what_is_told_twice_while_the_disk_stands_still_is_written_once(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, soon: None
) -> None:
    writer = Writer(journal)
    async with stalled(monkeypatch):
        for _ in range(3):
            assert not await writer.write(records.started("n1-1.1", AT))
        assert writer.unwritten == 1
    assert await writer.write_refused()
    assert written(tmp_path) == ["n1-1.1"]


async def test_a_call_that_is_cut_off_while_the_disk_stands_still_is_written_all_the_same(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Writer(journal)
    async with stalled(monkeypatch, then=OSError(errno.EIO, "Input/output error")):
        call = asyncio.ensure_future(writer.write(records.started("n1-1.1", AT)))
        await asyncio.sleep(0.05)
        call.cancel()
        await asyncio.wait([call])
    await writer.finished()
    journal.close()
    assert written(tmp_path) == ["n1-1.1"]

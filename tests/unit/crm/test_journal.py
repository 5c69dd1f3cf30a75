"""What the journal has taken is found again, whatever byte a crash stops at, and in the order it was given."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_core import segments
from crm_core.entries import CallEvent, CallStarted
from crm_core.errors import JournalFailed, JournalFull
from crm_core.journal import Journal

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def entry(name: str) -> CallStarted:
    return CallStarted(id=name, at=AT, call="n1-1.1")


def found(folder: Path) -> list[list[str]]:
    """The ids that the journal's files hold, append by append."""
    appends = []
    for path in segments.segments(folder):
        header = segments.read_header(path)
        if header is not None:
            for line in segments.read_lines(path, header[1]):
                assert not line.spoiled
                appends.append([segments.decode(raw).id for raw in line.entries])
    return appends


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "this did not happen in time"
        time.sleep(0.01)


def left_by_its_writer(path: Path) -> bool:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return segments.lock(descriptor)
    finally:
        os.close(descriptor)


async def test_what_was_appended_is_found_in_its_order(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "n1")
    await journal.append(entry("a"), entry("b"))
    await journal.append(entry("c"))
    journal.close()
    assert found(tmp_path) == [["a", "b"], ["c"]]


async def test_an_entry_comes_back_as_it_was(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "n1")
    told = CallEvent(id="e1", at=AT, call="n1-1.2", event="choice", detail={"niño": "línea\nnueva", "n": [1, None]})
    await journal.append(told)
    journal.close()
    path = segments.segments(tmp_path)[0]
    header = segments.read_header(path)
    assert header is not None
    assert header[0].node == "n1"
    [line] = segments.read_lines(path, header[1])
    assert segments.decode(line.entries[0]) == told


async def test_many_at_once_share_syncs_and_keep_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    syncs = []
    sync = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda descriptor: (syncs.append(1), sync(descriptor))[1])
    journal = Journal(tmp_path, "n1")
    await asyncio.gather(*(journal.append(entry(str(n))) for n in range(2000)))
    journal.close()
    assert found(tmp_path) == [[str(n)] for n in range(2000)]
    assert len(syncs) < 200


async def test_a_full_segment_is_closed_and_the_next_goes_on(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "n1", segment_bytes=500)
    for n in range(30):
        await journal.append(entry(str(n)))
    journal.close()
    assert len(segments.segments(tmp_path)) > 4
    assert found(tmp_path) == [[str(n)] for n in range(30)]


async def test_a_segment_with_entries_is_closed_by_age_while_nothing_else_comes(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "n1", segment_seconds=0.1)
    await journal.append(entry("a"))
    first = segments.segments(tmp_path)[0]
    until(lambda: left_by_its_writer(first))  # the drain may delete it
    assert len(segments.segments(tmp_path)) == 2
    journal.close()
    assert found(tmp_path) == [["a"]]


async def test_a_new_journal_goes_on_in_a_segment_of_its_own(tmp_path: Path) -> None:
    for name in ("a", "b"):
        journal = Journal(tmp_path, "n1")
        await journal.append(entry(name))
        journal.close()
    assert found(tmp_path) == [["a"], ["b"]]
    assert len(segments.segments(tmp_path)) == 2


async def test_two_journals_of_one_folder_do_not_touch_each_other(tmp_path: Path) -> None:
    old, new = Journal(tmp_path, "n1"), Journal(tmp_path, "n1")
    await asyncio.gather(*(j.append(entry(f"{n}{i}")) for n, j in (("o", old), ("n", new)) for i in range(50)))
    old.close()
    new.close()
    ids = [append[0] for append in found(tmp_path)]
    assert [i for i in ids if i[0] == "o"] == [f"o{i}" for i in range(50)]
    assert [i for i in ids if i[0] == "n"] == [f"n{i}" for i in range(50)]


async def test_a_closed_journal_says_so(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "n1")
    journal.close()
    with pytest.raises(JournalFailed, match="closed"):
        await journal.append(entry("a"))


async def test_its_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal", "n1")
    await journal.append(entry("a"))
    journal.close()
    assert (tmp_path / "journal").stat().st_mode & 0o777 == 0o700
    assert segments.segments(tmp_path / "journal")[0].stat().st_mode & 0o777 == 0o600


async def test_pending_counts_what_is_not_applied(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "n1")
    assert segments.pending(tmp_path) == 0
    await journal.append(entry("a"), entry("b"))
    await journal.append(entry("c"))
    assert segments.pending(tmp_path) == 3
    journal.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(data=st.data(), sizes=st.lists(st.integers(1, 4), min_size=1, max_size=6))
def test_a_crash_at_any_byte_keeps_all_whole_appends_before_it(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, sizes: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    lines = [segments.encode([entry(f"{n}-{i}") for i in range(size)]) for n, size in enumerate(sizes)]
    header = segments.encode_header(segments.Header(segment="s", node="n1"))
    whole = header + b"".join(lines)
    cut = data.draw(st.integers(0, len(whole)))
    (folder / segments.name(1)).write_bytes(whole[:cut])
    believed, end = 0, len(header)
    for line in lines:
        end += len(line)
        believed += end <= cut
    assert found(folder) == [[f"{n}-{i}" for i in range(size)] for n, size in enumerate(sizes)][:believed]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(data=st.data())
def test_a_spoiled_byte_spoils_its_line_and_no_other(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """A newline that becomes something else joins two lines, and both are spoiled; a made-up newline splits
    one.
    """
    folder = tmp_path_factory.mktemp("journal")
    lines = [segments.encode([entry(str(n))]) for n in range(4)]
    header = segments.encode_header(segments.Header(segment="s", node="n1"))
    content = bytearray(header + b"".join(lines))
    place = data.draw(st.integers(len(header), len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    path = folder / segments.name(1)
    path.write_bytes(content)
    ids = [segments.decode(raw).id for line in segments.read_lines(path, len(header)) for raw in line.entries]
    hit = next(n for n in range(4) if place < len(header) + sum(map(len, lines[: n + 1])))
    ends_line = place == len(header) + sum(map(len, lines[: hit + 1])) - 1
    lost = {hit, hit + 1} if ends_line else {hit}
    assert ids == [str(n) for n in range(4) if n not in lost]


async def test_a_full_disk_is_told_and_afterwards_the_journal_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk takes half of a line and no more."""
    journal = Journal(tmp_path, "n1")
    await journal.append(entry("a"))
    write = os.write
    full = True

    def half(descriptor: int, content: Any) -> int:
        if not full:
            return write(descriptor, content)
        if len(content) > 20:
            return write(descriptor, content[: len(content) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(JournalFull, match="full"):
        await journal.append(entry("b"))
    with pytest.raises(JournalFull):
        await journal.append(entry("c"))
    full = False
    await journal.append(entry("d"))
    journal.close()
    assert found(tmp_path) == [["a"], ["d"]]


async def test_a_disk_that_fails_to_sync_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path, "n1")

    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", fail)
        with pytest.raises(JournalFailed, match="cannot write"):
            await journal.append(entry("a"))
    await journal.append(entry("b"))
    journal.close()
    assert found(tmp_path) == [["b"]]


WRITER = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from crm_core.entries import CallStarted
from crm_core.journal import Journal

async def main():
    journal = Journal(Path(sys.argv[1]), "n1", segment_bytes=20_000)
    async def one(line):
        number = line
        while True:
            await journal.append(CallStarted(id=str(number), at=datetime.now(UTC), call="c"))
            print(number, flush=True)
            number += 20
    await asyncio.gather(*(one(n) for n in range(20)))

asyncio.run(main())
"""


def test_what_was_told_to_be_written_survives_kill_9(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, tmp_path], stdout=subprocess.PIPE, text=True, cwd=os.getcwd()
    ) as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(300)]
        process.send_signal(signal.SIGKILL)
        told += process.stdout.readlines()
    ids = [append[0] for append in found(tmp_path)]
    assert {line.strip() for line in told if line.endswith("\n")} <= set(ids)
    for line in range(20):
        of_line = [int(i) for i in ids if int(i) % 20 == line]
        assert of_line == sorted(of_line)


async def test_a_busy_centre_is_far_from_what_the_journal_carries(tmp_path: Path) -> None:
    """A hundred calls a second write some thousand entries; a thousand tasks at once do far better here."""
    journal = Journal(tmp_path, "n1")

    async def one(n: int) -> None:
        for i in range(5):
            await journal.append(entry(f"{n}-{i}"))

    begin = time.perf_counter()
    await asyncio.gather(*(one(n) for n in range(1000)))
    seconds = time.perf_counter() - begin
    journal.close()
    assert 5000 / seconds > 1000

"""The store of recordings: sides begin together, a crash's header is mended, nothing is half believed."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from recordings import Side, may_listen, store, verify
from recordings.sound import HEADER_BYTES, RATE
from tests.wav import samples_of, wav

BEGAN = datetime(2026, 11, 24, 20, 15, 30, tzinfo=UTC)


def sound(seconds: float, level: int) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    return np.full(round(seconds * RATE), level, dtype=np.int16)


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir()
    (folder / "in.wav").write_bytes(wav(sound(2.0, 1000)))
    (folder / "out.wav").write_bytes(wav(sound(1.5, -1000)))
    return folder


def sides(spool: Path) -> dict[str, Side]:
    return {
        "caller": Side(spool / "in.wav", BEGAN),
        "agent": Side(spool / "out.wav", BEGAN + timedelta(seconds=0.25)),
    }


def test_the_side_that_began_later_gets_silence_in_front(tmp_path: Path, spool: Path) -> None:
    stored = store(tmp_path / "store", "n1-1.1", sides(spool))
    assert stored is not None
    agent = samples_of(tmp_path / "store" / stored.files["agent"])
    assert not agent[: RATE // 4].any()
    assert (agent[RATE // 4 :] == -1000).all()
    assert stored.seconds == 2.0


def test_storing_twice_gives_the_same_files(tmp_path: Path, spool: Path) -> None:
    first = store(tmp_path / "store", "n1-1.1", sides(spool))
    assert store(tmp_path / "store", "n1-1.1", sides(spool)) == first
    assert len(list((tmp_path / "store").rglob("*.wav"))) == 2


def test_a_header_of_before_a_crash_loses_no_sound(tmp_path: Path) -> None:
    content = bytearray(wav(sound(1.0, 7)))
    content[40:44] = bytes(4)
    torn = tmp_path / "torn.wav"
    torn.write_bytes(bytes(content) + b"\x07")
    assert len(samples_of(torn)) == RATE


def test_what_is_too_short_is_no_message(tmp_path: Path, spool: Path) -> None:
    assert store(tmp_path / "store", "n1-1.1", sides(spool), shortest=2.5) is None


def test_a_call_of_hours_is_stored_in_little_memory(tmp_path: Path, spool: Path) -> None:
    hours = 3 * 3600 * RATE
    with (spool / "in.wav").open("r+b") as file:
        file.truncate(HEADER_BYTES + 2 * hours)
    tracemalloc.start()
    try:
        stored = store(tmp_path / "store", "n1-1.1", sides(spool))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert stored is not None
    assert stored.seconds == 3 * 3600
    assert most < 1_000_000


def test_a_changed_or_missing_file_is_told(tmp_path: Path, spool: Path) -> None:
    stored = store(tmp_path / "store", "n1-1.1", sides(spool))
    assert stored is not None
    assert verify(tmp_path / "store", stored.files, stored.sha256) == []
    (tmp_path / "store" / stored.files["caller"]).write_bytes(b"other")
    (tmp_path / "store" / stored.files["agent"]).unlink()
    assert verify(tmp_path / "store", stored.files, stored.sha256) == ["caller", "agent"]


def test_agents_listen_to_their_own_calls_and_supervisors_to_all() -> None:
    assert may_listen("supervisor", own_call=False)
    assert may_listen("administrator", own_call=False)
    assert may_listen("agent", own_call=True)
    assert not may_listen("agent", own_call=False)
    assert not may_listen("officer", own_call=True)

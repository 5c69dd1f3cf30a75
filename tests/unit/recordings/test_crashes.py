"""Whatever is left in the spool or taken by the disk, no sound is lost and nothing half is kept."""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordings import Side, store, verify
from recordings.sound import RATE
from recordings.store import LONGEST_DELAY
from tests.wav import samples_of, wav

BEGAN = datetime(2026, 11, 24, 20, 15, 30, tzinfo=UTC)


def samples(count: int, level: int) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    return np.full(count, level, dtype=np.int16)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 4000), st.integers(1, 4000), st.integers(-2000, 2000))
def test_whatever_their_lengths_and_beginnings_both_sides_begin_together(
    tmp_path_factory: pytest.TempPathFactory, caller: int, agent: int, later: int
) -> None:
    """`later` is by how many milliseconds the agent's side began later than the caller's."""
    folder = tmp_path_factory.mktemp("recordings")
    (folder / "in.wav").write_bytes(wav(samples(caller, 5)))
    (folder / "out.wav").write_bytes(wav(samples(agent, -5)))
    stored = store(
        folder / "store",
        "n1-1.1",
        {
            "caller": Side(folder / "in.wav", BEGAN),
            "agent": Side(folder / "out.wav", BEGAN + timedelta(milliseconds=later)),
        },
    )
    assert stored is not None
    sounds = {side: samples_of(folder / "store" / file) for side, file in stored.files.items()}
    assert (sounds["caller"] != 0).sum() == caller
    assert (sounds["agent"] != 0).sum() == agent
    begins = {side: int(np.argmax(sound != 0)) for side, sound in sounds.items()}
    assert begins["agent"] - begins["caller"] == later * RATE // 1000
    assert min(begins.values()) == 0
    assert verify(folder / "store", stored.files, stored.sha256) == []


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 500), st.integers(0, 2**32 - 1))
def test_a_file_cut_anywhere_keeps_its_whole_samples(
    tmp_path_factory: pytest.TempPathFactory, cut: int, said: int
) -> None:
    content = bytearray(wav(samples(200, 3)))
    content[40:44] = said.to_bytes(4, "little")
    path = tmp_path_factory.mktemp("recordings") / "torn.wav"
    path.write_bytes(bytes(content[:cut]))
    assert len(samples_of(path)) == min(200, max(0, cut - 44) // 2)


def test_what_is_no_recording_of_asterisks_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(b"x" * 100)
    with pytest.raises(ValueError, match="no WAV"):
        samples_of(path)
    fast = bytearray(wav(samples(100, 1)))
    fast[24:28] = (16000).to_bytes(4, "little")
    path.write_bytes(bytes(fast))
    with pytest.raises(ValueError, match="8 kHz"):
        samples_of(path)


def test_a_beginning_that_cannot_be_true_makes_no_hours_of_silence(tmp_path: Path) -> None:
    for name in ("in", "out"):
        (tmp_path / f"{name}.wav").write_bytes(wav(samples(800, 1)))
    sides = {
        "caller": Side(tmp_path / "in.wav", BEGAN),
        "agent": Side(tmp_path / "out.wav", BEGAN + LONGEST_DELAY + timedelta(hours=9)),
    }
    stored = store(tmp_path / "store", "n1-1.1", sides)
    assert stored is not None
    assert stored.seconds == 0.1


def test_a_full_disk_leaves_nothing_half_and_a_second_try_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in.wav").write_bytes(wav(samples(800, 1)))
    sides = {"message": Side(tmp_path / "in.wav", BEGAN)}

    def fail(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="No space"):
            store(tmp_path / "store", "n1-1.1", sides)
    assert [path for path in (tmp_path / "store").rglob("*") if path.is_file()] == []
    stored = store(tmp_path / "store", "n1-1.1", sides)
    assert stored is not None
    assert stored.files == {"message": "2026/11/24/n1-1.1-message-201530.wav"}


def test_recordings_are_for_their_owner_alone(tmp_path: Path) -> None:
    (tmp_path / "in.wav").write_bytes(wav(samples(800, 1)))
    stored = store(tmp_path / "store", "n1-1.1", {"message": Side(tmp_path / "in.wav", BEGAN)})
    assert stored is not None
    path = tmp_path / "store" / stored.files["message"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700

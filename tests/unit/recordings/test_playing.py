"""A recording for the ear: both sides in one file, any part of it, however long it is."""

from __future__ import annotations

import tracemalloc
import wave
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.playing import PIECE, Playing
from recordings.sound import RATE
from tests.wav import wav

HOURS = 3


def side(path: Path, samples: int, level: int) -> Path:
    path.write_bytes(wav(np.full(samples, level, dtype=np.int16)))
    return path


def whole(playing: Playing) -> bytes:
    return b"".join(playing.pieces(0, playing.size))


@pytest.fixture(scope="module")
def playing(tmp_path_factory: pytest.TempPathFactory) -> Playing:
    folder = tmp_path_factory.mktemp("sides")
    return Playing(side(folder / "in.wav", 2 * PIECE + 7, 1000), side(folder / "out.wav", PIECE, -1000))


def test_both_sides_are_heard_left_and_right(playing: Playing) -> None:
    content = whole(playing)
    assert len(content) == playing.size
    with wave.open(BytesIO(content)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (2, RATE, 2 * PIECE + 7)
        both = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2)
    assert (both[:, 0] == 1000).all()
    assert (both[:PIECE, 1] == -1000).all()
    assert not both[PIECE:, 1].any()


@given(data=st.data())
def test_any_part_is_that_part_of_the_whole(playing: Playing, data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, playing.size - 1))
    end = data.draw(st.integers(begin + 1, playing.size))
    assert b"".join(playing.pieces(begin, end)) == whole(playing)[begin:end]


def test_a_message_is_heard_as_it_is_also_with_a_header_of_before_a_crash(tmp_path: Path) -> None:
    content = wav(np.arange(500, dtype=np.int16))
    torn = tmp_path / "torn.wav"
    torn.write_bytes(content[:40] + bytes(4) + content[44:] + b"\x07")
    assert whole(Playing(torn)) == content


def test_nothing_was_written_before_a_crash(tmp_path: Path) -> None:
    torn = tmp_path / "torn.wav"
    torn.write_bytes(b"RIFF")
    assert whole(Playing(torn)) == wav(np.zeros(0, dtype=np.int16))


def test_what_is_no_sound_is_told(tmp_path: Path) -> None:
    other = tmp_path / "other.wav"
    other.write_bytes(b"x" * 100)
    with pytest.raises(ValueError, match="no WAV file"):
        Playing(other)


def test_a_call_of_hours_takes_no_more_memory_than_one_of_minutes(tmp_path: Path) -> None:
    length = HOURS * 3600 * RATE
    sides = []
    for name in ("in", "out"):
        sides.append(side(tmp_path / f"{name}.wav", 0, 0))
        with sides[-1].open("ab") as file:
            file.truncate(44 + 2 * length)  # a sparse file: silence that takes no room
    playing = Playing(*sides)
    tracemalloc.start()
    try:
        read = sum(len(piece) for piece in playing.pieces(0, playing.size))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert read == playing.size == 44 + 4 * length
    assert most < 1_000_000

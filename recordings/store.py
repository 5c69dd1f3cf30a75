"""The store: `YYYY/MM/DD/<call>-<side>-<HHMMSS>.wav` below the recordings folder, with no number in any name.

A recording is taken from Asterisk's spool only when it is whole in the store: a crash in between repeats it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from config.files import sync_folder, write_private
from recordings.sound import RATE, Samples, repaired, wav

LONGEST_DELAY = timedelta(seconds=60)
"""Two sides of one conversation begin within this: a beginning farther off is not known, and silence is not made up."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side as it lies in the spool, and when its recording began."""

    path: Path
    began: datetime


@dataclass(frozen=True, slots=True)
class Stored:
    """`files` and `sha256` by side; files are relative to the recordings folder."""

    started_at: datetime
    seconds: float
    files: dict[str, str]
    sha256: dict[str, str]


def store(folder: Path, call: str, sides: Mapping[str, Side], *, shortest: float = 0.0) -> Stored | None:
    """Write the sides into the store, beginning together: silence goes in front of the one that began later.

    None where nothing is at least `shortest` seconds long. The spool is left as it is: remove it once what this
    returns is written down. Run twice, it writes the same files again. OSError where the disk fails or is full.
    """
    sounds = {side: repaired(taken.path) for side, taken in sides.items()}
    if max(len(sound) for sound in sounds.values()) < max(1, round(shortest * RATE)):
        return None
    start = min(taken.began for taken in sides.values()).astimezone(UTC)
    files: dict[str, str] = {}
    sums: dict[str, str] = {}
    aligned = {side: _delayed(sound, sides[side].began - start) for side, sound in sounds.items()}
    for side, sound in aligned.items():
        relative = f"{start:%Y/%m/%d}/{call}-{side}-{start:%H%M%S}.wav"
        content = wav(sound)
        _write_whole(folder / relative, content)
        files[side] = relative
        sums[side] = hashlib.sha256(content).hexdigest()
    seconds = max(len(sound) for sound in aligned.values()) / RATE
    return Stored(started_at=start, seconds=round(seconds, 3), files=files, sha256=sums)


def verify(folder: Path, files: Mapping[str, str], sha256: Mapping[str, str]) -> list[str]:
    """The sides whose file is missing or is no longer what was stored."""
    wrong = []
    for side, relative in files.items():
        path = folder / relative
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != sha256[side]:
            wrong.append(side)
    return wrong


def _delayed(sound: Samples, by: timedelta) -> Samples:
    if by > LONGEST_DELAY:
        return sound
    return np.concatenate([np.zeros(round(by.total_seconds() * RATE), dtype=np.int16), sound])


def _write_whole(path: Path, content: bytes) -> None:
    """Whole under its name or not at all, and still there after a loss of power: the spool is emptied after this."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_private(path, content)
    sync_folder(path.parent)

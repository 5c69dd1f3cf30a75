"""The store: `YYYY/MM/DD/<call>-<side>-<HHMMSS>.wav` below the recordings folder, with no number in any name.

A recording is taken from Asterisk's spool only when it is whole in the store: a crash in between repeats it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from config.files import sync_folder, write_private
from recordings.sound import RATE, header, samples_in, silence, sound_of

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
    start = min(taken.began for taken in sides.values()).astimezone(UTC)
    lengths = {side: samples_in(taken.path) for side, taken in sides.items()}
    if max(lengths.values()) < max(1, round(shortest * RATE)):
        return None
    delays = {side: _delay(taken.began - start) for side, taken in sides.items()}
    files: dict[str, str] = {}
    sums: dict[str, str] = {}
    for side, taken in sides.items():
        relative = f"{start:%Y/%m/%d}/{call}-{side}-{start:%H%M%S}.wav"
        sum = hashlib.sha256()
        _write_whole(folder / relative, _told(sum, _file(taken.path, delays[side], lengths[side])))
        files[side] = relative
        sums[side] = sum.hexdigest()
    seconds = max(delays[side] + lengths[side] for side in sides) / RATE
    return Stored(started_at=start, seconds=round(seconds, 3), files=files, sha256=sums)


def verify(folder: Path, files: Mapping[str, str], sha256: Mapping[str, str]) -> list[str]:
    """The sides whose file is missing or is no longer what was stored."""
    wrong = []
    for side, relative in files.items():
        path = folder / relative
        if not path.is_file() or _sum_of(path) != sha256[side]:
            wrong.append(side)
    return wrong


def _sum_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _delay(by: timedelta) -> int:
    """Samples of silence in front."""
    return 0 if by > LONGEST_DELAY else round(by.total_seconds() * RATE)


def _file(sound: Path, delay: int, length: int) -> Iterator[bytes]:
    """A whole WAV file of this sound, in pieces: a call of hours is never in memory as a whole."""
    yield header(delay + length)
    yield from silence(delay)
    yield from sound_of(sound, length)


def _told(sum: hashlib._Hash, pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        sum.update(piece)
        yield piece


def _write_whole(path: Path, content: Iterable[bytes]) -> None:
    """Whole under its name or not at all, and still there after a loss of power: the spool is emptied after this."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_private(path, content)
    sync_folder(path.parent)

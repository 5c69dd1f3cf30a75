"""What a script says, as pieces; each piece becomes the ids of prompt files, in the order in which they are heard."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import structlog

from ivr.prompts.numbers import FARTHEST_POSITION, date_id, digit_ids, position_id, year_id

log = structlog.get_logger(__name__)

GROUP_PAUSE = "silence.300"
"""Between the groups of a case number, for a caller who writes it down."""


@dataclass(frozen=True, slots=True)
class CaseNumber:
    """Ten digits, heard in groups of two, four and four."""

    number: str

    def ids(self) -> list[str]:
        groups = [group for group in (self.number[:2], self.number[2:6], self.number[6:]) if group]
        ids: list[str] = []
        for group in groups:
            if ids:
                ids.append(GROUP_PAUSE)
            ids += digit_ids(group, last=group is groups[-1])
        return ids


@dataclass(frozen=True, slots=True)
class Key:
    """A case's key: four digits, heard as one group."""

    digits: str

    def ids(self) -> list[str]:
        return digit_ids(self.digits, last=True)


@dataclass(frozen=True, slots=True)
class Position:
    """A caller's place in the queue, from 1; a whole sentence."""

    place: int

    def ids(self) -> list[str]:
        return ["position.many" if self.place > FARTHEST_POSITION else position_id(self.place)]


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar, as the caller counts them: give the date in America/Panama."""

    day: date

    def ids(self) -> list[str]:
        return [date_id(self.day.month, self.day.day), year_id(self.day.year)]


@dataclass(frozen=True, slots=True)
class Institution:
    """An institution by its code."""

    code: str

    def ids(self) -> list[str]:
        return [f"institution.{self.code}"]


@dataclass(frozen=True, slots=True)
class CaseType:
    """`complaint`, `denunciation`, `idea`, `suggestion` or `information`."""

    type: str

    def ids(self) -> list[str]:
        return [f"type.{self.type}"]


@dataclass(frozen=True, slots=True)
class CaseState:
    """`draft`, `new`, `void` or `abandoned`."""

    state: str

    def ids(self) -> list[str]:
        return [f"state.{self.state}"]


Piece = str | CaseNumber | Key | Position | Day | Institution | CaseType | CaseState
"""A `str` is a prompt's id."""


class Prompts:
    """The prompt files of one folder: `<language>/<id>.wav` (8 kHz) and `.sln16` (16 kHz) beside it.

    Files may be replaced at any moment (by renaming), so each question looks at the disk: a few microseconds a file.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    def files(self, language: str, *pieces: Piece) -> list[Path]:
        """The 8 kHz WAV files in which the pieces are heard.

        Never raises: a piece that has not all its files is left out whole (half a number would be a wrong number)
        and logged.
        """
        files: list[Path] = []
        for piece in pieces:
            ids = [piece] if isinstance(piece, str) else piece.ids()
            found = [self.folder / language / f"{id}.wav" for id in ids]
            missing = [file.stem for file in found if not file.exists()]
            if missing:
                log.warning("prompt missing", language=language, piece=type(piece).__name__, missing=missing)
            else:
                files += found
        return files


def media(file: Path) -> str:
    """The ARI media URI of a prompt file: without extension, so that Asterisk picks the rate of the call."""
    return f"sound:{file.with_suffix('')}"


def seconds(file: Path) -> float:
    """How long a prompt file is heard: 8,000 frames of two bytes a second, after 44 bytes of header."""
    return (file.stat().st_size - 44) / 16_000

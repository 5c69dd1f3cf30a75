"""A call's story in words, from the lines that the parts logged about it."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from centre.lines import local

Line = Mapping[str, Any]

LANGUAGES = ("es", "en")
FALLING = ("asterisk", "line")
"""Parts whose end in the middle of a call belongs to its story, as the watcher logs it."""
_UNTOLD = {"event", "at", "level", "call", "logger", "exception", "from"}


@functools.cache
def _catalogue() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = yaml.safe_load((Path(__file__).parent / "texts" / "story.yaml").read_text())
    return loaded


def story(lines: Iterable[Line], call: str, language: str) -> list[str]:
    """One sentence a line, with the time of day in Panama and the seconds since the first; empty where none is told.

    What is told of other calls is passed over; the end of a part that held the call is told with it.
    """
    timed = sorted((line for line in lines if "at" in line), key=lambda line: line["at"])
    own = [line for line in timed if line.get("call") == call]
    if not own:
        return []
    during = own[0]["at"], own[-1]["at"]
    told = [line for line in timed if line.get("call") == call or (_falls(line) and during[0] < line["at"] < during[1])]
    began = datetime.fromisoformat(told[0]["at"])
    return [_row(line, began, language) for line in told]


def sentence(line: Line, language: str) -> str:
    """The catalogue's sentence; for an event that it does not know, the event and its fields as they are."""
    texts = _catalogue()[language]
    event = str(line.get("event", ""))
    chosen = texts.get(event)
    for key, text in texts.items():
        condition, equals, value = key.partition("=")
        name, _, field = condition.rpartition(" ")
        if equals and name == event and field in line and str(line[field]) == value:
            chosen = text
    if chosen is None:
        fields = " ".join(
            f"{name}={_plain(value)}" for name, value in line.items() if name not in _UNTOLD and value is not None
        )
        return f"{event} {fields}".strip()
    exception = str(line.get("exception", "")).strip().splitlines()
    values = defaultdict(str, {name: _plain(value) for name, value in line.items() if value is not None})
    values["exception_line"] = exception[-1] if exception else ""
    return chosen.format_map(values)


def _falls(line: Line) -> bool:
    return line.get("event") == "ended" and line.get("part") in FALLING


def _row(line: Line, began: datetime, language: str) -> str:
    since: timedelta = datetime.fromisoformat(line["at"]) - began
    return f"{local(line['at'])}  +{since.total_seconds():6.1f} s  {sentence(line, language)}"


def _plain(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Sequence):
        return ", ".join(_plain(each) for each in value)
    return f"{value:.1f}" if isinstance(value, float) else str(value)

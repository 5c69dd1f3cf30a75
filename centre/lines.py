"""The parts' logs as a person reads them: lines of JSON from several files, in order of time, followed as they grow."""

from __future__ import annotations

import heapq
import json
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

PANAMA = ZoneInfo("America/Panama")
_FIRST = ("at", "level", "event")


def files(folder: Path, parts: Iterable[str]) -> list[Path]:
    """The log files of these parts (all, where none is named), the older ones of each first."""
    wanted = set(parts)
    found = [path for path in folder.glob("*.jsonl*") if not wanted or path.name.split(".")[0] in wanted]
    return sorted(found, key=lambda path: path.stat().st_mtime)


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Every line of a file that is a whole JSON object, with the part's name as `part` where it names none."""
    try:
        with path.open(encoding="utf-8", errors="replace") as opened:
            for text in opened:
                if (line := parse(text, path)) is not None:
                    yield line
    except FileNotFoundError:  # put aside in between
        return


def parse(text: str, path: Path) -> dict[str, Any] | None:
    try:
        line = json.loads(text)
    except ValueError:
        return None
    if not isinstance(line, dict) or "at" not in line:
        return None
    return {"from": path.name.split(".")[0], **line}


def last(paths: Iterable[Path], count: int) -> list[dict[str, Any]]:
    """The last `count` lines over all files, in order of time."""
    newest = heapq.nlargest(count, (line for path in paths for line in read(path)), key=lambda line: line["at"])
    return newest[::-1]


def follow(folder: Path, parts: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The lines that are written from now on, for ever; files that are put aside or appear are followed too."""
    wanted = list(parts)
    places = {path: (path.stat().st_ino, path.stat().st_size) for path in _current(folder, wanted)}
    while True:
        fresh: list[dict[str, Any]] = []
        for path in _current(folder, wanted):
            inode, size = path.stat().st_ino, path.stat().st_size
            known, place = places.get(path, (inode, 0))
            if known != inode or size < place:
                place = 0
            if size > place:
                with path.open("rb") as opened:
                    opened.seek(place)
                    whole = opened.read().rpartition(b"\n")[0]
                fresh += [
                    line
                    for text in whole.decode(errors="replace").splitlines()
                    if (line := parse(text, path)) is not None
                ]
                place += len(whole) + 1 if whole else 0
            places[path] = (inode, place)
        yield from sorted(fresh, key=lambda line: line["at"])
        time.sleep(0.2)


def _current(folder: Path, parts: list[str]) -> list[Path]:
    return [path for path in files(folder, parts) if path.suffix == ".jsonl"]


def local(at: str) -> str:
    """The time of day in Panama."""
    return datetime.fromisoformat(at).astimezone(PANAMA).strftime("%H:%M:%S")


def words(line: dict[str, Any]) -> str:
    """A line for people: time, part, what happened, and its fields."""
    rest = {key: value for key, value in line.items() if key not in (*_FIRST, "from", "exception")}
    level = "" if line.get("level") == "info" else f"{str(line.get('level', '')).upper()} "
    fields = " ".join(f"{key}={value}" for key, value in rest.items() if value is not None)
    text = f"{local(line['at'])} {line['from']:<8} {level}{line.get('event', '')} {fields}".rstrip()
    return f"{text}\n{line['exception']}" if line.get("exception") else text

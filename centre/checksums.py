"""Recordings compared with the checksums that they were stored with: each once in `NIGHTS` nights.

What is missing or changed is kept in a file of the node, for `doctor`, until it is found whole again.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from config.files import write_private
from config.settings import Settings
from crm_core.services.recordings import RecordingView, recordings_of_night
from recordings import verify

log = structlog.get_logger()
NIGHTS = 30


def known_wrong(settings: Settings) -> dict[int, list[str]]:
    """Files that are missing or changed, by the recording's id. msgspec.DecodeError where that was spoiled too."""
    try:
        return msgspec.json.decode(_file(settings).read_bytes(), type=dict[int, list[str]])
    except FileNotFoundError:
        return {}


async def check(settings: Settings, database: AsyncEngine, night: int) -> int:
    """Read the node's recordings whose turn it is on this night (days since 1970), one after the other; how many."""
    count = 0
    wrong = known_wrong(settings)
    for each in await recordings_of_night(database, night % NIGHTS, NIGHTS):
        if each.call_id.rpartition("-")[0] != settings.node:
            continue
        count += 1
        found = await asyncio.to_thread(_wrong_files, settings.recordings, each)
        if found:
            log.error("a recording is not what was stored", recording=each.id, call=each.call_id, files=found)
        if found != wrong.get(each.id, []):
            wrong = {id: files for id, files in (wrong | {each.id: found}).items() if files}
            write_private(_file(settings), msgspec.json.encode(wrong))
    return count


def _wrong_files(folder: Path, stored: RecordingView) -> list[str]:
    try:
        sides = verify(folder, stored.files, stored.sha256)
    except OSError:  # the disk does not give it
        sides = list(stored.files)
    return [stored.files[side] for side in sides]


def _file(settings: Settings) -> Path:
    return settings.data / "recordings-wrong.json"

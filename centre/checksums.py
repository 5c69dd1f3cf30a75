"""Recordings compared with the checksums that they were stored with: one of `PARTS` parts on every day.

It is the part that was last checked the longest ago, whatever days the centre was off. When that was, how far a check
came that was broken off, and what is missing or changed until it is found whole again, is kept in a file of the node,
for `doctor`.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from config.files import write_private
from config.settings import Settings
from crm_core.services.recordings import RecordingView, recordings_of_part
from recordings import verify

log = structlog.get_logger()
PARTS = 30
REST = 0.05
"""Seconds between two recordings: nothing waits for this."""
KEPT_EVERY = 20
"""Recordings after which the place is kept: what a loss of power costs of a check."""


class Checked(msgspec.Struct):
    at: dict[int, datetime] = {}
    """When each part was last checked to its end."""
    place: int = 0
    """The recording that was checked last, of the part whose turn it is; 0 before its first."""
    wrong: dict[int, list[str]] = {}
    """Files that are missing or changed, by the recording's id."""

    @property
    def last(self) -> datetime | None:
        return max(self.at.values(), default=None)


def known(settings: Settings) -> Checked:
    """What is known so far. A file that is spoiled is as none: all is checked anew."""
    try:
        return msgspec.json.decode(_file(settings).read_bytes(), type=Checked)
    except (OSError, msgspec.DecodeError):
        return Checked()


def is_due(settings: Settings) -> bool:
    """Whether no part was checked today."""
    last = known(settings).last
    return last is None or last.date() < datetime.now(UTC).date()


async def check(settings: Settings, database: AsyncEngine) -> int:
    """Read the node's recordings of the part whose turn it is, one after the other; how many.

    A check that was broken off is gone on with at the recording where it was.
    """
    checked = known(settings)
    never = datetime.min.replace(tzinfo=UTC)
    part = min(range(PARTS), key=lambda part: checked.at.get(part, never))
    count = 0
    for each in await recordings_of_part(database, part, PARTS, after=checked.place):
        if each.call_id.rpartition("-")[0] != settings.node:
            continue
        count += 1
        before = checked.wrong.pop(each.id, [])
        if found := await asyncio.to_thread(_wrong_files, settings.recordings, each):
            log.error("a recording is not what was stored", recording=each.id, call=each.call_id, files=found)
            checked.wrong[each.id] = found
        checked.place = each.id
        if found != before or count % KEPT_EVERY == 0:
            _keep(settings, checked)
        await asyncio.sleep(REST)
    checked.at[part] = datetime.now(UTC)
    checked.place = 0
    _keep(settings, checked)
    return count


def _keep(settings: Settings, checked: Checked) -> None:
    write_private(_file(settings), msgspec.json.encode(checked))


def _wrong_files(folder: Path, stored: RecordingView) -> list[str]:
    try:
        sides = verify(folder, stored.files, stored.sha256)
    except OSError:  # the disk does not give it
        sides = list(stored.files)
    return [stored.files[side] for side in sides]


def _file(settings: Settings) -> Path:
    return settings.data / "recordings-checked.json"

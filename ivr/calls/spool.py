"""What Asterisk is recording now, and its way into the store of recordings.

Beside the files in Asterisk's spool lies a note of ours (`<call>.<what>.json`) with what they are and when each side
began, so that a recording whose call ended while nobody listened finds its way too.
"""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import msgspec
import structlog

import recordings
from config.files import write_private
from config.settings import Settings
from crm_core.entries import AnyEntry, RecordingStored
from ivr.calls import ids
from ivr.calls.house import House
from ivr.calls.writer import NotWritten

log = structlog.get_logger()

BYTES_A_SECOND = 16_000
LISTENS: dict[str, Literal["in", "out"]] = {"caller": "in", "agent": "out"}
"""What is recorded as whose side: `in` is what the caller says, `out` what they hear."""

_noting = threading.Lock()


class Spooled(msgspec.Struct, kw_only=True):
    """A recording under way. `what` is `conversation` or `message`."""

    call: str
    what: str
    number: str | None = None
    key: str | None = None
    type: str | None = None
    language: str = "es"
    anonymous: bool = False
    """Of the case that a message opens."""
    began: dict[str, datetime] = msgspec.field(default_factory=dict)
    """By side: `caller` and `agent`, or `message`."""

    @property
    def names(self) -> dict[str, str]:
        """Asterisk's name of the recording of each side."""
        if self.what == "message":
            return {"message": ids.message(self.call)}
        return {side: ids.side(self.call, listens) for side, listens in LISTENS.items()}


def note_begun(settings: Settings, note: Spooled, began: dict[str, datetime]) -> None:
    """Write the note of a recording, with the moments at which its sides began. Both sides may come at once."""
    with _noting:
        note.began |= began
        write_private(_note(settings, note.call, note.what), msgspec.json.encode(note), sync=False)


def part_from_draft(settings: Settings, call: str, drafts: Collection[str]) -> None:
    """A message of the call that was to complete one of these drafts becomes a case of its own."""
    with _noting:
        note = _read(_note(settings, call, "message"))
        if note is not None and note.number in drafts:
            note.number = note.key = None
            write_private(_note(settings, call, "message"), msgspec.json.encode(note), sync=False)


def spooled_calls(settings: Settings) -> list[tuple[str, str]]:
    """The recordings that lie in the spool: call and what."""
    notes = (_read(path) for path in _folder(settings).glob("*.json"))
    noted = {(note.call, note.what) for note in notes if note is not None}
    sounds = (path.stem for path in _folder(settings).glob("*.wav"))
    # A sound whose note could not be written is one all the same.
    alone = {(call, _what(name)) for name in sounds if (call := ids.call_of(name))}
    return sorted(noted | alone)


def _what(sound: str) -> str:
    return "message" if sound.endswith(ids.MESSAGE) else "conversation"


def spooled(settings: Settings, call: str, what: str) -> Spooled | None:
    """The note of a recording under way; None where there is none."""
    return _read(_note(settings, call, what))


async def store_spooled(
    house: House, call: str, what: str, *also: AnyEntry, number: str | None = None, shortest: float = 0.0
) -> RecordingStored | None:
    """Move a finished recording into the store and write it down, together with the entries `also`.

    None where there is none, or where it is shorter than `shortest` seconds. Where it cannot be written down it stays
    in the spool, to be tried again later: NotWritten.
    """
    stored = await asyncio.to_thread(_store, house.settings, call, what, shortest)
    if stored is not None:
        stored.number = number or stored.number
        if not await house.journal.write(*also, stored):
            raise NotWritten
    await asyncio.to_thread(drop_spooled, house.settings, call, what)
    return stored


def _store(settings: Settings, call: str, what: str, shortest: float) -> RecordingStored | None:
    note = spooled(settings, call, what) or Spooled(call=call, what=what)
    sides = {
        side: recordings.Side(path, note.began.get(side) or _began(path))
        for side, name in note.names.items()
        if (path := _folder(settings) / f"{name}.wav").exists()
    }
    stored = recordings.store(settings.recordings, call, sides, shortest=shortest) if sides else None
    if stored is None:
        return None
    return RecordingStored(
        id=uuid.uuid5(uuid.NAMESPACE_OID, f"{call}-{what}-{stored.started_at.isoformat()}").hex,
        at=datetime.now(UTC),
        call=call,
        number=note.number,
        what=what,
        started_at=stored.started_at,
        seconds=stored.seconds,
        files=stored.files,
        sha256=stored.sha256,
    )


def _began(sound: Path) -> datetime:
    """When it began, by when it was written last and how long it is."""
    written = sound.stat()
    return datetime.fromtimestamp(written.st_mtime, UTC) - timedelta(seconds=written.st_size / BYTES_A_SECOND)


def drop_spooled(settings: Settings, call: str, what: str) -> None:
    """Delete a recording from the spool, with its note last."""
    for name in Spooled(call=call, what=what).names.values():
        (_folder(settings) / f"{name}.wav").unlink(missing_ok=True)
    _note(settings, call, what).unlink(missing_ok=True)


def has_sound(settings: Settings, name: str) -> bool:
    """Whether Asterisk has written a recording of this name."""
    return (_folder(settings) / f"{name}.wav").exists()


def has_fallback_message(settings: Settings, call: str) -> bool:
    """Whether the dialplan's fallback took a message of this call, which is still to become a case."""
    return (settings.asterisk / f"spool/fallback/{call}.txt").exists()


def set_aside(settings: Settings, call: str, what: str) -> None:
    """Move a recording that cannot be read out of the way, for a person to look at."""
    aside = settings.asterisk / "spool/set-aside"
    aside.mkdir(exist_ok=True)
    sounds = [_folder(settings) / f"{name}.wav" for name in Spooled(call=call, what=what).names.values()]
    for path in (*sounds, _note(settings, call, what)):
        if path.exists():
            path.replace(aside / path.name)


def _folder(settings: Settings) -> Path:
    return settings.asterisk / "spool/recording"


def _note(settings: Settings, call: str, what: str) -> Path:
    return _folder(settings) / f"{call}.{what}.json"


def _read(path: Path) -> Spooled | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Spooled)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        log.error("spool note", file=path.name, error=str(error))
        return None

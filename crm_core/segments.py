"""The journal's files: how a segment is named, what a line of it looks like, and which lines can be believed.

A segment is `<sequence>.journal`. Its first line is a header with the segment's own random id, every other
line one append: `<length of the JSON in bytes> <CRC-32 in hex> <JSON array of entries>` and a newline. A line
is believed when it is whole and its checksum holds; a torn last line is what a crash leaves, and counts as
never written. Whoever writes a segment holds a lock on it (flock), so that others can tell a segment in use
from one left behind.
"""

from __future__ import annotations

import contextlib
import fcntl
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from crm_core.entries import AnyEntry, Entry

SUFFIX = ".journal"
SPOILED = ".spoiled"
"""Of a segment that was put aside."""
LONGEST_HEADER = 120
"""Bytes; a header and an append are more."""
APPLIED = "applied.json"
"""The drain's note of how far it came, for whoever counts what is pending; the database holds the truth."""

_encoder = msgspec.json.Encoder()
_one = msgspec.json.Decoder(AnyEntry)
_raws = msgspec.json.Decoder(list[msgspec.Raw])


class Header(msgspec.Struct, kw_only=True):
    segment: str
    """Random: an offset remembered for it never fits another file of the same name."""
    node: str


class Line(msgspec.Struct, kw_only=True):
    """One append, as read. `end` is the offset after it; `entries` is empty where the line was spoiled."""

    end: int
    entries: list[msgspec.Raw]
    spoiled: bool = False


class _Dated(msgspec.Struct):
    """What every entry has, of whatever version."""

    at: datetime


def name(sequence: int) -> str:
    return f"{sequence:012d}{SUFFIX}"


def sequence(path: Path) -> int:
    return int(path.name.removesuffix(SUFFIX))


def segments(folder: Path) -> list[Path]:
    """The segments of this folder, oldest first."""
    return sorted(path for path in folder.glob("*" + SUFFIX) if path.name.removesuffix(SUFFIX).isdigit())


def frame(content: bytes) -> bytes:
    """The JSON as a line of a segment. JSON holds no raw newline, so a newline always ends a line."""
    return b"%d %08x %s\n" % (len(content), zlib.crc32(content), content)


def encode(entries: Sequence[Entry]) -> bytes:
    return frame(_encoder.encode(entries))


def encode_header(header: Header) -> bytes:
    return frame(_encoder.encode(header))


def decode(raw: msgspec.Raw) -> AnyEntry:
    """One entry. msgspec.DecodeError (ValidationError included) where it is none that we know."""
    entry: AnyEntry = _one.decode(raw)
    return entry


def content(line: bytes) -> bytes | None:
    """The JSON of a line (without its newline); None where length or checksum do not hold."""
    length, _, rest = line.partition(b" ")
    checksum, _, json = rest.partition(b" ")
    if not length.isdigit() or int(length) != len(json) or checksum != b"%08x" % zlib.crc32(json):
        return None
    return json


def read_header(path: Path) -> tuple[Header, int] | None:
    """The segment's header and the offset after it; None where it is torn, spoiled, or of another version."""
    with path.open("rb") as file:
        line = file.readline()
    json = content(line[:-1]) if line.endswith(b"\n") else None
    if json is None:
        return None
    try:
        return msgspec.json.decode(json, type=Header), len(line)
    except msgspec.DecodeError:
        return None


def read_lines(path: Path, offset: int) -> Iterator[Line]:
    """The whole lines from this offset on. What stands after the last newline is being written, or torn."""
    with path.open("rb") as file:
        file.seek(offset)
        for line in file:
            if not line.endswith(b"\n"):
                return
            offset += len(line)
            json = content(line[:-1])
            try:
                entries = None if json is None else _raws.decode(json)
            except msgspec.DecodeError:
                entries = None
            yield Line(end=offset, entries=entries or [], spoiled=entries is None)


def pending(folder: Path) -> int:
    """How many entries of this journal wait to be applied. Reads the files: for `status` and for people."""
    return sum(1 for _ in _waiting(folder))


def waits_since(folder: Path) -> datetime | None:
    """When the entry was made that waits longest to be applied; None where none waits."""
    for raw in _waiting(folder):
        with contextlib.suppress(msgspec.DecodeError):
            return msgspec.json.decode(raw, type=_Dated).at
    return None


def _waiting(folder: Path) -> Iterator[msgspec.Raw]:
    """The entries that wait to be applied, in their order."""
    try:
        applied = msgspec.json.decode((folder / APPLIED).read_bytes(), type=dict[str, int])
    except (FileNotFoundError, msgspec.DecodeError):
        applied = {}
    for path in segments(folder):
        with contextlib.suppress(FileNotFoundError):  # wholly applied meanwhile, and deleted
            found = read_header(path)
            if found is not None:
                header, start = found
                for line in read_lines(path, applied.get(header.segment, start)):
                    yield from line.entries


def lock(descriptor: int, *, wait: bool = False) -> bool:
    """Take the segment's lock; False where another holds it, unless told to wait. Closing the file gives it
    back.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

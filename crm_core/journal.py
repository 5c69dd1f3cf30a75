"""The journal: the one place that a call writes to. What it has taken survives `kill -9`, with the database
away too.

`append` resolves once its entries are on the disk. One thread writes for all: appends that arrive while it
syncs share the next sync. A segment is closed by size and by age, so that `drain` can delete it once it is
applied and no telephone number lingers.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from config.files import sync_folder
from crm_core import segments
from crm_core.entries import Entry
from crm_core.errors import JournalFailed, JournalFull

SEGMENT_BYTES = 1_000_000
SEGMENT_SECONDS = 60.0


@dataclass
class _Append:
    content: bytes
    done: asyncio.Future[None]


@dataclass
class _Segment:
    """The open segment; only the writing thread touches it."""

    descriptor: int
    size: int
    opened: float
    empty: bool = True


@dataclass
class _Waiting:
    """What the loop hands to the thread, under one condition."""

    condition: threading.Condition = field(default_factory=threading.Condition)
    appends: list[_Append] = field(default_factory=list)
    closing: bool = False


class Journal:
    """One node's journal in this folder. OSError where the folder cannot be made.

    Several may live at once (an upgrade's two processes): each writes segments of its own. `segment_bytes`
    and `segment_seconds` say when a segment is closed.
    """

    def __init__(
        self,
        folder: Path,
        node: str,
        *,
        segment_bytes: int = SEGMENT_BYTES,
        segment_seconds: float = SEGMENT_SECONDS,
    ) -> None:
        self._folder = folder
        self._node = node
        self._most_bytes = segment_bytes
        self._most_seconds = segment_seconds
        self._waiting = _Waiting()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._segment: _Segment | None = None
        # a disk that is full now is told of by `append`, once somebody needs it
        with contextlib.suppress(OSError):
            self._segment = self._open()
        self._thread = threading.Thread(target=self._write_for_all, name="journal", daemon=True)
        self._thread.start()

    async def append(self, *entries: Entry) -> None:
        """Resolves when all of these are on the disk, together or not at all, in the order of the calls.

        JournalFull where the disk is full, JournalFailed where it fails otherwise. Such entries, and those of
        an append that was cancelled, may still be found and applied: send them again under the same ids.
        """
        if not entries:
            return
        done = asyncio.get_running_loop().create_future()
        append = _Append(segments.encode(entries), done)
        waiting = self._waiting
        with waiting.condition:
            if waiting.closing:
                raise JournalFailed("The journal is closed.")
            waiting.appends.append(append)
            waiting.condition.notify()
        await done

    def close(self) -> None:
        """Write what was appended, then end. Later appends raise JournalFailed."""
        with self._waiting.condition:
            self._waiting.closing = True
            self._waiting.condition.notify()
        self._thread.join()

    def _write_for_all(self) -> None:
        waiting = self._waiting
        while True:
            with waiting.condition:
                if not waiting.appends and not waiting.closing:
                    waiting.condition.wait(self._until_too_old())
                appends, waiting.appends = waiting.appends, []
                closing = waiting.closing
            if appends:
                error = self._write(b"".join(append.content for append in appends))
                _resolve(appends, error)
            if closing and not appends:
                break
            self._rotate_when_due()
        self._close_segment()

    def _until_too_old(self) -> float | None:
        segment = self._segment
        if segment is None or segment.empty:
            return None
        return max(0.0, segment.opened + self._most_seconds - time.monotonic())

    def _rotate_when_due(self) -> None:
        segment = self._segment
        if segment is None or segment.empty:
            return
        if segment.size >= self._most_bytes or time.monotonic() - segment.opened >= self._most_seconds:
            # Without room for a new segment the old one stays open: one that is too large is better than
            # none.
            with contextlib.suppress(OSError):
                self._segment = self._open()
                os.close(segment.descriptor)
                return
            segment.opened = time.monotonic()

    def _write(self, content: bytes) -> OSError | None:
        """Write and sync. After a failure the segment is cut back and left: nobody knows its pages."""
        try:
            if self._segment is None:
                self._segment = self._open()
            segment = self._segment
            if segment.empty:
                segment.opened = time.monotonic()
                segment.empty = False
            _write_all(segment.descriptor, content)
            os.fdatasync(segment.descriptor)
            segment.size += len(content)
        except OSError as error:
            self._close_segment()
            return error
        return None

    def _close_segment(self) -> None:
        segment, self._segment = self._segment, None
        if segment is not None:
            with contextlib.suppress(OSError):
                os.ftruncate(segment.descriptor, segment.size)
                os.fsync(segment.descriptor)
            os.close(segment.descriptor)

    def _open(self) -> _Segment:
        """A new segment after all others, its header on the disk. A name that somebody else takes first is
        left to them.
        """
        existing = segments.segments(self._folder)
        sequence = segments.sequence(existing[-1]) + 1 if existing else 1
        header = segments.Header(segment=uuid.uuid4().hex, node=self._node)
        while True:
            path = self._folder / segments.name(sequence)
            try:
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            except FileExistsError:
                sequence += 1
                continue
            segments.lock(descriptor, wait=True)
            if os.fstat(descriptor).st_nlink:
                break
            # the drain took the empty file for one left behind, in the moment before the lock
            os.close(descriptor)
        try:
            content = segments.encode_header(header)
            _write_all(descriptor, content)
            os.fsync(descriptor)
            sync_folder(self._folder)
        except OSError:
            os.close(descriptor)
            path.unlink(missing_ok=True)
            raise
        return _Segment(descriptor, len(content), time.monotonic())


def _write_all(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def _resolve(appends: list[_Append], error: OSError | None) -> None:
    """Tell each append's loop, in one visit per loop. A loop that is closed has nobody left to tell."""
    loops: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
    for append in appends:
        loops.setdefault(append.done.get_loop(), []).append(append.done)
    for loop, futures in loops.items():
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle, futures, error)


def _settle(futures: list[asyncio.Future[None]], error: OSError | None) -> None:
    for future in futures:
        if future.done():
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(_failure(error))


def _failure(error: OSError) -> JournalFailed:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return JournalFull("The disk of the journal is full: make room on it and try again.")
    return JournalFailed(f"The journal cannot write ({error.strerror}): look at the disk that holds it.")

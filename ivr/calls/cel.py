"""Every call is accounted for: those that ended while nobody listened are closed from Asterisk's own event log.

Asterisk writes CEL to a local file: event, time (seconds since 1970), uniqueid, linkedid, and nothing else. A call's
id is its channel's uniqueid. A call that is neither in Asterisk nor in the log (Asterisk itself died) ended at the
latest when it was found missing.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import structlog

from ivr.calls.ids import call_of

log = structlog.get_logger()

ENDS = ("CHAN_END", "LINKEDID_END")


class EventLog:
    """Asterisk's event log, read on from where it was read before; the rotation before it is read at the start."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._inode = 0
        self._read = 0
        self.ended: dict[str, datetime] = {}
        """When each call's own channel ended, for all calls in the log, until `forget`."""

    def read_on(self) -> None:
        """Take in what was written since the last time. A line that is not whole yet waits for the next time."""
        if not self._file.exists():
            return
        inode = self._file.stat().st_ino
        if inode != self._inode:
            before = self._file.with_name(self._file.name + ".1")
            if not self._inode:
                self._take(before, 0)
            elif before.exists() and before.stat().st_ino == self._inode:
                self._take(before, self._read)
            self._inode, self._read = inode, 0
        self._read = self._take(self._file, self._read)

    def forget(self, calls: Iterable[str]) -> None:
        """These are accounted for."""
        for call in calls:
            self.ended.pop(call, None)

    def _take(self, file: Path, start: int) -> int:
        if not file.exists():
            return start
        with file.open("rb") as lines:
            lines.seek(start)
            for line in lines:
                if not line.endswith(b"\n"):
                    break
                start += len(line)
                self._take_line(line.decode(errors="replace"))
        return start

    def _take_line(self, line: str) -> None:
        for row in csv.reader([line]):
            if len(row) == 4 and row[0] in ENDS and call_of(row[2]) == row[2]:
                try:
                    self.ended[row[2]] = datetime.fromtimestamp(float(row[1]), UTC)
                except (ValueError, OverflowError):
                    log.error("a line of the event log cannot be read", line=line.strip())

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

ENDS = ("CHAN_END", "LINKEDID_END")


def ended_at(cel: Path, calls: Iterable[str]) -> dict[str, datetime]:
    """When these calls' channels ended, for those whose end is in the log. Reads the last two rotations too."""
    wanted = set(calls)
    found: dict[str, datetime] = {}
    for file in (cel.with_name(cel.name + ".1"), cel):
        if not wanted or not file.exists():
            continue
        with file.open(newline="", errors="replace") as lines:
            for row in csv.reader(lines):
                if len(row) == 4 and row[0] in ENDS and row[2] in wanted:
                    found[row[2]] = datetime.fromtimestamp(float(row[1]), UTC)
    return found

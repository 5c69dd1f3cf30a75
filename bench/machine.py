"""CPU and memory of processes, by the kernel's own accounts (`/proc`)."""

from __future__ import annotations

import os
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def family(pid: int) -> list[int]:
    """A process and all its descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(entry.name))
    found, queue = [], [pid]
    while queue:
        found.append(queue.pop())
        queue += children.get(found[-1], [])
    return found


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its descendants, those that ended included."""
    total = 0.0
    for member in family(pid):
        try:
            fields = (Path("/proc") / str(member) / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        own = int(fields[11]) + int(fields[12])
        ended = int(fields[13]) + int(fields[14])
        total += (own + ended) / _TICK
    return total


def memory_mb(pid: int) -> float:
    """What a process and its descendants hold for themselves (PSS), in megabytes; RSS where PSS may not be read."""
    total = 0.0
    for member in family(pid):
        try:
            lines = (Path("/proc") / str(member) / "smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
        except OSError:
            try:
                pages = int((Path("/proc") / str(member) / "statm").read_text().split()[1])
            except OSError:
                continue
            total += pages * _PAGE / 1_048_576
    return total

"""Who a part is: its process id together with the moment it began, since ids are used again.

A part writes its own file just before it becomes itself (see `start`), so a watcher that is killed at any
moment leaves no part behind that the next watcher would not find.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_BECOME = 'read -r s </proc/$$/stat && read -r b <%s && echo "$s $b" >"$0.new" && mv "$0.new" "$0" && exec "$@"'


@dataclass(frozen=True)
class Identity:
    pid: int
    began: int
    """Clock ticks from boot to its start (`/proc/PID/stat`, field 22); exec does not change it."""


def look_up(pid: int) -> Identity | None:
    """The process with this id; None where there is none or only a zombie is left."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, began = _state_and_start(stat)
    return None if state in "ZX" else Identity(pid, began)


def is_alive(who: Identity) -> bool:
    return look_up(who.pid) == who


def read(file: Path) -> Identity | None:
    """The living process that wrote this file; None where it is gone or the machine was started anew."""
    try:
        stat, _, boot = file.read_text().strip().rpartition(" ")
        written = Identity(int(stat.split(" ", 1)[0]), _state_and_start(stat)[1])
    except (OSError, ValueError, IndexError):
        return None
    return written if boot == _BOOT.read_text().strip() and is_alive(written) else None


def start(
    command: Sequence[str], file: Path, log: Path, *, cwd: Path, env: Mapping[str, str]
) -> tuple[subprocess.Popen[bytes], Identity]:
    """Start a process in a session of its own, its output appended to `log`, its identity in `file`."""
    with log.open("ab") as output:
        child = subprocess.Popen(
            ["/bin/sh", "-c", _BECOME % _BOOT, str(file), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=cwd,
            env=dict(env),
            start_new_session=True,
        )
    who = look_up(child.pid)
    return child, who or Identity(child.pid, -1)


def is_busy(who: Identity) -> bool:
    """Whether any of its threads runs, waits for a processor, or waits for a disk (states R and D of proc(5)).

    A process that is stopped, or waits for what never comes, does neither.
    """
    for stat in Path(f"/proc/{who.pid}/task").glob("*/stat"):
        with contextlib.suppress(OSError):
            if _state_and_start(stat.read_text())[0] in "RD":
                return True
    return False


def send(who: Identity, number: signal.Signals) -> None:
    """Signal the process if it is still the one that was meant."""
    if is_alive(who):
        _quietly(os.kill, who.pid, number)


def end_group(who: Identity) -> None:
    """SIGKILL the whole process group of a living part."""
    if is_alive(who):
        _quietly(os.killpg, who.pid, signal.SIGKILL)


def end_rest_of_group(pid: int) -> None:
    """SIGKILL what a part that has just died left running in its group."""
    _quietly(os.killpg, pid, signal.SIGKILL)


def _quietly(kill: object, pid: int, number: signal.Signals) -> None:
    try:
        kill(pid, number)  # type: ignore[operator]
    except (ProcessLookupError, PermissionError):
        return


def _state_and_start(stat: str) -> tuple[str, int]:
    """State and start of a `/proc/PID/stat` line. Its second field, in parentheses, may hold anything."""
    fields = stat[stat.rindex(")") + 2 :].split()
    return fields[0], int(fields[19])

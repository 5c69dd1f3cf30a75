"""Asterisk the program: the command that starts it, its console, its version."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from config.settings import Settings


class AsteriskError(Exception):
    """Asterisk could not be asked; the message is for people."""


def program(settings: Settings) -> Path:
    return settings.native / "usr/sbin/asterisk"


def command(settings: Settings) -> list[str]:
    """Starts Asterisk in the foreground (no console, no colour) with the node's rendered configuration."""
    return [str(program(settings)), "-f", "-n", "-C", str(settings.asterisk / "etc/asterisk.conf")]


def console(settings: Settings, line: str, seconds: float = 10.0) -> str:
    """Run one console command in the running Asterisk and return what it prints.

    AsteriskError where none is running or it does not answer within `seconds`.
    """
    try:
        done = subprocess.run(
            [str(program(settings)), "-C", str(settings.asterisk / "etc/asterisk.conf"), "-rx", line],
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AsteriskError(f"Asterisk does not answer its console: {error}") from error
    if done.returncode != 0:
        raise AsteriskError(f"Asterisk does not answer its console: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def asterisk_version(path: Path) -> tuple[int, int, int]:
    """Version of the program at `path`, such as (22, 10, 1). AsteriskError where it cannot be told."""
    try:
        out = subprocess.run(
            [str(path), "-V"], capture_output=True, text=True, timeout=10, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AsteriskError(f"{path} does not run: {error}") from error
    found = re.search(r"Asterisk (?:certified[-/])?(\d+)\.(\d+)(?:\.(\d+))?", out)
    if not found:
        raise AsteriskError(f"{path} does not tell its version: {out.strip()!r}")
    return int(found[1]), int(found[2]), int(found[3] or 0)

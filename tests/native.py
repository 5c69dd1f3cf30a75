"""The native programs that tests start: those of the folder `CENTRO311_PARTS`, or the machine's own."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path


def root() -> Path | None:
    """The private root of native programs, where there is one."""
    parts = os.environ.get("CENTRO311_PARTS")
    return Path(parts) / "native" if parts else None


def program(name: str) -> Path:
    """FileNotFoundError, with the way out, where it is nowhere."""
    if private := root():
        for place in (private, private.with_name("native-tests")):
            for folder in ("usr/bin", "usr/sbin", "usr/lib/chromium"):
                if (found := place / folder / name).exists():
                    return found
    if on_path := shutil.which(name):
        return Path(on_path)
    raise FileNotFoundError(f"{name} is missing: run the tests by `./centro311 test`, which brings it.")


def free_port(host: str = "127.0.0.1") -> int:
    """A TCP port that nobody holds now."""
    with socket.socket() as taken:
        taken.bind((host, 0))
        return int(taken.getsockname()[1])

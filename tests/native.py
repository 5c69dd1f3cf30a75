"""The native programs that tests start: those of the folder `CENTRO311_PARTS`, or the machine's own."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path


def roots() -> list[Path]:
    """The private roots of native programs: the tests' own, and the centre's."""
    parts = os.environ.get("CENTRO311_PARTS")
    return [Path(parts) / "native-tests", Path(parts) / "native"] if parts else []


def program(name: str) -> Path:
    """FileNotFoundError, with the way out, where it is nowhere."""
    for root in roots():
        for folder in ("usr/bin", "usr/sbin", "usr/lib/chromium"):
            if (found := root / folder / name).exists():
                return found
    if on_path := shutil.which(name):
        return Path(on_path)
    raise FileNotFoundError(f"{name} is missing: run the tests by `./centro311 test`, which brings it.")


def free_port(host: str = "127.0.0.1") -> int:
    """A TCP port that nobody holds now; another one each time."""
    with socket.socket() as taken:
        taken.bind((host, 0))
        return int(taken.getsockname()[1])


FIRST_PORT, LANES, PORTS_OF_LANE = 20_000, 8, 1500


def free_ports(count: int, host: str = "127.0.0.1") -> int:
    """The first of so many ports in a row that nobody holds now, neither for TCP nor for UDP.

    Below the range that the kernel gives to outgoing connections, so that none of them is taken by one later. Each
    process of a run looks in a lane of its own: what two find free in one moment is not the same.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    lane = range(FIRST_PORT + worker % LANES * PORTS_OF_LANE, FIRST_PORT + (worker % LANES + 1) * PORTS_OF_LANE)
    begin = os.getpid() * 20 % PORTS_OF_LANE  # runs side by side begin at different places
    starts: list[int] = [*lane[begin::count], *lane[:begin:count]]
    for start in starts:
        ports = range(start, start + count)
        if ports[-1] in lane and all(_is_free(host, port) for port in ports):
            return start
    raise OSError(f"No {count} free ports between {lane[0]} and {lane[-1]}.")


def _is_free(host: str, port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as wanted:
            wanted.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                wanted.bind((host, port))
            except OSError:
                return False
    return True

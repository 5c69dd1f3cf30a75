"""A node whose watcher, PostgreSQL, NATS and Asterisk are real."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from centre import adopt, database
from centre.parts import NAMES
from config.settings import CHECKOUT, Secrets, Settings
from config.signs import ask_sign
from tests.native import free_ports
from tests.parts.dialplans.node import certificate


class Node:
    """One folder, its watcher, and what it says of the parts."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.watcher: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start a watcher, and wait until it says that all is ready."""
        self.watcher = started = self.start_only()
        self.until(lambda: (self.said() or {}).get("ready") or started.poll() is not None, 60, "the centre is ready")
        assert started.poll() is None, self.logs()

    def start_only(self) -> subprocess.Popen[bytes]:
        with (self.settings.log / "watcher.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.parts.watcher.watch", str(self.settings.data)],
                cwd=CHECKOUT,
                stdout=log,
                stderr=log,
            )

    def said(self) -> dict[str, Any] | None:
        said = asyncio.run(ask_sign(self.settings.run / "watcher.sock"))
        return said if said and self.watcher and said["pid"] == self.watcher.pid else None

    def pid(self, name: str) -> int:
        who = adopt.read(self.settings.run / f"{name}.pid")
        return who.pid if who else 0

    def pids(self) -> dict[str, int]:
        return {name: self.pid(name) for name in NAMES}

    def living(self, name: str) -> bool:
        said = self.said()
        return bool(said and said["parts"][name]["living"])

    def until(self, condition: Callable[[], Any], seconds: float, what: str) -> None:
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"not within {seconds} s: {what}\n{self.logs()}")
            time.sleep(0.05)

    def logs(self) -> str:
        """The end of what the watcher wrote, for an error that explains itself."""
        files = sorted(self.settings.log.glob("watcher.*"))
        return "\n".join(file.read_text()[-2000:] for file in files)

    def replaced(self, name: str, before: int, within: float) -> int:
        """Wait until another process is `name` and gives signs of life; its id."""
        self.until(lambda: self.pid(name) not in (0, before) and self.living(name), within, f"{name} is back")
        return self.pid(name)

    def stop(self) -> None:
        if self.watcher is not None and self.watcher.poll() is None:
            self.watcher.send_signal(signal.SIGCONT)
            self.watcher.send_signal(signal.SIGTERM)
            self.watcher.wait(60)

    def clear(self) -> None:
        """End whatever is left, so that a test that failed leaves nothing behind."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.stop()
        if self.watcher is not None and self.watcher.poll() is None:
            self.watcher.kill()
            self.watcher.wait()
        for name in NAMES:
            if who := adopt.read(self.settings.run / f"{name}.pid"):
                adopt.end_group(who)


def make_node(folder: Path) -> Node:
    first = free_ports(10)
    parts = os.environ.get("CENTRO311_PARTS")
    settings = Settings(
        data=folder,
        bind="127.0.0.1",
        sip_port=first,
        http_port=first + 2,
        parts=Path(parts) if parts else None,
    )
    settings.save()
    Secrets(ari_password=secrets.token_urlsafe(16), web_secret=secrets.token_hex(32)).save(folder)
    for made in (settings.run, settings.log):
        made.mkdir()
    certificate(settings.tls)
    database.create(settings)
    return Node(settings)


@pytest.fixture
def node() -> Iterator[Node]:
    """A node of one test's own, not started."""
    folder = Path(tempfile.mkdtemp(prefix="c311-watch-"))
    made = make_node(folder)
    try:
        yield made
    finally:
        made.clear()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def shared() -> Iterator[Node]:
    """A node that runs, for tests that leave it whole."""
    folder = Path(tempfile.mkdtemp(prefix="c311-watch-"))
    made = make_node(folder)
    try:
        made.start()
        yield made
    finally:
        made.clear()
        shutil.rmtree(folder, ignore_errors=True)

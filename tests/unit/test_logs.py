"""The log of a process: who writes into it waits for no disk, and every line arrives."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from config.logs import TRACE
from config.settings import CHECKOUT

LINES = 3000
WRITER = f"""
import structlog
from pathlib import Path
from config.logs import log_to

log_to(Path("log.jsonl"))
for number in range({LINES}):
    structlog.get_logger().info("step", number=number, text="x" * 100)
print("done", flush=True)
"""
WAITER = """
import time
from pathlib import Path
from config.logs import log_to

log_to(Path("log.jsonl"))
print("done", flush=True)
while True:
    time.sleep(1)
"""


def run(program: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("slow", [False, True], ids=["a disk", "a disk that takes nothing for now"])
def test_whoever_logs_goes_on_while_the_disk_stands_still_and_no_line_is_lost(tmp_path: Path, slow: bool) -> None:
    file = tmp_path / "log.jsonl"
    if slow:
        os.mkfifo(file)
        reader = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    writer = run(WRITER, tmp_path)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "done\n"
    if slow:
        os.set_blocking(reader, True)
        with os.fdopen(reader) as lines:
            written = lines.read()
        writer.wait(20)
    else:
        writer.wait(20)
        written = file.read_text()
    assert [json.loads(line)["number"] for line in written.splitlines()] == list(range(LINES))
    writer.communicate()


def test_a_process_prints_on_a_signal_what_it_is_doing_and_goes_on(tmp_path: Path) -> None:
    waiter = run(WAITER, tmp_path)
    try:
        assert waiter.stdout is not None
        assert waiter.stdout.readline() == "done\n"
        waiter.send_signal(TRACE)
        assert waiter.stderr is not None
        assert "most recent call first" in waiter.stderr.readline()
        assert waiter.poll() is None
    finally:
        waiter.send_signal(signal.SIGKILL)
        waiter.communicate()

"""Who a part is: found again by the next watcher, and never mistaken for a process that has its id by chance."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from centre import adopt
from centre.adopt import Identity


@pytest.fixture
def part(tmp_path: Path) -> Iterator[tuple[Identity, Path]]:
    """A part that sleeps, and the file that says who it is."""
    file = tmp_path / "part.pid"
    command = [sys.executable, "-c", "print('up', flush=True); import time; time.sleep(60)"]
    child, who = adopt.start(command, file, tmp_path / "part.log", cwd=tmp_path, env=dict(os.environ))
    while "up" not in (tmp_path / "part.log").read_text():
        os.sched_yield()
    yield who, file
    adopt.end_group(who)
    child.wait()


def test_a_living_part_is_found_by_its_file(part: tuple[Identity, Path]) -> None:
    who, file = part
    assert adopt.read(file) == who
    assert os.getsid(who.pid) == who.pid


def test_a_part_that_ended_is_not_found(part: tuple[Identity, Path]) -> None:
    who, file = part
    adopt.send(who, signal.SIGKILL)
    while adopt.is_alive(who):
        os.sched_yield()
    assert adopt.read(file) is None


def test_another_process_with_its_id_is_neither_found_nor_signalled(part: tuple[Identity, Path]) -> None:
    who, file = part
    stat, _, boot = file.read_text().strip().rpartition(" ")
    head, rest = stat.rsplit(")", 1)
    fields = rest.split()
    fields[19] = str(int(fields[19]) - 1)  # field 22 of the line: when it began
    file.write_text(f"{head}) {' '.join(fields)} {boot}")
    assert adopt.read(file) is None
    adopt.send(Identity(who.pid, who.began - 1), signal.SIGKILL)
    adopt.end_group(Identity(who.pid, who.began - 1))
    assert adopt.is_alive(who)


def test_a_part_of_before_a_restart_of_the_machine_is_not_found(part: tuple[Identity, Path]) -> None:
    _, file = part
    file.write_text(file.read_text().strip().rpartition(" ")[0] + " 00000000-0000-0000-0000-000000000000")
    assert adopt.read(file) is None


@pytest.mark.parametrize("content", ["", "nonsense", "1 (x", "12 (a) b) S 1"])
def test_a_file_that_is_not_whole_names_nobody(tmp_path: Path, content: str) -> None:
    (tmp_path / "part.pid").write_text(content)
    assert adopt.read(tmp_path / "part.pid") is None


SPINS = "print('up', flush=True)\nwhile True: pass"
STANDS_STILL = """
import os
os.mkfifo("nobody-writes")
print('up', flush=True)
# The kernel keeps the parent of a vfork waiting as it keeps who waits for a disk.
os.posix_spawn("/bin/true", ["true"], {}, file_actions=[(os.POSIX_SPAWN_OPEN, 0, "nobody-writes", os.O_RDONLY, 0)])
"""


@pytest.mark.parametrize("program", [SPINS, STANDS_STILL], ids=["runs", "waits for a disk"])
def test_what_runs_or_waits_for_the_machine_is_busy(tmp_path: Path, program: str) -> None:
    command = [sys.executable, "-c", program]
    child, who = adopt.start(command, tmp_path / "part.pid", tmp_path / "part.log", cwd=tmp_path, env=dict(os.environ))
    try:
        while "up" not in (tmp_path / "part.log").read_text():
            os.sched_yield()
        time.sleep(0.5)
        assert [adopt.is_busy(who) for _ in range(20)] == [True] * 20
    finally:
        adopt.end_group(who)
        child.wait()


def test_what_sleeps_is_stopped_or_is_gone_is_not_busy(part: tuple[Identity, Path]) -> None:
    who, _ = part
    time.sleep(0.5)
    assert not adopt.is_busy(who)
    adopt.send(who, signal.SIGSTOP)
    time.sleep(0.5)
    assert not adopt.is_busy(who)
    adopt.end_group(who)
    while adopt.is_alive(who):
        os.sched_yield()
    assert not adopt.is_busy(who)

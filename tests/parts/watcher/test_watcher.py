"""The watcher over real processes: killed, frozen, adopted, late, stopped."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import pytest
from click.testing import CliRunner

from centre import adopt
from centre.commands.status import status
from centre.parts import NAMES
from config.signs import ask_sign
from tests.parts.watcher.conftest import Node

pytestmark = pytest.mark.xdist_group("watcher")


def test_all_six_parts_live_each_in_a_session_of_its_own(shared: Node) -> None:
    pids = shared.pids()
    assert all(pids.values())
    assert all(os.getsid(pid) == pid for pid in pids.values())
    assert all(shared.living(name) for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_part_that_is_killed_is_back_and_the_others_never_noticed(shared: Node, name: str) -> None:
    before = shared.pids()
    os.kill(before[name], signal.SIGKILL)
    shared.replaced(name, before[name], 15)
    after = shared.pids()
    assert {other: after[other] for other in NAMES if other != name} == {
        other: before[other] for other in NAMES if other != name
    }


@pytest.mark.parametrize("name", ["line", "web"])
def test_a_part_that_is_frozen_is_replaced_after_its_limit_and_not_before(shared: Node, name: str) -> None:
    shared.until(lambda: shared.living(name), 10, f"{name} lives")
    before = shared.pid(name)
    frozen = time.monotonic()
    os.kill(before, signal.SIGSTOP)
    shared.until(lambda: shared.pid(name) != before, 10, f"{name} is ended")
    assert time.monotonic() - frozen >= 1.9  # its last sign may be a second old
    shared.replaced(name, before, 10)


def test_a_part_that_hangs_prints_where_before_it_is_ended(shared: Node) -> None:
    shared.until(lambda: shared.living("line"), 10, "line lives")
    before = shared.pid("line")
    stuck = shared.settings.run / "line.stuck"
    stuck.touch()
    shared.until(lambda: shared.pid("line") != before, 10, "line is ended")
    stuck.unlink()
    assert "in describe" in (shared.settings.log / "line.log").read_text()
    shared.replaced("line", before, 10)


def test_a_part_that_is_at_work_is_ended_later_than_one_that_hangs(shared: Node) -> None:
    shared.until(lambda: shared.living("line"), 10, "line lives")
    before = shared.pid("line")
    busy = shared.settings.run / "line.busy"
    busy.touch()
    time.sleep(6.0)
    busy.unlink()
    shared.until(lambda: shared.living("line"), 5, "line is heard again")
    assert shared.pid("line") == before
    busy.touch()
    shared.until(lambda: shared.pid("line") != before, 15, "line is ended")
    busy.unlink()
    shared.replaced("line", before, 10)


def test_what_a_part_started_ends_with_it(shared: Node) -> None:
    before = shared.pid("worker")
    sign = asyncio.run(ask_sign(shared.settings.run / "worker.sock"))
    assert sign is not None
    os.kill(before, signal.SIGKILL)
    shared.replaced("worker", before, 15)
    shared.until(lambda: adopt.look_up(sign["child"]) is None, 5, "the child is gone")


def test_a_second_watcher_says_in_a_sentence_that_one_runs(shared: Node) -> None:
    second = shared.start_only()
    assert second.wait(20) == 1
    said = (shared.settings.log / "watcher.log").read_text()
    assert f"already running (process {shared.watcher and shared.watcher.pid})" in said
    assert "Traceback" not in said


def test_a_watcher_that_was_late_ends_nobody_for_what_it_did_not_hear(shared: Node) -> None:
    assert shared.watcher is not None
    shared.until(lambda: all(shared.living(name) for name in NAMES), 20, "all live")
    before = shared.pids()
    # Both are silent for longer than the limit of `line`: only the watcher's own absence explains it.
    os.kill(shared.watcher.pid, signal.SIGSTOP)
    os.kill(before["line"], signal.SIGSTOP)
    woken = time.monotonic() + 5
    try:
        shared.until(lambda: time.monotonic() > woken, 6, "five seconds pass")
    finally:
        os.kill(shared.watcher.pid, signal.SIGCONT)
        os.kill(before["line"], signal.SIGCONT)
    shared.until(lambda: shared.living("line"), 5, "line is heard again")
    assert shared.pids() == before


def test_a_machine_that_halts_for_two_seconds_again_and_again_costs_nobody_their_process(shared: Node) -> None:
    assert shared.watcher is not None
    shared.until(lambda: all(shared.living(name) for name in NAMES), 20, "all live")
    before = shared.pids()
    # Each halt is shorter than the limit of `line`, which is not heard in any moment between them. What the watcher
    # was awake for counts: half a second of each, and at most one before the first.
    os.kill(before["line"], signal.SIGSTOP)
    try:
        for _ in range(3):
            os.kill(shared.watcher.pid, signal.SIGSTOP)
            time.sleep(2.0)
            os.kill(shared.watcher.pid, signal.SIGCONT)
            time.sleep(0.2)
    finally:
        os.kill(shared.watcher.pid, signal.SIGCONT)
        os.kill(before["line"], signal.SIGCONT)
    shared.until(lambda: shared.living("line"), 5, "line is heard again")
    assert shared.pids() == before


def test_parts_live_on_without_their_watcher_and_the_next_one_adopts_them(node: Node) -> None:
    node.start()
    before = node.pids()
    assert node.watcher is not None
    node.watcher.kill()
    node.watcher.wait()
    assert node.pids() == before

    node.start()
    assert node.pids() == before

    os.kill(before["asterisk"], signal.SIGKILL)
    os.kill(before["line"], signal.SIGSTOP)
    node.replaced("asterisk", before["asterisk"], 15)
    node.replaced("line", before["line"], 15)


def test_stopping_ends_every_part_in_order_and_starting_again_finds_the_data(node: Node) -> None:
    node.start()
    before = node.pids()
    node.stop()
    assert node.watcher is not None
    assert node.watcher.returncode == 0
    assert [adopt.look_up(pid) for pid in before.values()] == [None] * len(before)
    assert not list(node.settings.run.glob("*.pid"))
    told = (node.settings.log / "watcher.log").read_text().split("\n")
    stopped = [line.removeprefix("stopping ") for line in told if line.startswith("stopping ")]
    assert stopped == ["web", "worker", "line", "asterisk", "nats", "postgres"]
    began = time.monotonic()
    node.start()
    assert time.monotonic() - began < 15


def test_a_part_that_cannot_start_is_one_sentence_and_nothing_stays_behind(node: Node) -> None:
    (node.settings.run / "web.broken").touch()
    process = node.start_only()
    assert process.wait(60) == 1
    said = (node.settings.log / "watcher.log").read_text()
    assert "centro311: web ends as soon as it is started: this part is broken (see " in said
    assert "Traceback" not in said
    assert not any(node.pids().values())


def test_a_part_that_dies_again_and_again_is_started_ever_more_rarely(node: Node) -> None:
    node.start()
    broken = node.settings.run / "worker.broken"
    broken.touch()
    os.kill(node.pid("worker"), signal.SIGKILL)

    def starts() -> int:
        said = node.said()
        return int(said["parts"]["worker"]["starts"]) if said else 0

    node.until(lambda: starts() >= 4, 10, "it is tried again")
    pauses = time.monotonic()
    now = starts()
    node.until(lambda: starts() > now, 10, "it is tried once more")
    assert time.monotonic() - pauses > 0.5
    broken.unlink()
    node.until(lambda: node.living("worker"), 20, "it lives")
    told = CliRunner().invoke(status, ["--data", str(node.settings.data)]).output
    worker, line = (next(row for row in told.splitlines() if row.startswith(name)) for name in ("worker", "line"))
    assert f", restarts: {starts() - 1}, the last at 20" in worker
    assert "restarts" not in line


@pytest.mark.long
@pytest.mark.parametrize("name", ["nats", "worker", "asterisk", "postgres"])
def test_a_frozen_server_is_replaced_after_its_longer_limit(node: Node, name: str) -> None:
    node.start()
    before = node.pid(name)
    limit = 10 if name in ("nats", "worker") else 30
    frozen = time.monotonic()
    os.kill(before, signal.SIGSTOP)
    node.until(lambda: node.pid(name) != before, limit + 10, f"{name} is ended")
    assert time.monotonic() - frozen >= limit - 1.2
    node.replaced(name, before, 30)


def test_the_watcher_s_terminal_may_go_without_leaving_parts_unwatched(node: Node) -> None:
    node.start()
    assert node.watcher is not None
    node.watcher.send_signal(signal.SIGHUP)
    assert node.watcher.wait(60) == 0
    assert not any(node.pids().values())

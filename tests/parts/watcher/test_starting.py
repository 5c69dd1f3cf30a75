"""Starting where something is broken: what a new centre says, and what one goes on with that ran before."""

from __future__ import annotations

import os
import signal

import pytest

from centre import database
from centre.parts import NAMES
from tests.parts.watcher.conftest import Node

pytestmark = pytest.mark.xdist_group("watcher")


def told(node: Node) -> str:
    return (node.settings.log / "watcher.log").read_text()


def logged(node: Node, words: str) -> bool:
    return f'"{words}"' in (node.settings.log / "watcher.jsonl").read_text()


def test_a_new_centre_without_its_database_is_one_sentence_and_nothing_stays_behind(node: Node) -> None:
    folder = database.folder(node.settings)
    folder.rename(folder.with_name("away"))
    process = node.start_only()
    assert process.wait(60) == 1
    assert "centro311: postgres ends as soon as it is started" in told(node)
    assert "Traceback" not in told(node)
    assert not any(node.pids().values())


def test_a_part_that_is_long_in_starting_is_named_meanwhile(node: Node) -> None:
    mute = node.settings.run / "web.mute"
    mute.touch()
    node.watcher = node.start_only()
    node.until(lambda: (node.said() or {}).get("awaits") == ["web"], 60, "the web is awaited")
    node.until(lambda: "still waiting for web" in told(node), 30, "whoever looks is told")
    mute.unlink()
    node.until(lambda: (node.said() or {}).get("ready"), 60, "the centre is ready")
    assert (node.said() or {})["awaits"] == []


def test_a_centre_that_ran_before_takes_calls_without_its_database_and_prepares_it_later(node: Node) -> None:
    node.start()
    node.stop()
    folder = database.folder(node.settings)
    folder.rename(folder.with_name("away"))
    node.start()
    assert "Calls are taken meanwhile." in told(node)
    assert "Traceback" not in told(node)
    assert all(node.living(name) for name in NAMES if name != "postgres")
    others = {name: pid for name, pid in node.pids().items() if name != "postgres"}

    folder.with_name("away").rename(folder)
    node.until(lambda: node.living("postgres"), 60, "the database is back")
    node.until(lambda: logged(node, "prepared"), 60, "it is prepared")
    assert {name: pid for name, pid in node.pids().items() if name != "postgres"} == others


def test_where_parts_were_adopted_one_that_cannot_start_stops_none_of_them(node: Node) -> None:
    node.start()
    before = node.pids()
    assert node.watcher is not None
    node.watcher.kill()
    node.watcher.wait()
    broken = node.settings.run / "web.broken"
    broken.touch()
    os.kill(before["web"], signal.SIGKILL)

    node.start()
    assert "web ends as soon as it is started: this part is broken" in told(node)
    assert "The others go on, and it is tried again." in told(node)
    others = [name for name in NAMES if name != "web"]
    assert [node.pid(name) for name in others] == [before[name] for name in others]

    broken.unlink()
    node.replaced("web", before["web"], 60)
    assert [node.pid(name) for name in others] == [before[name] for name in others]


def test_where_the_adopted_parts_lack_their_database_it_is_started_again_and_none_is_stopped(node: Node) -> None:
    node.start()
    before = node.pids()
    assert node.watcher is not None
    node.watcher.kill()
    node.watcher.wait()
    os.kill(before["postgres"], signal.SIGQUIT)
    node.until(lambda: node.pid("postgres") == 0, 20, "the database is gone")
    node.start()
    node.replaced("postgres", before["postgres"], 30)
    others = [name for name in NAMES if name != "postgres"]
    assert [node.pid(name) for name in others] == [before[name] for name in others]

"""What tests of whole calls share: centres lent to several at once, those to break, and who may use what when.

The tests may run in several processes (`pytest -n 6`). Two of them use the same centre: the first who needs it
starts it, the process that leads stops it at the end. Each file of tests that break things has a centre of its own
while it runs.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from config.settings import CHECKOUT
from tests.agents import add_agent
from tests.centre import Centre
from tests.locks import locked

SIP_AGENTS = ("rosa", "ciro", "elsa")
LENT = 3
"""Centres that the tests of calls use. Its queue is one test's alone, and waiting for it would take longest."""
CALM = 16.0
"""Seconds; a test adds a few until it kills something, and from 20 on the watcher forgets earlier deaths."""
SHARED = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    worker = getattr(config, "workerinput", None)
    folder = worker["centres"] if worker else tempfile.mkdtemp(prefix="c311-")
    config.stash[SHARED] = Path(folder)


class ByFile(LoadScopeScheduling):
    """A file's tests follow each other in one process.

    Tests of calls wait more than they work, those that take longest first: `breaking`, then `calls`. Beside them as
    many processes as there are cores are at the other tests, which work more than they wait.
    """

    AT_WORK = 2

    def __init__(self, config: pytest.Config, log: Any) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.split("::", 1)[0]

    def _assign_work_unit(self, node: Any) -> None:
        if file := self._next_for(node):
            self.workqueue.move_to_end(file, last=False)
        super()._assign_work_unit(node)

    def _reschedule(self, node: Any) -> None:
        if self.workqueue and self._next_for(node) is None:
            node.shutdown()
        else:
            super()._reschedule(node)

    def _next_for(self, node: Any) -> str | None:
        """The file that this process should take; None where only work is left, and enough others are at it."""
        calls, work = (next((f for f in self.workqueue if _makes_calls(f) is kind), None) for kind in (True, False))
        # One that was told to end takes nothing more: it must not hold the last ones back.
        others = [f for other, f in self.assigned_work.items() if other is not node and not other.shutting_down]
        at_work = sum(any(not all(t.values()) and not _makes_calls(f) for f, t in files.items()) for files in others)
        return work or calls if at_work < self.AT_WORK else calls


def _makes_calls(file: str) -> bool:
    return file.startswith(("tests/breaking/", "tests/calls/"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return ByFile(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["centres"] = str(node.config.stash[SHARED])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the centres that were started, in the process that leads."""
    if hasattr(config, "workerinput") or SHARED not in config.stash:
        return
    folder = config.stash[SHARED]
    for settings in folder.glob("*/settings.json"):
        subprocess.run(
            [CHECKOUT / "centro311", "down", "--data", settings.parent], stdout=subprocess.DEVNULL, check=False
        )
    if "CENTRO311_KEEP" not in os.environ:
        shutil.rmtree(folder, ignore_errors=True)


PEOPLE = "people-of-tests.json"


async def _start(data: Path) -> Centre:
    """A new centre with its agents, whose passwords lie beside it."""
    centre = await Centre.start(data)
    passwords = {agent: await add_agent(centre, agent) for agent in SIP_AGENTS}
    (data / PEOPLE).write_text(json.dumps(passwords))
    return centre


def _passwords(centre: Centre) -> dict[str, str]:
    passwords: dict[str, str] = json.loads((centre.data / PEOPLE).read_text())
    return passwords


@pytest.fixture(scope="session")
def shared_folder(pytestconfig: pytest.Config) -> Path:
    return pytestconfig.stash[SHARED]


@pytest.fixture(scope="session")
async def centre(shared_folder: Path, worker_id: str) -> Centre:
    """A centre that tests of calls use, several at once: nothing of it is broken."""
    data = shared_folder / f"lent-{int(worker_id.removeprefix('gw')) % LENT if worker_id != 'master' else 0}"
    async with locked(data.with_suffix(".lock")):
        return Centre(data) if (data / PEOPLE).exists() else await _start(data)


@pytest.fixture
async def floor(centre: Centre) -> AsyncIterator[dict[str, str]]:
    """The lent centre's queue, alone: who is at work there is this test's affair. Agents and their passwords."""
    async with locked(centre.data.with_suffix(".floor")):
        yield _passwords(centre)


@pytest.fixture(scope="module")
async def _own(shared_folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[Centre]:
    centre = await _start(shared_folder / request.path.stem)
    yield centre
    await centre.stop()


@pytest.fixture
async def breakable(_own: Centre) -> Centre:
    """The centre of this file of tests, whole again: for a test that breaks it.

    `line` has lived for a while, so that the watcher, which waits longer before each new start of a part that dies
    again and again, starts it at once.
    """
    await _own.ready()
    await _own.has_lived("line", CALM)
    return _own


@pytest.fixture
def people(breakable: Centre) -> dict[str, str]:
    """The agents of the centre to break and their passwords."""
    return _passwords(breakable)


@pytest.fixture
async def machine(request: pytest.FixtureRequest, shared_folder: Path) -> AsyncIterator[None]:
    """Tests of calls share the machine; one marked `alone` loads it fully, and waits until nobody else measures."""
    alone = request.node.get_closest_marker("alone") is not None
    async with locked(shared_folder / "machine.lock", shared=not alone):
        yield


@pytest.fixture
def number() -> str:
    """A caller's number that no other test has: a mobile number of Panama."""
    return f"6{random.SystemRandom().randrange(10**7):07d}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Show with a failed test what its centre's parts wrote meanwhile."""
    report: Any = yield
    if call.when == "call" and report.failed:
        for centre in {id(each): each for each in item.funcargs.values() if isinstance(each, Centre)}.values():  # type: ignore[attr-defined]
            for part in ("line", "web", "worker", "watcher"):
                lines = [json.dumps(line, ensure_ascii=False) for line in centre.log(part) if _since(line, call.start)]
                if lines:
                    report.sections.append((f"{part} of {centre.data}", "\n".join(lines[-80:])))
                printed = centre.settings.log / f"{part}.log"
                if printed.exists() and printed.stat().st_mtime >= call.start:
                    report.sections.append((f"{part} printed", printed.read_text(errors="replace")[-4000:]))
    return report


def _since(line: dict[str, Any], start: float) -> bool:
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(start))
    return str(line.get("at", "")) >= at

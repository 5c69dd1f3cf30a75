"""What the tests that break things do again and again."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from ivr.api import AgentState, CallView, Phase
from tests.agents import CALLER, Agent, at_work
from tests.centre import Centre, eventually
from tests.telephone import Telephone


@dataclass
class Talk:
    """A caller and an agent in conversation."""

    caller: Telephone
    agent: Agent
    call: CallView


@contextlib.asynccontextmanager
async def conversation(centre: Centre, people: dict[str, str], number: str) -> AsyncIterator[Talk]:
    """A conversation about a complaint, heard on both sides. Whoever is still there at the end hangs up."""
    async with (
        at_work(centre, "rosa", people["rosa"]) as rosa,
        centre.phone(number, sends=CALLER) as phone,
    ):
        await phone.dial("311")
        await phone.press("111")
        await rosa.phone.in_call(20)
        await both_hear(phone, rosa.phone)
        yield Talk(phone, rosa, await rosa.in_phase(Phase.TALKING))
        await phone.hang_up()
        await eventually(rosa.view, lambda view: view.state is not AgentState.TALKING, 15)


async def both_hear(caller: Telephone, agent: Telephone) -> None:
    await caller.hear_tone(1000)
    await agent.hear_tone(CALLER)


async def in_menu(phone: Telephone) -> None:
    """Dial and go as far as the main menu, in Spanish."""
    await phone.dial("311")
    await phone.press("1")
    await phone.hear("menu.main", within=15)


async def is_new(centre: Centre, part: str, old: int, within: float = 40) -> None:
    """Wait until another process of this part runs and the centre is ready."""
    await eventually(
        centre.status, lambda status: status["pids"][part] not in (old, None) and status["ready"], within, every=0.25
    )


@contextlib.contextmanager
def unstartable(centre: Centre) -> Iterator[None]:
    """`line` cannot be started while this lasts: the place of its sign of life is taken."""
    place = centre.settings.run / "line.sock"
    place.unlink()
    place.mkdir()
    try:
        yield
    finally:
        place.rmdir()


def group(pid: int, how: signal.Signals) -> None:
    """Send a signal to a part's whole process group."""
    os.killpg(os.getpgid(pid), how)


@contextlib.asynccontextmanager
async def database_away(centre: Centre) -> AsyncIterator[None]:
    """The database answers nobody while this lasts: the server, and each connection's process of its own group."""
    server = await centre.pid("postgres")
    stopped: list[int] = []
    try:
        for pid in (server, *children(server)):
            with contextlib.suppress(ProcessLookupError):  # a connection that has ended meanwhile
                os.kill(pid, signal.SIGSTOP)
                stopped.append(pid)
        yield
    finally:
        for pid in stopped:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def children(parent: int) -> list[int]:
    """The processes that this one has started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(stat.parent.name))
    return found

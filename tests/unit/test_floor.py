"""The floor's own clock: when a wrap-up ends."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from ivr.acd import agent as agent_file
from ivr.acd.floor import Floor
from ivr.acd.ticket import Ticket
from ivr.api import AgentState, AgentView, CallView, Phase

WRAP_UP = 0.05
OFFER = CallView(
    id="n1-1.1",
    offer="n1-1.1-1",
    phase=Phase.OFFERED,
    phone=None,
    anonymous=False,
    language="es",
    choice=None,
    queue="general",
    waited=0.0,
    started_at=datetime.now(UTC),
    cases=[],
)


@pytest.fixture
def shown() -> list[AgentView]:
    """What was published of the agents."""
    return []


@pytest.fixture
def ready() -> asyncio.Event:
    """Ana became ready."""
    return asyncio.Event()


@pytest.fixture
def floor(tmp_path: Path, shown: list[AgentView], ready: asyncio.Event) -> Floor:
    """Ana talks, and her wrap-up will be short."""

    def publish(subject: str, view: msgspec.Struct) -> None:
        if isinstance(view, AgentView):
            shown.append(view)
            if view.state is AgentState.READY:
                ready.set()

    made = Floor(file=tmp_path / "agents.json", wrap_up=WRAP_UP, publish=publish, note_state=lambda *_: None)
    made.know({"ana": "browser"})
    made.talks(OFFER.id, "ana")
    return made


async def test_who_says_ready_while_a_call_is_offered_keeps_it_on_the_screen(floor: Floor) -> None:
    floor.wish("ana", AgentState.READY)
    floor.wrap_up("ana")
    floor.wish("ana", AgentState.READY)
    floor.telephones({"ana"})
    floor.enter(Ticket("n1-1.1", "general", datetime.now(UTC), "es", None))
    assert floor.agents["ana"].state is AgentState.OFFERED
    floor.show("ana", OFFER)
    assert floor.wish("ana", AgentState.READY)
    assert (floor.agents["ana"].state, floor.agents["ana"].call) == (AgentState.OFFERED, OFFER)


async def test_a_login_pauses_whoever_was_ready(floor: Floor) -> None:
    floor.wrap_up("ana")
    floor.wish("ana", AgentState.READY)
    floor.telephones({"ana"})
    floor.logged_in("ana")
    assert (floor.agents["ana"].state, floor.agents["ana"].reason) == (AgentState.PAUSED, "logged in")
    floor.enter(Ticket("n1-1.1", "general", datetime.now(UTC), "es", None))
    assert floor.agents["ana"].state is AgentState.PAUSED


async def test_a_login_leaves_a_call_and_its_wrap_up_as_they_are(floor: Floor, ready: asyncio.Event) -> None:
    floor.logged_in("ana")
    assert (floor.agents["ana"].state, floor.agents["ana"].after) == (AgentState.TALKING, None)
    floor.wrap_up("ana")
    floor.logged_in("ana")
    assert floor.agents["ana"].state is AgentState.WRAP_UP
    await asyncio.wait_for(ready.wait(), 10)


@pytest.mark.parametrize("wrapped_up", [False, True], ids=["in the conversation", "behind it"])
async def test_the_agents_page_is_told_how_the_call_ended(floor: Floor, *, wrapped_up: bool) -> None:
    floor.show("ana", OFFER)
    if wrapped_up:
        floor.wrap_up("ana")
    floor.call_over(OFFER.id, Phase.HUNG_UP)
    ana = floor.agents["ana"]
    assert ana.state is AgentState.WRAP_UP
    assert ana.call is not None
    assert ana.call.phase is Phase.HUNG_UP


async def test_a_wrap_up_ends_by_itself(floor: Floor, ready: asyncio.Event) -> None:
    floor.wrap_up("ana")
    await asyncio.wait_for(ready.wait(), 10)
    assert not floor.write_on("ana")


async def test_a_wrap_up_does_not_end_under_the_hands_of_who_writes(floor: Floor, shown: list[AgentView]) -> None:
    floor.wrap_up("ana")
    before = shown[-1]
    assert floor.write_on("ana")
    await asyncio.sleep(4 * WRAP_UP)
    assert floor.agents["ana"].state is AgentState.WRAP_UP
    assert (shown[-1].state, shown[-1].since) == (before.state, before.since)
    assert before.until is not None
    assert shown[-1].until is not None
    assert shown[-1].until > before.until
    floor.wish("ana", AgentState.READY)


async def test_a_long_wrap_up_is_not_shortened_by_writing(tmp_path: Path) -> None:
    floor = Floor(file=tmp_path / "agents.json", wrap_up=600, publish=lambda *_: None, note_state=lambda *_: None)
    floor.know({"ana": "browser"})
    floor.talks(OFFER.id, "ana")
    floor.wrap_up("ana")
    until = floor.agents["ana"].until
    assert floor.write_on("ana")
    assert floor.agents["ana"].until == until
    floor.wish("ana", AgentState.READY)


async def test_nobody_writes_outside_of_a_wrap_up(floor: Floor) -> None:
    assert not floor.write_on("ana")
    floor.wrap_up("ana")
    floor.wish("ana", AgentState.PAUSED)
    assert not floor.write_on("ana")
    assert not floor.write_on("luis")


async def test_who_answered_a_call_last_is_remembered_after_their_wrap_up(floor: Floor) -> None:
    assert not floor.has_another(OFFER.id, "ana")
    floor.talks(OFFER.id, "luis")
    floor.wrap_up("luis")
    floor.wish("luis", AgentState.READY)
    assert floor.has_another(OFFER.id, "ana")
    assert not floor.has_another(OFFER.id, "luis")
    assert not floor.has_another("n1-1.2", "ana")


async def test_a_wrap_up_of_before_a_restart_refuses_nobody_who_answers_the_call_then(tmp_path: Path) -> None:
    def made() -> Floor:
        return Floor(file=tmp_path / "agents.json", wrap_up=60, publish=lambda *_: None, note_state=lambda *_: None)

    before = made()
    before.know({"ana": "browser", "luis": "browser"})
    before.talks(OFFER.id, "ana")
    before.show("ana", OFFER)
    agent_file.save(tmp_path / "agents.json", agent_file.encode(before.agents.values()))
    floor = made()
    floor.load()
    floor.settle(set())
    assert floor.has_another(OFFER.id, "luis")
    floor.talks(OFFER.id, "luis")
    assert not floor.has_another(OFFER.id, "luis")
    assert floor.has_another(OFFER.id, "ana")

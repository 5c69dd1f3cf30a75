"""What an operator asks the centre on the command line."""

from __future__ import annotations

from ivr.api import Phase
from tests.agents import at_work
from tests.centre import Centre


async def test_status_and_lists_tell_of_a_call_in_progress(centre: Centre, floor: dict[str, str], number: str):
    async with at_work(centre, "rosa", floor["rosa"]) as rosa, centre.phone(number) as phone:
        await phone.dial("311")
        call = await centre.call_id(number)
        await phone.press("111")
        await rosa.phone.in_call(15)
        await rosa.in_phase(Phase.TALKING)
        status = await centre.json("status")
        assert status["ready"] is True
        assert status["calls"] >= 1
        assert status["agents"] >= 1
        assert status["asterisk"].startswith("22.")
        assert set(status["pids"]) == {"line", "web", "worker", "asterisk", "postgres", "nats"}
        assert all(status["pids"].values())
        assert "rosa talking" in await centre.run("status")
        agents = await centre.json("agent", "list")
        assert {"name": "rosa", "role": "agent", "phone": "sip", "state": "talking", "connected": True} in agents
        await phone.hang_up()
    await centre.ended_call(call)
    [row] = [row for row in await centre.json("call", "list") if row["id"] == call]
    assert set(row) == {"id", "caller", "started_at", "ended_at", "outcome", "case_number", "agent"}
    assert row["outcome"] == "answered"
    shown = await centre.json("case", "show", row["case_number"])
    assert set(shown) == {"number", "type", "state", "language", "call_id", "opened_at"}
    assert shown in await centre.json("case", "list")
    told = await centre.run("case", "show", row["case_number"])
    assert "answered, agent rosa" in told
    assert "none yet" in told
    assert "opened" in told
    story = await centre.run("logs", "--call", call)
    assert "rosa" in story
    assert number not in story


async def test_an_agent_with_a_telephone_works_without_a_browser(centre: Centre, floor: dict[str, str], number: str):
    async with centre.phone("agent-rosa", password=floor["rosa"], answers=True, sends=1000) as telephone:
        await centre.run("agent", "state", "rosa", "ready")
        async with centre.phone(number) as phone:
            await phone.dial("311")
            await phone.press("10")
            await telephone.in_call(15)
            await phone.hear_tone(1000)
            await centre.run("agent", "state", "rosa", "paused")
            await phone.hang_up()
        await centre.run("agent", "state", "rosa", "offline")

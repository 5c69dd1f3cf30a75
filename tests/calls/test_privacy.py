"""A caller's number is where it may be, and nowhere else."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from ivr.api import AgentState, Phase
from tests.agents import at_work
from tests.centre import Centre, eventually


def files_with(number: str, folder: Path) -> list[str]:
    """The files below a folder that hold these digits, databases' own files left out."""
    found = subprocess.run(
        ["grep", "-rlaF", "--exclude-dir=postgres", "--exclude-dir=venv", "--", number, str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.splitlines()


async def tables_with(centre: Centre, number: str) -> set[str]:
    """The tables in which these digits stand in any column."""
    tables = await centre.rows("select tablename from pg_tables where schemaname = 'public'")
    found = set()
    for (name,) in tables:
        query = f"select 1 from \"{name}\" as t where t::text like '%' || :number || '%' limit 1"  # noqa: S608
        if await centre.rows(query, number=number):
            found.add(name)
    return found


async def test_an_anonymous_denunciation_leaves_no_trace_of_its_caller(
    centre: Centre, floor: dict[str, str], number: str
):
    async with at_work(centre, "rosa", floor["rosa"]) as rosa, centre.phone(number, sends=850) as phone:
        await phone.dial("311")
        call_id = await centre.call_id(number)
        await phone.press("112")
        await phone.hear("ask.anonymous", within=15)
        await phone.press("1")
        await phone.hear("anonymous.confirmed")
        await rosa.phone.in_call(15)
        call = await rosa.in_phase(Phase.TALKING)
        assert (call.phone, call.anonymous, call.choice) == (None, True, "denunciation")
        assert (await rosa.save(call, type="denunciation")).ok
        await phone.hang_up()
        await rosa.becomes(AgentState.WRAP_UP)
    await centre.nothing_is_left_of(call_id)
    row = await centre.ended_call(call_id)
    assert row["caller"] is None
    assert (await centre.case(call.cases[0].number))["state"] == "new"
    assert await tables_with(centre, number) == set()
    assert files_with(number, centre.data) == []
    assert list(centre.settings.recordings.rglob(f"{call_id}-*.wav")) == []


async def test_a_known_callers_number_stands_in_one_table_alone(centre: Centre, floor: dict[str, str], number: str):
    async with at_work(centre, "rosa", floor["rosa"]) as rosa, centre.phone(number) as phone:
        await phone.dial("311")
        call_id = await centre.call_id(number)
        await phone.press("111")
        await rosa.phone.in_call(15)
        await rosa.in_phase(Phase.TALKING)
        await phone.hang_up()
        await rosa.becomes(AgentState.WRAP_UP)
    row = await centre.ended_call(call_id)
    assert row["caller"]
    assert await tables_with(centre, number) == {"phone"}

    async def files() -> list[str]:
        return files_with(number, centre.data)

    # The journal is emptied once it is applied.
    await eventually(files, lambda found: not found, 60, every=1)


async def test_an_agent_can_make_a_call_anonymous_afterwards(centre: Centre, floor: dict[str, str], number: str):
    async with at_work(centre, "rosa", floor["rosa"]) as rosa, centre.phone(number) as phone:
        await phone.dial("311")
        await phone.press("111")
        await rosa.phone.in_call(15)
        call = await rosa.in_phase(Phase.TALKING)
        await eventually(lambda: tables_with(centre, number), within=15)
        assert (await rosa.make_anonymous(call)).ok
        await phone.hang_up()
        await rosa.becomes(AgentState.WRAP_UP)
    assert (await centre.ended_call(call.id))["caller"] is None
    assert list(centre.settings.recordings.rglob(f"{call.id}-*.wav")) == []
    told = await centre.run("case", "show", call.cases[0].number)
    assert re.search(r"made-anonymous +rosa$", told, re.MULTILINE)

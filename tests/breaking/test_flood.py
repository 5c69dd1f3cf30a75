"""Six hundred callers at once."""

from __future__ import annotations

import asyncio
import csv
from pathlib import Path

import pytest

from tests.breaking.steps import both_hear, conversation, in_menu
from tests.centre import Centre, eventually
from tests.native import program

CALLS = 600
SCENARIO = Path(__file__).with_name("flood.xml")


@pytest.mark.alone
async def test_a_flood_of_six_hundred_calls_harms_neither_who_talks_nor_who_calls_afterwards(
    breakable: Centre, people: dict[str, str], number: str, tmp_path: Path
):
    before = (await breakable.status())["pids"]
    async with conversation(breakable, people, number) as talk:
        sipp = await asyncio.create_subprocess_exec(
            str(program("sipp")),
            *(f"127.0.0.1:{breakable.settings.sip_port}", "-i", "127.0.0.1", "-sf", str(SCENARIO)),
            *("-r", str(CALLS), "-m", str(CALLS), "-l", str(CALLS), "-timeout", "90s"),
            *("-trace_stat", "-stf", str(tmp_path / "flood.csv"), "-nostdin"),
            cwd=tmp_path,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        while sipp.returncode is None:
            await both_hear(talk.caller, talk.agent.phone)
            await asyncio.sleep(0.5)
            if sipp.stderr is not None and sipp.stderr.at_eof():
                await sipp.wait()
        counts = last_row(tmp_path / "flood.csv")
        assert int(counts["TotalCallCreated"]) == CALLS
        assert int(counts["SuccessfulCall(C)"]) == CALLS, counts
        await talk.agent.phone.hang_up()
        await talk.caller.hear("case.number_is", within=15)
        await talk.caller.hang_up()
        await breakable.nothing_is_left_of(talk.call.id)

    async def left() -> int:
        return len(await breakable.ari("channels")) + len(await breakable.ari("bridges"))

    await eventually(left, lambda things: things == 0, 30)
    assert (await breakable.status())["pids"] == before
    async with breakable.phone(f"7{number[1:]}") as phone:
        await in_menu(phone)

    async def open_calls() -> int:
        return int((await breakable.rows("select count(*) from call where ended_at is null"))[0][0])

    await eventually(open_calls, lambda calls: calls == 0, 60, every=1)


def last_row(path: Path) -> dict[str, str]:
    """SIPp's last line of statistics."""
    with path.open() as file:
        return list(csv.DictReader(file, delimiter=";"))[-1]

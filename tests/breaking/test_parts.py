"""The other parts die or stop; calls go on."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
import time
import uuid

import pytest

import dialplans
from centre import health
from config.settings import CHECKOUT
from config.signs import ask_sign
from ivr.api import AgentState, Phase
from ivr.prompts import CaseNumber, Key
from tests.agents import CALLER, at_work
from tests.breaking.steps import both_hear, conversation, database_away, group, in_menu, is_new
from tests.calls.asking import ask_for, well_formed
from tests.centre import Centre, eventually, launch


async def test_web_killed_in_a_conversation_is_not_heard(breakable: Centre, people: dict[str, str], number: str):
    async with conversation(breakable, people, number) as talk:
        old = await breakable.kill("web")
        for _ in range(4):
            await both_hear(talk.caller, talk.agent.phone)
            await asyncio.sleep(0.5)
        await is_new(breakable, "web", old)
        await talk.agent.phone.hang_up()
        await talk.caller.hear("case.number_is", within=15)


async def test_a_killed_watcher_is_run_again_and_adopts_what_lives(
    breakable: Centre, people: dict[str, str], number: str
):
    async with conversation(breakable, people, number) as talk:
        before = (await breakable.status())["pids"]
        watcher = await ask_sign(breakable.settings.run / "watcher.sock")
        assert watcher
        os.kill(watcher["pid"], signal.SIGKILL)
        await both_hear(talk.caller, talk.agent.phone)
        await launch("up", "--detach", "--data", str(breakable.data), within=90)
        await breakable.ready()
        assert (await breakable.status())["pids"] == before
        await both_hear(talk.caller, talk.agent.phone)
        # It watches again: what dies now is started again.
        old = await breakable.kill("worker")
        await is_new(breakable, "worker", old)
        await both_hear(talk.caller, talk.agent.phone)


async def test_after_a_crash_of_asterisk_new_calls_are_served_and_lost_ones_accounted_for(
    breakable: Centre, people: dict[str, str], number: str
):
    async with (
        at_work(breakable, "rosa", people["rosa"]) as rosa,
        breakable.phone(number, sends=CALLER) as phone,
        breakable.phone(f"7{number[1:]}") as other,
    ):
        await phone.dial("311")
        talked = await breakable.call_id(number)
        await phone.press("111")
        await rosa.phone.in_call(20)
        await in_menu(other)
        listened = await breakable.call_id(f"7{number[1:]}")
        old = await breakable.kill("asterisk")
        await is_new(breakable, "asterisk", old)
        assert (await breakable.ended_call(talked, within=60))["outcome"] == "answered"
        assert (await breakable.ended_call(listened, within=60))["outcome"] == "abandoned"
        for call in (talked, listened):
            story = await breakable.run("logs", "--call", call, "--language", "en")
            assert "The exchange (Asterisk) falls: the calls that it held are cut off." in story
        await phone.hang_up()
        await other.hang_up()
        await in_menu(other)
        await other.hang_up()


async def test_with_nats_away_calls_go_on_to_the_number(breakable: Centre, people: dict[str, str], number: str):
    async with conversation(breakable, people, number) as talk:
        nats = await breakable.pid("nats")
        group(nats, signal.SIGSTOP)
        await both_hear(talk.caller, talk.agent.phone)
        async with breakable.phone(f"7{number[1:]}") as other:
            await in_menu(other)
            await other.press("2")
            await other.hear("ask.case_number")
        await talk.agent.phone.hang_up()
        await talk.caller.hear("case.number_is", within=15)
        await talk.caller.hear_number(CaseNumber(talk.call.cases[0].number))
        # The watcher ends what gives no sign, and starts it again.
        await is_new(breakable, "nats", nats, within=40)
        await eventually(talk.agent.view, within=20)


async def test_with_the_database_away_calls_come_in_and_an_agent_saves(
    breakable: Centre, people: dict[str, str], number: str
):
    """Twenty seconds without a database: a draft is opened, saved and read out; a status is "not available now"."""
    second = f"7{number[1:]}"
    async with (
        at_work(breakable, "rosa", people["rosa"]) as rosa,
        breakable.phone(number, sends=CALLER) as phone,
        breakable.phone(second) as asking,
    ):
        stopped = time.monotonic()
        async with database_away(breakable):
            await phone.dial("311")
            await phone.press("111")
            await rosa.phone.in_call(15)
            await both_hear(phone, rosa.phone)
            call = await rosa.in_phase(Phase.TALKING)
            entry = str(uuid.uuid4())
            for _ in range(2):  # the page sends it again where the answer was lost
                assert (await rosa.save(call, subject="Sin base de datos", entry=entry)).ok
            await in_menu(asking)
            await asking.press("22")
            await asking.press("6000000")
            await asyncio.sleep(max(0.0, stopped + 20 - time.monotonic()))
        await rosa.phone.hang_up()
        case = call.cases[0].number
        await phone.hear_number(CaseNumber(case))
        await asking.hang_up()
        await eventually(lambda: breakable.cases_of(call.id), lambda cases: cases and cases[0]["state"] == "new", 40)
        await phone.hear_number(Key(await breakable.key_of(case)))
        await phone.hang_up()
        await rosa.becomes(AgentState.WRAP_UP, AgentState.READY)
    assert (await breakable.ended_call(call.id))["outcome"] == "answered"
    assert len(await breakable.cases_of(call.id)) == 1
    saved = await breakable.rows(
        "select count(*) from case_history where case_number = :number and what = 'confirmed'", number=case
    )
    assert saved[0][0] == 1


async def test_a_trunk_is_taken_into_use_and_out_of_it_with_the_database_away(breakable: Centre):
    async def known() -> bool:
        told = await asyncio.to_thread(dialplans.console, breakable.settings, "pjsip show endpoints")
        return "trunk-carrier" in told

    async with database_away(breakable):
        assert "Trunk carrier is in use." in await breakable.run("trunk", "add", "carrier", "192.0.2.5")
        await eventually(known)
        assert await breakable.run("trunk", "outside", "104") == "104\n"
        assert "exten => 104," in (breakable.settings.asterisk / "etc/extensions.conf").read_text()
        assert "Trunk carrier is removed." in await breakable.run("trunk", "remove", "carrier")
        await eventually(known, lambda there: not there)
        await breakable.run("trunk", "outside", "--none")
    await breakable.ready()
    assert "agent-rosa" in await asyncio.to_thread(dialplans.console, breakable.settings, "pjsip show endpoints")


async def test_that_the_database_is_away_is_told_with_what_mends_it(breakable: Centre):
    async with database_away(breakable):
        told = await asyncio.to_thread(health.examine, breakable.data)
    [database] = [each for each in told if each.what == "database"]
    assert database.cure is not None
    assert "logs watcher" in database.cure


@pytest.mark.parametrize("together", ["12", "55", "123", "551"])
async def test_keys_that_reach_asterisk_in_one_moment_count_once_each(breakable: Centre, number: str, together: str):
    """Asterisk reports all but the first twice where they came while it stood still."""
    case = next(case for case in iter(well_formed, None) if case[4:].startswith(together))
    async with breakable.phone(number) as phone:
        await ask_for(phone, case[:4])
        asterisk = await breakable.kill("asterisk", signal.SIGSTOP)
        try:
            await phone.press(together)
        finally:
            os.kill(asterisk, signal.SIGCONT)
        await phone.press(case[4 + len(together) :])
        await phone.hear("case.unknown", within=15, whole=True)


async def test_while_asterisk_is_late_new_callers_hear_that_the_centre_is_busy(breakable: Centre, number: str):
    asterisk = await breakable.pid("asterisk")

    async def shut_until() -> int:
        told = await breakable.ari("asterisk/variable?variable=C311_BUSY")
        return int(told["value"] or 0)

    async with breakable.phone(number) as inside, breakable.phone(f"7{number[1:]}") as late:
        await in_menu(inside)
        assert await shut_until() < time.time()
        for _ in range(8):
            os.kill(asterisk, signal.SIGSTOP)
            await asyncio.sleep(0.5)
            os.kill(asterisk, signal.SIGCONT)
            await asyncio.sleep(0.05)
        assert await shut_until() > time.time()
        await late.dial("311")
        await late.hear("busy")
        await late.ended(20)
        await inside.press("1")
        await inside.hear("menu.report")
        await eventually(shut_until, lambda until: until < time.time())
        await late.dial("311")
        await late.hear("greeting")
        await late.hang_up()
        await inside.hang_up()


async def test_an_agent_added_while_asterisk_stands_still_is_not_said_to_be_in_use_and_the_named_cure_helps(
    breakable: Centre,
):
    async def endpoints() -> str:
        return await asyncio.to_thread(dialplans.console, breakable.settings, "pjsip show endpoints")

    asterisk = await breakable.pid("asterisk")
    group(asterisk, signal.SIGSTOP)
    try:
        command = ("agent", "add", "tarde", "--phone", "browser", "--data", str(breakable.data))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "centre", *command),
            cwd=CHECKOUT,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        printed, complaint = (each.decode() for each in await process.communicate())
    finally:
        group(asterisk, signal.SIGCONT)
    assert "Added" not in printed
    assert "Password for the desktop: " in printed
    assert "The change to tarde is kept, but NOT in use yet, since Asterisk does not answer" in complaint
    assert "agent change tarde --phone browser" in complaint
    assert (await breakable.agent_view("tarde")).agent == "tarde"
    await breakable.ready()
    assert await breakable.run("agent", "change", "tarde", "--phone", "browser") == "tarde is now: agent, browser.\n"
    assert "agent-tarde" in await endpoints()
    assert "tarde is out of use" in await breakable.run("agent", "remove", "tarde")
    assert "agent-tarde" not in await endpoints()


async def test_a_status_with_the_database_away_is_not_available_and_never_unknown(breakable: Centre, number: str):
    [(case,)] = await breakable.rows('select number from "case" limit 1') or [(None,)]
    async with breakable.phone(number) as phone:
        async with database_away(breakable):
            await in_menu(phone)
            await phone.press("2")
            await phone.hear("ask.case_number")
            await phone.press(case or "2600000001")
            assert await phone.hear_any("case.unavailable", "case.unknown", within=20) == "case.unavailable"
        await phone.hang_up()


async def test_with_a_disk_that_takes_nothing_no_number_is_read_out_and_nothing_is_lost(
    breakable: Centre, people: dict[str, str], number: str
):
    """`line` may write no byte: the journal refuses, and so do its logs and the agents' file."""
    async with at_work(breakable, "rosa", people["rosa"]) as rosa, breakable.phone(number, sends=CALLER) as phone:
        line = await breakable.pid("line")
        limits = resource.prlimit(line, resource.RLIMIT_FSIZE)
        resource.prlimit(line, resource.RLIMIT_FSIZE, (0, limits[1]))
        try:
            await phone.dial("311")
            await phone.press("111")
            await rosa.phone.in_call(20)
            await both_hear(phone, rosa.phone)
            call = await rosa.in_phase(Phase.TALKING)
            refused = await rosa.save(call)
            assert (refused.ok, refused.error) == (False, "not-written")
            await rosa.phone.hang_up()
            assert await phone.hear_any("service.error", "case.number_is", within=20) == "service.error"
            await phone.hang_up()
            sign = await ask_sign(breakable.settings.run / "line.sock")
            assert sign
            assert sign["unwritten"] > 0
        finally:
            resource.prlimit(line, resource.RLIMIT_FSIZE, limits)
        await eventually(lambda: breakable.cases_of(call.id), lambda cases: cases and cases[0]["state"] == "draft", 40)
        # What was refused was refused: the agent's page has it still, and saves it again.
        assert (await rosa.save(call)).ok
        await eventually(lambda: breakable.cases_of(call.id), lambda cases: cases[0]["state"] == "new", 40)
    assert (await breakable.ended_call(call.id, within=40))["outcome"] == "answered"
    assert await breakable.pid("line") == line


@pytest.mark.parametrize("part", ["web", "worker", "nats"])
async def test_each_part_that_is_killed_comes_back(breakable: Centre, number: str, part: str):
    async with breakable.phone(number) as phone:
        await in_menu(phone)
        old = await breakable.kill(part)
        await phone.press("1")
        await phone.hear("menu.report")
        await is_new(breakable, part, old)
        await phone.press("0")
        await phone.hear("queue.connecting")

"""The commands of an administrator on a centre that runs."""

from __future__ import annotations

import asyncio
import re
import sys

import pytest
from stdnum import damm

import dialplans
from centre.parts import NAMES
from centre.setup import accounts
from config.settings import CHECKOUT
from ivr.api import Phase
from tests.agents import at_work
from tests.centre import Centre, eventually
from tests.telephone import telephone

NOBODYS = f"269999999{damm.calc_check_digit('269999999')}"
"""A well-formed number that no call was given."""


async def refused(*arguments: str) -> str:
    """A command that must fail: its one sentence."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "centre", *arguments),
        cwd=CHECKOUT,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, complaint = await process.communicate()
    assert process.returncode == 1
    told = complaint.decode()
    assert told.startswith("centro311: ")
    assert "Traceback" not in told
    assert len(told.strip().splitlines()) == 1
    return told


async def test_status_tells_what_runs(centre: Centre) -> None:
    status = await centre.json("status")
    assert list(status) == ["ready", "sip", "web", "asterisk", "calls", "agents", "waiting", "pids"]
    assert status["ready"] is True
    assert status["sip"] == f"sip:311@127.0.0.1:{centre.settings.sip_port}"
    assert status["web"] == f"http://localhost:{centre.settings.http_port}/"
    assert tuple(map(int, status["asterisk"].split("+")[0].split("."))) >= (22, 10, 1)
    assert set(status["pids"]) == set(NAMES)
    assert all(status["pids"].values())
    told = await centre.run("status")
    assert "ready" in told
    labels = [line.split()[0] for line in told.splitlines()]
    assert len(labels) == len(set(labels))


async def test_doctor_finds_nothing_wrong(centre: Centre) -> None:
    told = await centre.run("doctor")
    assert told.endswith("Nothing is missing.\n"), told


async def test_a_second_up_says_in_a_sentence_that_the_centre_runs(centre: Centre) -> None:
    assert "is already running" in await refused("up", "--data", str(centre.data))


async def test_an_agent_with_a_sip_telephone_works_without_a_browser(centre: Centre) -> None:
    printed = await centre.run("agent", "add", "tito", "--phone", "sip", stdin="a long password\n")
    assert "a long password" not in printed
    keys = dict(line.split(None, 1) for line in printed.splitlines() if line.startswith("  "))
    assert keys["user"] == "agent-tito"
    assert str(centre.settings.sip_port) in keys["server"]

    listed = {each["name"]: each for each in await centre.json("agent", "list")}
    assert listed["tito"] == {
        "name": "tito",
        "role": "agent",
        "phone": "sip",
        "state": "offline",
        "connected": False,
    }
    async with telephone(centre.settings.sip_port, centre.prompts, number="agent-tito", password=keys["password"]):
        await centre.run("agent", "state", "tito", "paused")
        states = {each["name"]: each["state"] for each in await centre.json("agent", "list")}
        assert states["tito"] == "paused"
        assert "tito paused" in await centre.run("status")
        await centre.run("agent", "state", "tito", "offline")
        # Whoever registered with the old password gets no call any more.
        assert "agent-tito/sip" in dialplans.console(centre.settings, "pjsip show contacts")
        renewed = await centre.run("agent", "password", "tito", stdin="another long password\n")
        assert "agent-tito/sip" not in dialplans.console(centre.settings, "pjsip show contacts")
    new_keys = dict(line.split(None, 1) for line in renewed.splitlines() if line.startswith("  "))
    assert new_keys["password"] != keys["password"]
    async with telephone(
        centre.settings.sip_port, centre.prompts, number="agent-tito", password=new_keys["password"]
    ) as renewed_phone:
        await renewed_phone.registered()
    await centre.run("agent", "remove", "tito")
    assert "tito" not in [each["name"] for each in await centre.json("agent", "list")]
    everybody = {each["name"]: each["state"] for each in await centre.json("agent", "list", "--all")}
    assert everybody["tito"] == "removed"
    await centre.run("agent", "restore", "tito")
    assert "tito" in [each["name"] for each in await centre.json("agent", "list")]
    told = await centre.run("agent", "change", "tito", "--phone", "browser", "--role", "supervisor")
    assert told == "tito is now: supervisor, browser.\n"
    changed = {each["name"]: each for each in await centre.json("agent", "list")}
    assert (changed["tito"]["phone"], changed["tito"]["role"]) == ("browser", "supervisor")
    await centre.run("agent", "remove", "tito")


async def test_a_password_that_is_made_can_be_read_and_typed(centre: Centre) -> None:
    printed = await centre.run("agent", "add", "ines", "--phone", "browser")
    assert re.search(r"^Password for the desktop: ([a-z2-9]{4}-){2}[a-z2-9]{4}$", printed, re.MULTILINE)
    await centre.run("agent", "remove", "ines")


async def test_a_new_password_takes_no_telephone_out_of_its_conversation(
    centre: Centre, floor: dict[str, str], number: str
) -> None:
    printed = await centre.run("agent", "add", "nora", "--phone", "sip", stdin="a long password\n")
    keys = dict(line.split(None, 1) for line in printed.splitlines() if line.startswith("  "))
    async with centre.phone(number) as phone, at_work(centre, "nora", keys["password"]) as nora:
        await phone.dial("311")
        await phone.press("111")
        await nora.phone.in_call(15)
        await nora.in_phase(Phase.TALKING)
        told = await centre.run("agent", "password", "nora", stdin="another long password\n")
        assert "nora is in a call" in told
        assert "agent-nora/sip" in dialplans.console(centre.settings, "pjsip show contacts")
        await nora.phone.hang_up()
        await phone.hang_up()
    await centre.run("agent", "remove", "nora")


async def test_with_a_new_password_the_first_one_is_taken_out_of_the_file(centre: Centre) -> None:
    first = accounts.read(accounts.file(centre.settings))
    assert "luis" in [account.name for account in first]
    await centre.run("agent", "password", "luis", stdin="a password of their own\n")
    assert accounts.read(accounts.file(centre.settings)) == [each for each in first if each.name != "luis"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("agent", "add", "Ana María", "--phone", "sip", "--password", "long enough"), "A login name has"),
        (("agent", "add", "eva", "--phone", "browser", "--password", "short"), "A password has at least"),
        (("agent", "state", "nobody-of-that-name", "ready"), "There is no such agent"),
        (("case", "show", NOBODYS), f"There is no case {NOBODYS}"),
        (("case", "show", "26 0000"), "26 0000 is no case number: it has ten digits"),
        (("logs", "--call", "n1-0.0"), "Nothing is logged of a call n1-0.0"),
        (("logs", "--call", NOBODYS), f"case show {NOBODYS}"),
        (("agent", "change", "ana"), "Name what is to change"),
        (("trunk", "test", "nowhere"), "There is no trunk nowhere"),
        (("trunk", "add", "bad name", "192.0.2.1"), "The name of trunk"),
    ],
)
async def test_what_cannot_be_is_one_sentence(centre: Centre, arguments: tuple[str, ...], sentence: str) -> None:
    assert sentence in await refused(*arguments, "--data", str(centre.data))


async def test_a_call_is_listed_and_its_story_told(centre: Centre, number: str) -> None:
    async with centre.phone(number) as phone:
        await phone.dial("311")
        call = await centre.call_id(number)
        await phone.hear("greeting")
        assert (await centre.json("status"))["calls"] >= 1
        await phone.hang_up()
    ended = await centre.ended_call(call)
    listed = {each["id"]: each for each in await centre.json("call", "list")}
    assert listed[call] == ended
    assert set(ended) == {"id", "caller", "started_at", "ended_at", "outcome", "case_number", "agent"}
    told = await centre.run("logs", "--call", call, "--language", "en")
    assert "Step 'greeting' of the menu." in told
    assert "End of the call: " in told
    assert number not in told
    everything = await centre.run("logs", "-n", "2000")
    assert number not in everything


async def test_logs_follow_what_is_written(centre: Centre, number: str) -> None:
    command = (sys.executable, "-m", "centre", "logs", "line", "-n", "1", "--follow", "--data", str(centre.data))
    following = await asyncio.create_subprocess_exec(*command, cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE)
    assert following.stdout is not None
    try:
        await asyncio.wait_for(following.stdout.readline(), 10)
        async with centre.phone(number) as phone:
            await phone.dial("311")
            call = await centre.call_id(number)
            await phone.hang_up()
        async with asyncio.timeout(20):
            while call not in (await following.stdout.readline()).decode():
                pass
    finally:
        following.terminate()
        await following.wait()


async def test_a_trunk_is_added_tried_and_removed(centre: Centre) -> None:
    host = ("127.0.0.1", "--port", str(centre.settings.sip_port))
    try:
        await centre.run("trunk", "add", "loop", *host, "--source", "192.0.2.99", "--number-prefix", "+507")
        [listed] = [each for each in await centre.json("trunk", "list") if each["name"] == "loop"]
        assert listed["number_prefix"] == "+507"
        assert listed["password"] is None

        async def tried() -> list[dict[str, object]]:
            return list(await centre.json("trunk", "test", "loop"))

        # The carrier is our own Asterisk here: any answer of it shows that SIP comes through.
        steps = await eventually(tried, within=20)
        assert [step["what"] for step in steps] == ["name", "answer", "incoming calls"]
        assert all(step["works"] for step in steps)
        assert "says " in str(steps[1]["told"])
    finally:
        await centre.run("trunk", "remove", "loop")
    assert "loop" not in [each["name"] for each in await centre.json("trunk", "list")]


async def test_a_trunk_whose_name_nobody_knows_is_added_and_told_of(centre: Centre) -> None:
    command = ("trunk", "add", "nowhere", "nosuch.invalid", "--data", str(centre.data))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "centre", *command), cwd=CHECKOUT, stderr=asyncio.subprocess.PIPE
    )
    _, told = await process.communicate()
    assert process.returncode == 0
    assert "The name service does not know nosuch.invalid" in told.decode()
    assert "Trunk nowhere is removed." in await centre.run("trunk", "remove", "nowhere")


async def test_the_numbers_that_may_be_called_are_an_administrator_s(centre: Centre) -> None:
    dialplan = centre.settings.asterisk / "etc" / "extensions.conf"
    try:
        assert (await centre.run("trunk", "outside", "104", "911")).strip() == "104, 911"
        assert "exten => 104," in dialplan.read_text()
        assert "is no number to call" in await refused("trunk", "outside", "12ab", "--data", str(centre.data))
        assert (await centre.run("trunk", "outside")).strip() == "104, 911"
    finally:
        assert (await centre.run("trunk", "outside", "--none")).strip() == "No outside number is listed."
    assert "exten => 104," not in dialplan.read_text()

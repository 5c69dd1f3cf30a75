"""What a call leaves behind on the disk: every call accounted for, and nobody's number."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from dialplans import Fallback, rotate_log
from tests.parts.dialplans.node import application, asterisk, taken, until
from tests.parts.dialplans.rawsip import raw_phone

NUMBER = "69876543"
FORMS = NUMBER.encode(), NUMBER[:4].encode() + b"-" + NUMBER[4:].encode()


def holding_the_number(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and any(form in path.read_bytes() for form in FORMS)]


async def test_no_log_event_or_database_of_asterisk_holds_a_callers_number(tmp_path: Path) -> None:
    """Whatever a caller does: served, told busy, refused, unknown extensions, odd requests, the fallback."""
    named = f'"Ana {NUMBER}" <sip:{NUMBER}@{NUMBER}.example>'
    async with asterisk(tmp_path, fallback=Fallback(seconds=1, pause=1, silence=1)) as centre:
        async with application(centre) as line, raw_phone(centre.sip, user=NUMBER) as phone:
            call, _ = await taken(centre, line, phone, sender=named)
            await call.press("5")
            await call.hang_up()
            await phone.call("nobody", sender=named)
            await phone.register()
            for method in ("MESSAGE", "SUBSCRIBE", "PUBLISH", "OPTIONS", "REFER"):
                await phone.request(method, ("Event: presence",))
            await centre.ari("POST", "asterisk/variable", variable="C311_BUSY", value=str(int(time.time()) + 60))
            await until((await phone.call("311", sender=named)).over.is_set, bool)
            await centre.ari("POST", "asterisk/variable", variable="C311_BUSY", value="0")
        # Until Asterisk has noticed that the application is gone, it hands calls to nobody.
        await until(lambda: centre.ari("GET", "applications"), lambda applications: applications == [])
        async with raw_phone(centre.sip, user="agent-luis", password="wrong") as phone:
            await phone.register()
            await phone.call("311", sender=f'"{NUMBER}" <sip:agent-luis@127.0.0.1>', password="wrong")
            call = await phone.call("311", sender=named)
            spool = centre.settings.asterisk / "spool/fallback"
            await until(lambda: list(spool.glob("*.txt")), bool, 20)
            await call.hang_up()
            await centre.no_channel_left()
        (side_file,) = spool.glob("*.txt")
        assert holding_the_number(tmp_path) == [side_file]
    assert holding_the_number(tmp_path) == [side_file]


async def test_every_call_is_accounted_for_in_four_columns(tmp_path: Path) -> None:
    async with asterisk(tmp_path) as centre:
        async with application(centre) as line, raw_phone(centre.sip) as phone:
            call, channel = await taken(centre, line, phone)
            await call.hang_up()
            await until(centre.events, lambda lines: any(one[0] == "LINKEDID_END" for one in lines))
        lines = centre.events()
        assert [line[0] for line in lines] == [
            "CHAN_START", "APP_START", "ANSWER", "APP_END", "HANGUP", "CHAN_END", "LINKEDID_END",
        ]  # fmt: skip
        for line_ in lines:
            event, at, unique, linked = line_
            assert float(at) == pytest.approx(float(unique.split("-")[1]), abs=30)
            assert unique == linked == channel["id"], event


async def test_a_reader_may_take_the_event_file_away(tmp_path: Path) -> None:
    async with asterisk(tmp_path) as centre, application(centre) as line, raw_phone(centre.sip) as phone:
        for _ in range(2):
            call, _ = await taken(centre, line, phone)
            await call.hang_up()
            await until(centre.events, lambda lines: lines != [] and lines[-1][0] == "LINKEDID_END")
            assert len(centre.events()) == 7
            file = centre.settings.asterisk / "log/cel.csv"
            file.rename(file.with_suffix(".taken"))


async def test_asterisk_boots_without_a_warning_and_writes_nothing_that_others_can_read(tmp_path: Path) -> None:
    async with asterisk(tmp_path) as centre:
        assert "WARNING" not in centre.log
        assert "ERROR" not in centre.log
        assert (centre.settings.asterisk.stat().st_mode & 0o777) == 0o700
        for path in (centre.settings.asterisk / "etc").iterdir():
            assert (path.stat().st_mode & 0o777) == 0o600, path.name
        shown = await centre.console("core show settings")
        assert "CDR" not in await centre.console("cdr show status") or "Disabled" in await centre.console(
            "cdr show status"
        )
        assert "Entity ID:                   02:" in shown


async def test_the_log_is_rotated_and_old_ones_go(tmp_path: Path) -> None:
    async with asterisk(tmp_path) as centre:
        for _ in range(4):
            rotate_log(centre.settings, keep=2)
        names = sorted(path.name for path in (centre.settings.asterisk / "log").glob("messages.log*"))
        assert names == ["messages.log", "messages.log.0", "messages.log.1"]

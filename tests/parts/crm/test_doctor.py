"""What `doctor` says of the journal, of what was set aside from it, and of recordings."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from centre import checksums, health, watcher
from centre.health import Finding
from centre.hints import hint
from config.settings import Settings
from config.signs import sign_of_life
from crm_core import segments
from crm_core.entries import RecordingStored
from crm_core.services.presence import Presence
from ivr.prompts.files import install
from tests.parts.crm.draining import AT, CALL, House, opened, saved, started


@pytest.fixture
async def house(tmp_path: Path, database: str, engine: AsyncEngine) -> AsyncIterator[House]:
    """With the settings of a centre that uses this journal and this database."""
    settings = Settings(data=tmp_path, database_url=database)
    settings.save()
    house = House(settings.journal, engine)
    yield house
    house.journal.close()


async def finding(house: House, what: str) -> Finding:
    [found] = [each for each in await asyncio.to_thread(health.examine, house.folder.parent) if each.what == what]
    return found


async def test_a_journal_that_stands_still_is_wrong_however_little_is_in_it(house: House) -> None:
    now = datetime.now(UTC)
    await house.journal.append(msgspec.structs.replace(started(), at=now))
    assert (await finding(house, "journal")).well
    await house.drainer.drain()
    await house.journal.append(msgspec.structs.replace(started("c2"), at=now - timedelta(minutes=2)))
    told = await finding(house, "journal")
    assert not told.well
    assert told.told.startswith("1 entries wait for the database, the first since 20")
    await house.drainer.drain()
    assert (await finding(house, "journal")).well


async def test_what_waits_for_the_disk_in_line_alone_is_told_of(house: House) -> None:
    settings = Settings.load(house.folder.parent)
    assert (await finding(house, "written down")).well
    async with sign_of_life(settings.run / "line.sock", lambda: {"unwritten": 3}):
        told = await finding(house, "written down")
    assert not told.well
    assert told.told == "3 entries of calls wait for the disk, and are lost with `line`"


async def test_entries_set_aside_are_told_of_unless_they_may_still_go_through(house: House) -> None:
    await house.write(saved(subject="Agua"))
    assert (await finding(house, "entries set aside")).well
    await house.write(started(), opened(), saved(entry="s2", type="wish"))
    told = await finding(house, "entries set aside")
    assert not told.well
    assert told.told == "1, the last because: 'wish' is no type of case."


async def test_a_text_that_sounds_otherwise_is_told_of_with_what_becomes_of_it(house: House) -> None:
    settings = Settings.load(house.folder.parent)
    assert "not in place" in (await finding(house, "spoken prompts")).told
    install(settings)
    assert (await finding(house, "spoken prompts")).told == "as the texts say"
    file = settings.data / "config/prompts/es.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("prompts:\n  goodbye: Hasta pronto.\n")
    named = "1 not spoken as the text says, such as goodbye (es)"
    told = await finding(house, "spoken prompts")
    assert (told.well, told.told) == (False, named)
    assert told.cure == hint("up", settings.data)
    sign = {"speaking_since": "2026-11-27T18:50:10+00:00", "unspoken": None}
    with watcher.only_one(settings):
        told = await finding(house, "spoken prompts")
        assert told.cure == "wait: `worker` does it within five minutes"
        async with sign_of_life(settings.run / "worker.sock", lambda: sign):
            assert (await finding(house, "spoken prompts")).told == f"{named}: being spoken since 18:50 UTC"
            sign |= {"speaking_since": None, "unspoken": "The disk is full."}
            told = await finding(house, "spoken prompts")
    assert told.told == f"{named}: The disk is full."
    assert told.cure == f"{hint('logs worker', settings.data)}; it tries again by itself"
    file.write_text("prompts:\n  goodbye: [unclosed\n")
    assert (await finding(house, "texts")).told.startswith(f"{file}, line 2: ")
    assert (await finding(house, "spoken prompts")).well


async def test_another_centre_on_the_same_database_is_told_of(house: House) -> None:
    assert (await finding(house, "database")).told == "answers"
    async with contextlib.aclosing(Presence(house.engine, "n1", "c311-other")) as other:
        assert await other.is_alone()
        told = await finding(house, "database")
    assert not told.well
    assert told.told == "another centre works on it as the same node"


@pytest.mark.parametrize("header", [b"81 00000000 {}\n", segments.frame(b'{"version":2}'), b"\n", b""])
async def test_a_segment_whose_header_cannot_be_read_is_put_aside_and_told_of(house: House, header: bytes) -> None:
    await house.journal.append(started())
    house.journal.close()
    [path] = segments.segments(house.folder)
    before, _, behind = path.read_bytes().partition(b"\n")
    content = (header or before) + behind
    path.write_bytes(content)
    assert await house.drainer.drain() == 0
    [aside] = house.folder.glob("*.spoiled")
    assert aside.read_bytes() == content
    assert segments.segments(house.folder) == []
    told = await finding(house, "entries set aside")
    assert not told.well
    assert told.told.startswith("1, the last because: The header of a segment cannot be read;")
    assert aside.name in told.told


@pytest.mark.parametrize("header", [b"", b"81 0000", segments.frame(b'{"version":2}')])
async def test_a_segment_with_nothing_behind_a_torn_header_is_deleted(house: House, header: bytes) -> None:
    house.journal.close()
    [path] = segments.segments(house.folder)
    path.write_bytes(header)
    await house.drainer.drain()
    assert list(house.folder.iterdir()) == []
    assert (await finding(house, "entries set aside")).well


async def test_a_recording_that_is_missing_or_changed_is_told_of_until_it_is_whole_again(house: House) -> None:
    settings = Settings.load(house.folder.parent)
    stored = RecordingStored(
        id="r1",
        at=AT,
        call=CALL,
        number=None,
        what="conversation",
        started_at=AT,
        seconds=1.0,
        files={"caller": "caller.wav", "agent": "agent.wav"},
        sha256={"caller": hashlib.sha256(b"sound").hexdigest(), "agent": hashlib.sha256(b"voice").hexdigest()},
    )
    settings.recordings.mkdir()
    (settings.recordings / "caller.wav").write_bytes(b"sound")
    (settings.recordings / "agent.wav").write_bytes(b"voice")
    elsewhere = msgspec.structs.replace(stored, id="r2", call="n2-1764000000.1")
    await house.write(started(), stored, started("n2-1764000000.1"), elsewhere)

    async def check_all() -> int:
        return sum([await checksums.check(settings, house.engine) for _ in range(checksums.PARTS)])

    assert (await finding(house, "recordings")).told == "not checked yet"
    assert await check_all() == 1
    whole = await finding(house, "recordings")
    assert whole.well
    assert re.fullmatch(r"as they were stored; last checked 20\S+ \S+ UTC", whole.told)
    (settings.recordings / "agent.wav").write_bytes(b"noise")
    await check_all()
    told = await finding(house, "recordings")
    assert not told.well
    assert told.told.startswith("1 missing or not what was stored, such as agent.wav; last checked 20")
    (settings.recordings / "caller.wav").unlink()
    await check_all()
    assert (await finding(house, "recordings")).told.startswith("2 missing")
    (settings.recordings / "caller.wav").write_bytes(b"sound")
    (settings.recordings / "agent.wav").write_bytes(b"voice")
    await check_all()
    assert (await finding(house, "recordings")).well

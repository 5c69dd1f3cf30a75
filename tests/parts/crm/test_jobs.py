"""The durable jobs of `worker`: that each has its time, and does what it is for."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import procrastinate
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from centre import checksums
from centre.jobs import LONGEST_LOG, app, catch_up
from config.settings import Settings
from crm_core.entries import RecordingStored
from crm_core.services import agents, sessions
from crm_core.storage.tables import LoginAttempt, Session
from ivr.prompts.changed import Speaking
from ivr.prompts.files import missing
from tests.centre import eventually
from tests.parts.crm.draining import AT, CALL, House, opened, started


@pytest.fixture
def settings(tmp_path: Path, database: str) -> Settings:
    return Settings(data=tmp_path, database_url=database)


async def run(settings: Settings, name: str) -> None:
    """As `worker` does once its time has come."""
    jobs = app(settings, Speaking())
    [due] = [each.task for each in jobs.periodic_registry.periodic_tasks.values() if each.task.name == name]
    async with jobs.open_async():
        if not await jobs.check_connection_async():
            await jobs.schema_manager.apply_schema_async()
        job = await due.defer_async(timestamp=int(datetime.now(UTC).timestamp()))
        await work(jobs)
        assert str(await jobs.job_manager.get_job_status_async(job)) == str(procrastinate.jobs.Status.SUCCEEDED)


async def work(jobs: procrastinate.App) -> None:
    await jobs.run_worker_async(wait=False, listen_notify=False, install_signal_handlers=False)


async def test_the_sweep_closes_old_drafts_and_forgets_ended_sessions(settings: Settings, house: House) -> None:
    old = datetime.now(UTC) - timedelta(days=2)
    await house.write(started(), opened())
    await agents.add_agent(house.engine, "ana", phone="browser", password="una-clave-larga")
    await sessions.begin_session(house.engine, "ana")
    async with house.engine.begin() as connection:
        await connection.execute(text("update call set ended_at = :old, outcome = 'answered'"), {"old": old})
        await connection.execute(text('update "case" set opened_at = :old'), {"old": old})
        await connection.execute(text("update session set ends_at = :old"), {"old": old})
        await connection.execute(
            LoginAttempt.__table__.insert(), {"name": "a", "address": "b", "at": old, "right": True}
        )
    await run(settings, "sweep")
    assert (await house.case()).state == "abandoned"
    assert await house.rows(Session) == []
    assert len(await house.rows(LoginAttempt)) == 1


async def test_a_job_of_a_worker_that_was_killed_is_taken_up_again(settings: Settings, engine: AsyncEngine) -> None:
    await run(settings, "sweep")
    async with engine.begin() as connection:
        await connection.execute(
            text("update procrastinate_jobs set status = 'doing', worker_id = null where task_name = 'sweep'")
        )
    await run(settings, "take-up-stalled-jobs")
    jobs = app(settings, Speaking())
    async with jobs.open_async():
        await work(jobs)
    async with engine.connect() as connection:
        query = text("select status, attempts from procrastinate_jobs where task_name = 'sweep' order by id")
        status, attempts = (await connection.execute(query)).first() or ("", 0)
    assert status == "succeeded"
    assert attempts > 1


async def test_a_long_event_log_of_asterisk_is_put_aside(settings: Settings) -> None:
    folder = settings.asterisk / "log"
    folder.mkdir(parents=True)
    events = folder / "cel.csv"
    events.touch()
    await run(settings, f"put-logs-aside-{settings.node}")
    assert events.exists()
    with events.open("ab") as file:
        file.truncate(LONGEST_LOG + 1)
    await run(settings, f"put-logs-aside-{settings.node}")
    assert not events.exists()
    assert (folder / "cel.csv.1").stat().st_size > LONGEST_LOG


async def test_prompts_that_are_missing_are_made(settings: Settings) -> None:
    assert missing(settings)
    await run(settings, f"render-prompts-{settings.node}")
    assert not missing(settings)


async def recordings(house: House, count: int) -> None:
    """Recordings without a sound file, in every part as many."""
    await house.write(started())
    for n in range(count):
        stored = RecordingStored(
            id=f"r{n}",
            at=AT,
            call=CALL,
            number=None,
            what="message",
            started_at=AT + timedelta(minutes=n),
            seconds=1.0,
            files={"caller": f"{n}.wav"},
            sha256={"caller": hashlib.sha256(b"").hexdigest()},
        )
        await house.write(stored)


async def test_each_check_of_recordings_takes_the_part_that_waited_longest(settings: Settings, house: House) -> None:
    await recordings(house, checksums.PARTS)
    job = f"check-recordings-{settings.node}"
    await run(settings, job)
    [first] = checksums.known(settings).at
    assert len(checksums.known(settings).wrong) == 1
    for _ in range(checksums.PARTS - 1):
        await checksums.check(settings, house.engine)
    checked = checksums.known(settings)
    assert len(checked.wrong) == checksums.PARTS
    await checksums.check(settings, house.engine)
    again = checksums.known(settings)
    assert [part for part in again.at if again.at[part] != checked.at[part]] == [first]


async def broken_off(settings: Settings, house: House) -> checksums.Checked:
    """A check of which something was kept, broken off; what was kept of it."""
    before = checksums.known(settings)
    check = asyncio.create_task(checksums.check(settings, house.engine))
    await eventually(lambda: asyncio.sleep(0, checksums.known(settings)), lambda now: now != before, every=0.01)
    assert not check.done()
    check.cancel()
    return checksums.known(settings)


async def test_a_check_of_recordings_that_is_broken_off_keeps_what_it_found_and_is_gone_on_with(
    settings: Settings, house: House
) -> None:
    await recordings(house, 3 * checksums.PARTS)
    kept = await broken_off(settings, house)
    assert (len(kept.wrong), kept.at) == (1, {})
    assert checksums.is_due(settings)
    assert await checksums.check(settings, house.engine) == 2
    checked = checksums.known(settings)
    assert len(checked.wrong) == 3
    assert len(checked.at) == 1
    assert await checksums.check(settings, house.engine) == 3


async def test_the_place_of_a_check_of_recordings_is_kept_where_it_finds_nothing_new(
    settings: Settings, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checksums, "KEPT_EVERY", 2)
    await recordings(house, 4 * checksums.PARTS)
    settings.recordings.mkdir()
    for n in range(4 * checksums.PARTS):
        (settings.recordings / f"{n}.wav").touch()
    kept = await broken_off(settings, house)
    assert (kept.wrong, kept.at) == ({}, {})
    assert await checksums.check(settings, house.engine) == 2


async def test_a_centre_that_is_off_at_night_checks_recordings_by_day(settings: Settings, house: House) -> None:
    async def at_the_workers_start() -> int:
        jobs = app(settings, Speaking())
        async with jobs.open_async():
            if not await jobs.check_connection_async():
                await jobs.schema_manager.apply_schema_async()
            await catch_up(settings, jobs)
            await catch_up(settings, jobs)  # it began again before the first was done
            await work(jobs)
        return len(checksums.known(settings).at)

    assert await at_the_workers_start() == 1
    assert await at_the_workers_start() == 1
    file = settings.data / "recordings-checked.json"
    [part] = checksums.known(settings).at
    yesterday = datetime.now(UTC) - timedelta(days=1)
    file.write_bytes(msgspec.json.encode(checksums.Checked(at={part: yesterday})))
    assert await at_the_workers_start() == 2


async def test_what_is_known_of_recordings_begins_anew_where_its_file_was_spoiled(
    settings: Settings, house: House
) -> None:
    (settings.data / "recordings-checked.json").write_bytes(b'{"at": {"1": "2026-')
    await run(settings, f"check-recordings-{settings.node}")
    assert len(checksums.known(settings).at) == 1

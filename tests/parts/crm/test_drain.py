"""Every entry reaches the database once, in order, whatever dies in between."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import segments
from crm_core.drain import Drainer, retry_poison
from crm_core.entries import (
    CallEnded,
    CallEvent,
    CaseForm,
    CaseSaved,
)
from crm_core.journal import Journal
from crm_core.services import sweeps
from crm_core.services.reach import AWAY, is_away
from crm_core.services.set_aside import list_set_aside
from crm_core.services.sweeps import ENTRY_IDS_LIVE
from crm_core.storage.engine import engine as make_engine
from crm_core.storage.tables import (
    Call,
    CaseHistory,
    JournalApplied,
    JournalOffset,
    JournalPoison,
    Phone,
)
from crm_core.storage.tables import (
    CallEvent as CallEventRow,
)
from tests.parts.crm.conftest import Server
from tests.parts.crm.draining import AT, CALL, NUMBER, PHONE, House, answered, ended, known, opened, saved, started


async def test_a_save_for_a_case_that_comes_later_is_tried_again(house: House) -> None:
    await house.write(saved(subject="Agua"))
    [poison] = await house.rows(JournalPoison)
    assert poison.retry_at is not None
    await house.write(started(), opened())
    await _make_due(house)
    assert await retry_poison(house.engine) == 1
    assert (await house.case()).subject == "Agua"
    assert await house.rows(JournalPoison) == []


async def test_a_save_for_a_case_that_never_comes_is_given_up_and_kept(house: House) -> None:
    await house.write(saved(subject="Agua"))
    for _ in range(6):
        await _make_due(house)
        assert await retry_poison(house.engine) == 0
    [poison] = await house.rows(JournalPoison)
    assert poison.retry_at is None
    assert poison.entry["form"]["subject"] == "Agua"
    [shown] = await list_set_aside(house.engine)
    assert (shown.id, shown.kind, shown.waits) == ("s1", "case-saved", False)
    assert "no case" in shown.error


async def _make_due(house: House) -> None:
    async with house.engine.begin() as connection:
        await connection.execute(
            text("update journal_poison set retry_at = now() - interval '1 s' where retry_at is not null")
        )


async def test_poison_is_set_aside_and_the_rest_goes_on(house: House) -> None:
    wrong_type = CaseSaved(id="p1", at=AT, call=CALL, number=NUMBER, agent="ana", form=CaseForm(type="wish"))
    wrong_outcome = CallEnded(id="p2", at=AT, call=CALL, outcome="eaten")
    applied = await house.write(started(), opened(), wrong_type, wrong_outcome, saved(), ended("answered"))
    assert applied == 4
    assert {row.entry_id for row in await house.rows(JournalPoison)} == {"p1", "p2"}
    assert (await house.case()).state == "new"
    assert (await house.call()).outcome == "answered"


@pytest.mark.parametrize(
    "unfit",
    [
        CallEvent(id="p1", at=AT, call=os.urandom(6000).hex(), event="choice"),
        CallEvent(id=os.urandom(6000).hex(), at=AT, call=CALL, event="choice"),
    ],
    ids=["call too long for its index", "id too long for its index"],
)
async def test_what_postgresql_cannot_hold_is_set_aside_and_the_rest_goes_on(house: House, unfit: CallEvent) -> None:
    assert await house.write(started(), unfit, opened(), saved()) == 3
    assert len(await house.rows(JournalPoison)) == 1
    assert (await house.case()).state == "new"


async def test_an_entry_of_a_newer_version_is_set_aside_without_its_number(house: House) -> None:
    content = b'[{"kind":"caller-hums","id":"n1","at":"2026-11-24T15:00:00Z","phone":"+50760000001","tune":"x"}]'
    path = segments.segments(house.folder)[-1]
    with path.open("ab") as file:
        file.write(segments.frame(content))
    assert await house.write(started()) == 1
    [poison] = await house.rows(JournalPoison)
    assert poison.entry_id == "n1"
    assert poison.entry["tune"] == "x"
    assert "phone" not in poison.entry


async def test_a_spoiled_line_is_told_and_passed(house: House) -> None:
    await house.journal.append(started())
    path = segments.segments(house.folder)[-1]
    content = bytearray(path.read_bytes())
    content[-10] ^= 1
    path.write_bytes(content)
    assert await house.write(started("c2")) == 1
    [poison] = await house.rows(JournalPoison)
    assert "checksum" in poison.error


async def test_a_nul_in_a_form_is_dropped_and_the_form_kept(house: House) -> None:
    await house.write(started(), opened(), saved(subject="Ag\x00ua", description="\\u0000 escrito"))
    case = await house.case()
    assert (case.subject, case.description, case.state) == ("Agua", "\\u0000 escrito", "new")


async def test_applied_segments_go_and_no_number_is_left_in_any_file(tmp_path: Path, engine: AsyncEngine) -> None:
    journal = Journal(tmp_path, "n1", segment_bytes=200)
    drainer = Drainer(tmp_path, engine)
    for n in range(20):
        await journal.append(started(f"c{n}"), known(f"c{n}"))
    await drainer.drain()
    journal.close()
    await drainer.drain()
    assert segments.segments(tmp_path) == []
    assert all(PHONE.encode() not in path.read_bytes() for path in tmp_path.iterdir())
    async with engine.connect() as connection:
        assert (await connection.execute(select(JournalOffset.segment))).all() == []


async def test_a_segment_that_is_being_written_is_never_deleted(house: House) -> None:
    await house.write(started())
    [open_one] = segments.segments(house.folder)
    await house.drainer.drain()
    assert open_one.exists()
    await house.write(started("c2"))
    assert len(await house.rows(Call)) == 2


async def test_a_torn_end_is_waited_for_while_its_writer_lives_and_dropped_afterwards(house: House) -> None:
    await house.journal.append(started())
    house.journal.close()
    [path] = segments.segments(house.folder)
    with path.open("ab") as file:
        file.write(segments.encode([started("torn")])[:-5])
    held = os.open(path, os.O_RDONLY)
    assert segments.lock(held)
    assert await house.drainer.drain() == 1
    assert path.exists()
    os.close(held)
    await house.drainer.drain()
    assert not path.exists()
    assert [row.id for row in await house.rows(Call)] == [CALL]


async def test_pending_falls_as_entries_are_applied(house: House) -> None:
    for n in range(5):
        await house.journal.append(started(f"c{n}"))
    assert segments.pending(house.folder) == 5
    assert segments.waits_since(house.folder) == AT
    await house.drainer.drain()
    assert segments.pending(house.folder) == 0
    assert segments.waits_since(house.folder) is None
    await house.journal.append(started("c9"))
    assert segments.pending(house.folder) == 1


async def test_how_far_it_came_is_kept_with_what_it_applied(house: House) -> None:
    """Also once the entries' ids are forgotten: after a restart nothing is applied again."""
    await house.write(started(), CallEvent(id="e1", at=AT, call=CALL, event="choice"))
    async with house.engine.begin() as connection:
        await connection.execute(delete(JournalApplied))
    again = Drainer(house.folder, house.engine)
    assert await again.drain() == 0
    assert len(await house.rows(CallEventRow)) == 1


async def test_the_ids_of_entries_are_forgotten_after_a_month_and_not_before(house: House) -> None:
    await house.write(started(), CallEvent(id="e1", at=AT, call=CALL, event="choice"))
    now = datetime.now(UTC)
    await sweeps.forget_old(house.engine, now + ENTRY_IDS_LIVE - timedelta(hours=1))
    assert await house.write(CallEvent(id="e1", at=AT, call=CALL, event="choice")) == 0
    assert len(await house.rows(CallEventRow)) == 1
    await sweeps.forget_old(house.engine, now + ENTRY_IDS_LIVE + timedelta(hours=1))
    assert await house.rows(JournalApplied) == []


async def test_two_drainers_at_once_apply_each_entry_once(house: House) -> None:
    for n in range(200):
        await house.journal.append(CallEvent(id=f"e{n}", at=AT, call=f"c{n % 7}", event="choice"))
    second = Drainer(house.folder, house.engine)
    counts = await asyncio.gather(house.drainer.drain(), second.drain())
    assert sum(counts) == 200
    assert len(await house.rows(CallEventRow)) == 200


async def test_it_runs_on_hints_and_without_them(house: House) -> None:
    wake = asyncio.Event()
    task = asyncio.create_task(house.drainer.run(wake))
    try:
        for hint in (True, False):
            await house.journal.append(started(f"c{hint}"))
            if hint:
                wake.set()
            await _until_there(house, f"c{hint}")
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _until_there(house: House, call: str, seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while call not in [row.id for row in await house.rows(Call, Call.id)]:
            await asyncio.to_thread(house.folder.exists)


async def test_with_the_database_stopped_it_waits_and_then_goes_on(tmp_path: Path, own_server: Server) -> None:
    engine = make_engine(own_server.url("template311"))
    house = House(tmp_path / "journal", engine)
    task = asyncio.create_task(house.drainer.run(asyncio.Event()))
    try:
        await house.journal.append(started("before"))
        await _until_there(house, "before")
        await asyncio.to_thread(own_server.stop)
        for n in range(50):
            await house.journal.append(started(f"away{n}"))
        assert segments.pending(house.folder) == 50
        await asyncio.to_thread(own_server.start)
        await _until_there(house, "away49")
        assert len(await house.rows(Call)) == 51
        assert await house.rows(JournalPoison) == []
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        house.journal.close()
        await engine.dispose()


async def test_a_database_without_our_tables_is_away_and_poisons_nothing(server: Server, tmp_path: Path) -> None:
    server.sql("create database bare")
    engine = make_engine(server.url("bare"))
    journal = Journal(tmp_path, "n1")
    await journal.append(started())
    with pytest.raises(Exception, match="journal_offset") as error:
        await Drainer(tmp_path, engine).drain()
    assert is_away(error.value)
    journal.close()
    await engine.dispose()


async def test_a_standby_is_away_and_poisons_nothing(server: Server, house: House, engine: AsyncEngine) -> None:
    name = engine.url.database
    server.sql(f"alter database {name} set default_transaction_read_only = on")
    with pytest.raises(DBAPIError, match="read-only") as error:
        await house.write(started())
    assert is_away(error.value)
    server.sql(f"alter database {name} reset default_transaction_read_only")
    await engine.dispose()
    assert await house.write() == 1
    assert await house.rows(JournalPoison) == []


NOT_THE_ENTRYS_FAULT = {
    "08": "08006",  # connection failure
    "25006": "25006",  # a standby
    "25P02": "25P02",  # the transaction had failed
    "28": "28P01",  # wrong password
    "3D": "3D000",  # no such database
    "40": "40P01",  # deadlock
    "42501": "42501",  # no right to it
    "42703": "42703",  # no such column
    "42883": "42883",  # no such function
    "42P01": "42P01",  # no such table
    "53": "53100",  # disk full
    "55": "55P03",  # lock not available
    "57": "57014",  # out of time
    "58": "58030",  # the disk fails
}
"""An error of every class that is listed."""
ITS_OWN_FAULT = ("22001", "23505", "25001", "42601", "54000", "54001", "XX001")


async def raised(engine: AsyncEngine, code: str) -> DBAPIError:
    with pytest.raises(DBAPIError) as error:
        async with engine.begin() as connection:
            await connection.execute(text(f"do $$ begin raise exception using errcode = '{code}'; end $$"))
    return error.value


def test_every_class_that_means_away_is_tried_below() -> None:
    assert NOT_THE_ENTRYS_FAULT.keys() == AWAY.keys()


@pytest.mark.parametrize("code", NOT_THE_ENTRYS_FAULT.values())
async def test_what_is_not_the_entrys_fault_means_away(engine: AsyncEngine, code: str) -> None:
    assert is_away(await raised(engine, code))


@pytest.mark.parametrize("code", ITS_OWN_FAULT)
async def test_what_may_be_the_entrys_fault_does_not_mean_away(engine: AsyncEngine, code: str) -> None:
    assert not is_away(await raised(engine, code))


async def test_an_entry_that_met_a_broken_page_is_tried_again(house: House) -> None:
    await house.write(started())
    await _break(house, "insert on phone")
    await house.write(known())
    [poison] = await house.rows(JournalPoison)
    assert (poison.error, poison.retry_at is not None) == ("invalid page", True)
    await _mend(house, "phone")
    await _make_due(house)
    assert await retry_poison(house.engine) == 1
    assert await house.rows(JournalPoison) == []
    assert [each.number for each in await house.rows(Phone)] == [PHONE]


@pytest.mark.parametrize("confirm", [False, True], ids=["half-filled", "confirmed"])
async def test_a_save_that_met_a_broken_page_writes_nothing_over_a_later_one(house: House, confirm: bool) -> None:
    await house.write(started(), opened())
    await _break(house, 'update on "case"')
    await house.write(saved(subject="Agua", confirm=confirm))
    await _mend(house, '"case"')
    later = saved(entry="s2", subject="Luz", confirm=False)
    later.at = AT + timedelta(minutes=1)
    await house.write(later)
    await _make_due(house)
    assert await retry_poison(house.engine) == 1
    case = await house.case()
    assert (case.subject, case.state) == ("Luz", "new" if confirm else "draft")
    assert await house.history() == ["opened", "saved", "overtaken"]
    [written] = [row.detail["written"] for row in await house.rows(CaseHistory) if row.what == "overtaken"]
    assert written["subject"] == "Agua"


async def test_a_save_of_whoever_lost_the_call_meanwhile_stands_in_the_history_and_confirms_nothing(
    house: House,
) -> None:
    await house.write(started(), opened(), answered("luis"))
    await _break(house, 'update on "case"')
    first = saved(subject="Agua")
    first.agent = "luis"
    await house.write(first)
    await _mend(house, '"case"')
    later = saved(entry="s2", subject="Luz", confirm=False)
    later.at = AT + timedelta(minutes=1)
    await house.write(answered("ana"), later)
    await _make_due(house)
    assert await retry_poison(house.engine) == 1
    case = await house.case()
    assert (case.subject, case.state, case.agent) == ("Luz", "draft", "ana")
    assert await house.history() == ["opened", "saved", "overtaken"]


async def test_an_entry_that_never_gets_past_a_broken_page_keeps_no_number(house: House) -> None:
    await house.write(started())
    await _break(house, "insert on phone")
    await house.write(known())
    for _ in range(6):
        await _make_due(house)
        assert await retry_poison(house.engine) == 0
    [poison] = await house.rows(JournalPoison)
    assert poison.retry_at is None
    assert PHONE not in str(poison.entry)


async def _break(house: House, when: str) -> None:
    """A page of a table is broken `when`, such as `insert on phone`."""
    async with house.engine.begin() as connection:
        await connection.execute(
            text(
                "create function broken() returns trigger language plpgsql as "
                "$$ begin raise exception 'invalid page' using errcode = 'XX001'; end $$"
            )
        )
        await connection.execute(text(f"create trigger broken before {when} for each row execute function broken()"))


async def _mend(house: House, table: str) -> None:
    async with house.engine.begin() as connection:
        await connection.execute(text(f"drop trigger broken on {table}"))


DRAIN = """
import asyncio, sys
from pathlib import Path
from crm_core import drain
from crm_core.storage.engine import engine
drain.BATCH = 20
asyncio.run(drain.Drainer(Path(sys.argv[1]), engine(sys.argv[2])).run(asyncio.Event()))
"""


async def test_killed_at_any_moment_and_entered_it_applies_each_entry_once(
    tmp_path: Path, database: str, engine: AsyncEngine
) -> None:
    journal = Journal(tmp_path, "n1", segment_bytes=20_000)
    count = 1500
    await asyncio.gather(
        *(journal.append(CallEvent(id=f"e{n}", at=AT, call=f"c{n % 9}", event="choice")) for n in range(count))
    )
    journal.close()
    seen = 0
    while seen < count:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", DRAIN, str(tmp_path), database, cwd=os.getcwd(), stdout=subprocess.DEVNULL
        )
        target = min(seen + 500, count)
        async with asyncio.timeout(60):
            while seen < target:
                async with engine.connect() as connection:
                    seen = (await connection.execute(text("select count(*) from call_event"))).scalar_one()
        process.send_signal(signal.SIGKILL)
        await process.wait()
        async with engine.connect() as connection:
            seen = (await connection.execute(text("select count(*) from call_event"))).scalar_one()
    await Drainer(tmp_path, engine).drain()
    async with engine.connect() as connection:
        rows = (await connection.execute(select(CallEventRow.call_id))).all()
        applied = (await connection.execute(select(JournalApplied.entry_id))).all()
    assert len(rows) == len(applied) == count
    assert segments.segments(tmp_path) == []

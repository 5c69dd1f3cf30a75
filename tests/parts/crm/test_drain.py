"""Every entry reaches the database once, in order, whatever dies in between."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import segments
from crm_core.drain import Drainer, retry_poison
from crm_core.entries import (
    AgentStateChanged,
    CallEnded,
    CallerForgotten,
    CallerKnown,
    CallEvent,
    CallStarted,
    CaseForm,
    CaseLinked,
    CaseOpened,
    CaseSaved,
    Entry,
    RecordingStored,
)
from crm_core.journal import Journal
from crm_core.services import catalogue
from crm_core.services.reach import is_away
from crm_core.services.set_aside import list_set_aside
from crm_core.storage.engine import engine as make_engine
from crm_core.storage.tables import (
    AgentEvent,
    Call,
    CallCase,
    Case,
    CaseHistory,
    Citizen,
    JournalApplied,
    JournalOffset,
    JournalPoison,
    Phone,
    Recording,
)
from crm_core.storage.tables import (
    CallEvent as CallEventRow,
)
from tests.parts.crm.conftest import Server

AT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
CALL = "n1-1764000000.1"
NUMBER, OTHER, THIRD = "2640713351", "2612345674", "2600000005"
PHONE = "+50760000001"


def started(call: str = CALL) -> CallStarted:
    return CallStarted(id=f"{call}-started", at=AT, call=call)


def known(call: str = CALL, phone: str = PHONE) -> CallerKnown:
    return CallerKnown(id=f"{call}-caller", at=AT, call=call, phone=phone)


def opened(number: str = NUMBER, call: str = CALL, **more: Any) -> CaseOpened:
    fields = {"key": "0412", "type": "complaint", "language": "es"} | more
    return CaseOpened(id=f"{call}-{number}", at=AT, call=call, number=number, **fields)


def saved(number: str = NUMBER, entry: str = "s1", **form: Any) -> CaseSaved:
    fields = {"type": "complaint", "confirm": True} | form
    return CaseSaved(id=entry, at=AT, call=CALL, number=number, agent="ana", form=CaseForm(**fields))


def ended(outcome: str, call: str = CALL, entry: str = "end", **more: Any) -> CallEnded:
    return CallEnded(id=entry, at=AT + timedelta(minutes=5), call=call, outcome=outcome, **more)


class House:
    """A journal, its drainer and its database."""

    def __init__(self, folder: Path, engine: AsyncEngine) -> None:
        self.folder = folder
        self.engine = engine
        self.journal = Journal(folder, "n1")
        self.drainer = Drainer(folder, engine)

    async def write(self, *entries: Entry) -> int:
        """Append and drain. How many entries were new."""
        for entry in entries:
            await self.journal.append(entry)
        return await self.drainer.drain()

    async def rows(self, table: Any, *columns: Any) -> list[Any]:
        async with self.engine.connect() as connection:
            found = await connection.execute(select(*columns) if columns else select(table.__table__))
            return list(found.all())

    async def case(self, number: str = NUMBER) -> Any:
        async with self.engine.connect() as connection:
            return (await connection.execute(select(Case.__table__).where(Case.number == number))).one()

    async def call(self, call: str = CALL) -> Any:
        async with self.engine.connect() as connection:
            return (await connection.execute(select(Call.__table__).where(Call.id == call))).one()

    async def history(self, number: str = NUMBER) -> list[str]:
        query = select(CaseHistory.what).where(CaseHistory.case_number == number).order_by(CaseHistory.id)
        async with self.engine.connect() as connection:
            return list((await connection.execute(query)).scalars().all())


@pytest.fixture
async def house(tmp_path: Path, engine: AsyncEngine) -> AsyncIterator[House]:
    house = House(tmp_path / "journal", engine)
    yield house
    house.journal.close()


async def test_a_whole_call_becomes_rows(house: House) -> None:
    await catalogue.seed(house.engine)
    assert await house.write(
        started(),
        CallEvent(id="e1", at=AT, call=CALL, event="language", detail={"language": "es"}),
        known(),
        opened(),
        CallEvent(id="e2", at=AT, call=CALL, event="answered", agent="ana"),
        AgentStateChanged(id="a1", at=AT, agent="ana", state="talking"),
        saved(institution="idaan", service="leak", subject="Fuga", reporter_name="Rosa"),
        ended("answered", language="es", agent="ana"),
        RecordingStored(
            id="r1",
            at=AT,
            call=CALL,
            number=NUMBER,
            what="conversation",
            started_at=AT,
            seconds=61.5,
            files={"caller": "a.wav", "agent": "b.wav"},
            sha256={"caller": "1", "agent": "2"},
        ),
    )
    case, call = await house.case(), await house.call()
    assert (case.state, case.institution, case.service, case.subject) == ("new", "idaan", "leak", "Fuga")
    assert case.confirmed_at == AT
    assert case.promised_on == date(2026, 12, 1)  # five business days after Tuesday the 24th
    assert case.citizen_id == call.citizen_id is not None
    assert (call.outcome, call.agent, call.language, call.case_number) == ("answered", "ana", "es", NUMBER)
    assert call.started_at == AT
    assert await house.rows(Phone) == [(call.citizen_id, PHONE)]
    assert await house.history() == ["opened", "confirmed"]
    assert [row.event for row in await house.rows(CallEventRow)] == ["language", "answered"]
    assert [row.state for row in await house.rows(AgentEvent)] == ["talking"]
    assert [row.seconds for row in await house.rows(Recording)] == [61.5]
    assert await house.rows(JournalPoison) == []


async def test_the_same_entry_twice_is_one(house: House) -> None:
    event = CallEvent(id="e1", at=AT, call=CALL, event="choice")
    assert await house.write(started(), event, event) == 2
    assert await house.write(event, started()) == 0
    assert len(await house.rows(CallEventRow)) == 1


async def test_a_caller_is_found_again_by_their_number_and_only_by_it(house: House) -> None:
    await house.write(started(), known(), started("c2"), known("c2"), started("c3"), known("c3", "+50760000002"))
    first, second, third = [(await house.call(call)).citizen_id for call in (CALL, "c2", "c3")]
    assert first == second != third
    assert len(await house.rows(Citizen)) == 2


async def test_an_anonymous_case_has_no_citizen(house: House) -> None:
    await house.write(started(), known(), opened(type="denunciation", anonymous=True))
    assert (await house.case()).citizen_id is None


async def test_a_call_made_anonymous_is_forgotten_with_its_number_and_name(house: House) -> None:
    await house.write(started(), known(), opened(), saved(reporter_name="Rosa"))
    await house.write(CallerForgotten(id="f1", at=AT, call=CALL))
    case = await house.case()
    assert (case.anonymous, case.citizen_id, case.reporter_name) == (True, None, "")
    assert await house.rows(Phone) == []
    # What comes late does not undo it.
    await house.write(CallerKnown(id="late", at=AT, call=CALL, phone=PHONE), saved(entry="s2", reporter_name="Rosa"))
    assert await house.rows(Phone) == []
    assert (await house.case()).reporter_name == ""
    assert "made-anonymous" in await house.history()


async def test_a_call_made_anonymous_leaves_the_citizen_to_their_other_calls(house: House) -> None:
    await house.write(started(), known(), started("c2"), known("c2"))
    await house.write(CallerForgotten(id="f1", at=AT, call="c2"))
    assert len(await house.rows(Phone)) == 1
    assert (await house.call("c2")).citizen_id is None


@pytest.mark.parametrize(
    ("outcome", "state"), [("abandoned", "abandoned"), ("failed", "abandoned"), ("answered", "draft")]
)
async def test_a_draft_ends_with_its_call_unless_an_agent_has_it(house: House, outcome: str, state: str) -> None:
    await house.write(started(), opened(), ended(outcome))
    assert (await house.case()).state == state


async def test_a_draft_that_arrives_after_its_call_was_given_up_is_abandoned(house: House) -> None:
    await house.write(started(), ended("abandoned"), opened())
    assert (await house.case()).state == "abandoned"


async def test_the_agent_may_still_complete_what_its_caller_gave_up(house: House) -> None:
    await house.write(started(), opened(), ended("abandoned"), saved(subject="Basura"))
    case = await house.case()
    assert (case.state, case.subject) == ("new", "Basura")


async def test_the_first_outcome_stands(house: House) -> None:
    await house.write(started(), ended("answered", agent="ana"), ended("abandoned", entry="end2"))
    call = await house.call()
    assert (call.outcome, call.agent) == ("answered", "ana")


async def test_a_message_confirms_the_draft_and_the_end_leaves_it(house: House) -> None:
    message = CaseOpened(id="m1", at=AT, call=CALL, number=NUMBER, key="0412", type=None, language="es", confirmed=True)
    await house.write(started(), opened(), message, ended("message"))
    case = await house.case()
    assert case.state == "new"
    assert case.promised_on == date(2026, 12, 9)  # ten business days, Mother's Day between them
    await house.write(opened(OTHER, "c2", confirmed=True, type=None))
    assert (await house.case(OTHER)).state == "new"


async def test_a_number_that_belongs_to_another_case_is_set_aside(house: House) -> None:
    await house.write(started(), opened(), opened(NUMBER, "c2", key="9999"))
    assert (await house.case()).call_id == CALL
    [poison] = await house.rows(JournalPoison)
    assert "belongs to another case" in poison.error
    assert poison.retry_at is None


async def test_a_half_filled_form_stays_a_draft_and_keeps_what_was_there_before(house: House) -> None:
    await house.write(started(), opened(), saved(confirm=False, subject="Agua"), saved(entry="s2", subject="Luz"))
    case = await house.case()
    assert (case.state, case.subject, case.agent) == ("new", "Luz", "ana")
    details = [row.detail for row in await house.rows(CaseHistory) if row.what in ("saved", "confirmed")]
    assert details[1]["before"]["subject"] == "Agua"


async def test_another_service_moves_the_promise_from_the_day_of_confirmation(house: House) -> None:
    await catalogue.seed(house.engine)
    await house.write(started(), opened(), saved(institution="idaan", service="leak"))
    later = saved(entry="s2", institution="idaan", service="bill", confirm=False)
    later.at = AT + timedelta(days=3)
    await house.write(later)
    case = await house.case()
    assert case.promised_on == date(2026, 12, 9)
    assert case.confirmed_at == AT


async def test_a_service_that_is_gone_does_not_lose_the_save(house: House) -> None:
    await catalogue.seed(house.engine)
    await house.write(started(), opened(), saved(institution="idaan", service="gone", subject="Agua"))
    case = await house.case()
    assert (case.institution, case.service, case.subject, case.state) == ("idaan", None, "Agua", "new")
    [row] = [row for row in await house.rows(CaseHistory) if row.what == "confirmed"]
    assert row.detail["unknown"] == ["gone"]


async def test_a_link_voids_the_draft_and_the_call_is_about_the_existing_case(house: House) -> None:
    await house.write(started("c0"), opened(OTHER, "c0"), saved(OTHER))
    await house.write(
        started(), opened(), CaseLinked(id="l1", at=AT, call=CALL, draft=NUMBER, existing=OTHER, agent="ana")
    )
    assert (await house.case()).state == "void"
    assert (await house.call()).case_number == OTHER
    links = {(row.case_number, row.how) for row in await house.rows(CallCase) if row.call_id == CALL}
    assert links == {(NUMBER, "opened"), (OTHER, "linked")}
    assert (await house.history(OTHER))[-1] == "linked"


async def test_a_call_with_two_cases_is_about_the_first(house: House) -> None:
    await house.write(started(), opened(), opened(OTHER))
    assert (await house.call()).case_number == NUMBER
    assert len(await house.rows(CallCase)) == 2


async def test_out_of_order_a_call_is_whole_in_the_end(house: House) -> None:
    await house.write(ended("answered", agent="ana"), opened(), known(), started())
    call = await house.call()
    assert (call.started_at, call.outcome, call.case_number) == (AT, "answered", NUMBER)
    assert (await house.case()).citizen_id == call.citizen_id is not None


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
    await house.drainer.drain()
    assert segments.pending(house.folder) == 0
    await house.journal.append(started("c9"))
    assert segments.pending(house.folder) == 1


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

"""What callers, staff and the command line ask of cases and calls."""

from __future__ import annotations

import asyncio
import signal
import time
import traceback
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.effects.batch import apply
from crm_core.entries import (
    CallEnded,
    CallerKnown,
    CallEvent,
    CallStarted,
    CaseForm,
    CaseLinked,
    CaseOpened,
    CaseSaved,
    RecordingStored,
)
from crm_core.errors import NotFound, Unavailable, Unfit
from crm_core.services import audit, calls, cases, catalogue, citizens, recordings, search, sweeps
from crm_core.services.agents import add_agent, change_agent
from crm_core.services.reach import transaction
from crm_core.storage.engine import engine as make_engine
from crm_core.storage.tables import Case, Phone, metadata
from tests.parts.crm.conftest import Server

AT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
LEAK, DUMP, WATER, MESSAGE = "2640713351", "2612345674", "2600000005", "2600000014"
ROSA = "+50760000001"


@pytest.fixture
async def centre(engine: AsyncEngine) -> AsyncEngine:
    """Rosa called twice: a confirmed complaint, then a link to it. Somebody unknown reported a dump."""
    await catalogue.seed(engine)
    form = CaseForm(
        type="complaint",
        institution="idaan",
        service="leak",
        subject="Fuga en la Vía España",
        description="Corre agua día y noche",
        reporter_name="Rosa Núñez",
        confirm=True,
    )
    async with engine.begin() as connection:
        await apply(
            connection,
            [
                CallStarted(id="1", at=AT, call="c1"),
                CallerKnown(id="2", at=AT, call="c1", phone=ROSA),
                CaseOpened(id="3", at=AT, call="c1", number=LEAK, key="0412", type="complaint", language="es"),
                CallEvent(id="4", at=AT, call="c1", event="answered", agent="ana"),
                CaseSaved(id="5", at=AT, call="c1", number=LEAK, agent="ana", form=form),
                CallEnded(id="6", at=AT + timedelta(minutes=3), call="c1", outcome="answered", agent="ana"),
                RecordingStored(
                    id="7",
                    at=AT,
                    call="c1",
                    number=LEAK,
                    what="conversation",
                    started_at=AT,
                    seconds=60.0,
                    files={"caller": "a", "agent": "b"},
                    sha256={"caller": "1", "agent": "2"},
                ),
                CallStarted(id="8", at=AT + timedelta(hours=1), call="c2"),
                CallerKnown(id="9", at=AT, call="c2", phone=ROSA),
                CaseOpened(id="10", at=AT, call="c2", number=WATER, key="1111", type="complaint", language="es"),
                CaseLinked(id="11", at=AT, call="c2", draft=WATER, existing=LEAK, agent="luis"),
                CallStarted(id="12", at=AT + timedelta(hours=2), call="c3"),
                CaseOpened(
                    id="13",
                    at=AT + timedelta(hours=2),
                    call="c3",
                    number=DUMP,
                    key="7788",
                    type="denunciation",
                    language="en",
                    anonymous=True,
                ),
            ],
        )
    return engine


async def test_a_caller_hears_how_their_case_stands(centre: AsyncEngine) -> None:
    status = await cases.case_status(centre, LEAK)
    assert status == cases.CaseStatus(
        number=LEAK,
        type="complaint",
        institution="idaan",
        state="new",
        promised_on=date(2026, 12, 1),
        needs_key=False,
    )
    denunciation = await cases.case_status(centre, DUMP)
    assert denunciation is not None
    assert denunciation.needs_key
    assert await cases.case_status(centre, "2699999994") is None


async def test_only_the_right_key_opens_a_case(centre: AsyncEngine) -> None:
    assert await cases.check_key(centre, DUMP, "7788")
    assert not await cases.check_key(centre, DUMP, "0412")
    assert not await cases.check_key(centre, "2699999994", "7788")
    assert not await cases.check_key(centre, DUMP, "ñ")


async def test_with_no_database_a_status_is_unavailable_never_missing() -> None:
    nobody = make_engine("postgresql://centro311@/nothing?host=/nonexistent")
    with pytest.raises(Unavailable):
        await cases.case_status(nobody, LEAK)
    with pytest.raises(Unavailable):
        await cases.check_key(nobody, LEAK, "0412")


async def test_a_frozen_database_holds_a_caller_up_for_a_second_and_a_half(own_server: Server) -> None:
    engine = make_engine(own_server.url("template311"))
    assert await cases.case_status(engine, LEAK) is None
    own_server.signal(signal.SIGSTOP)
    try:
        for _ in range(3):
            begin = time.monotonic()
            with pytest.raises(Unavailable):
                await cases.case_status(engine, LEAK)
            assert time.monotonic() - begin < cases.LOOKUP_SECONDS + 1
    finally:
        own_server.signal(signal.SIGCONT)
    await _until_answered(engine)
    await engine.dispose()


async def test_a_database_entered_answers_at_the_first_question(own_server: Server) -> None:
    engine = make_engine(own_server.url("template311"))
    assert await cases.case_status(engine, LEAK) is None
    await asyncio.to_thread(own_server.stop)
    with pytest.raises(Unavailable):
        await cases.case_status(engine, LEAK)
    await asyncio.to_thread(own_server.start)
    assert await cases.case_status(engine, LEAK) is None
    await engine.dispose()


async def _until_answered(engine: AsyncEngine) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                assert await cases.case_status(engine, LEAK) is None
                return
            except Unavailable:
                continue


async def test_case_list_has_the_fields_that_are_promised(centre: AsyncEngine) -> None:
    newest, *_ = found = await cases.list_cases(centre)
    assert len(found) == 3
    assert msgspec.to_builtins(newest) == {
        "number": DUMP,
        "type": "denunciation",
        "state": "draft",
        "language": "en",
        "call_id": "c3",
        "opened_at": "2026-11-24T17:00:00Z",
    }
    assert await cases.case_summary(centre, DUMP) == newest
    assert await cases.case_summary(centre, "2699999994") is None
    assert len(await cases.list_cases(centre, limit=2)) == 2


async def test_call_list_has_the_fields_that_are_promised_and_no_number(centre: AsyncEngine) -> None:
    found = await calls.list_calls(centre)
    assert [call.id for call in found] == ["c3", "c2", "c1"]
    first = msgspec.to_builtins(found[-1])
    caller = first.pop("caller")
    assert caller
    assert ROSA not in caller
    assert first == {
        "id": "c1",
        "started_at": "2026-11-24T15:00:00Z",
        "ended_at": "2026-11-24T15:03:00Z",
        "outcome": "answered",
        "case_number": LEAK,
        "agent": "ana",
    }
    assert found[0].caller is None
    assert found[1].case_number == LEAK


async def test_calls_without_an_end_are_listed_for_whoever_closes_them(centre: AsyncEngine) -> None:
    async with centre.begin() as connection:
        await apply(connection, [CallEvent(id="a", at=AT, call="c3", event="answered", agent="luis")])
    found = {call.id: call for call in await calls.open_calls(centre)}
    assert {id: call.outcome for id, call in found.items()} == {"c2": "abandoned", "c3": "answered"}
    assert found["c3"].language == "en"
    async with centre.begin() as connection:
        await apply(connection, [CallEvent(id="b", at=AT, call="c2", event="message-left")])
    assert {call.id: call.outcome for call in await calls.open_calls(centre)}["c2"] == "message"


async def test_the_pop_shows_a_callers_earlier_cases_and_leaves_an_audit_entry(centre: AsyncEngine) -> None:
    found = await cases.earlier_cases(centre, ROSA, by="luis")
    assert [line.number for line in found] == [LEAK]
    citizen = await citizens.citizen_of(centre, ROSA)
    assert [line.action for line in await audit.trail(centre, f"citizen:{citizen}")] == ["read"]
    assert await cases.earlier_cases(centre, ROSA, by="luis", but=[LEAK]) == []
    assert await cases.earlier_cases(centre, "+50769999999", by="luis") == []


async def test_the_pop_tells_that_a_caller_gave_up_before(centre: AsyncEngine) -> None:
    async with centre.begin() as connection:
        await apply(
            connection,
            [
                CallStarted(id="a", at=AT + timedelta(hours=3), call="c4"),
                CallerKnown(id="b", at=AT, call="c4", phone=ROSA),
                CaseOpened(
                    id="c",
                    at=AT + timedelta(hours=3),
                    call="c4",
                    number=MESSAGE,
                    key="1",
                    type="complaint",
                    language="es",
                ),
                CallEnded(id="d", at=AT + timedelta(hours=3), call="c4", outcome="abandoned"),
            ],
        )
    found = await cases.earlier_cases(centre, ROSA, by="luis")
    assert [(line.number, line.state) for line in found] == [(MESSAGE, "abandoned"), (LEAK, "new")]


async def test_abandoned_cases_hide_no_open_one_from_the_pop(centre: AsyncEngine) -> None:
    given_up = [f"26000{count:05d}" for count in range(10, 17)]
    async with centre.begin() as connection:
        for hours, number in enumerate(given_up):
            at, call = AT + timedelta(hours=3 + hours), f"c{number}"
            opened = {"number": number, "key": "1", "type": "complaint", "language": "es"}
            await apply(
                connection,
                [
                    CallStarted(id=f"{call}-a", at=at, call=call),
                    CallerKnown(id=f"{call}-b", at=at, call=call, phone=ROSA),
                    CaseOpened(id=f"{call}-c", at=at, call=call, **opened),
                    CallEnded(id=f"{call}-d", at=at, call=call, outcome="abandoned"),
                ],
            )
    found = await cases.earlier_cases(centre, ROSA, by="luis", limit=1)
    assert [line.number for line in found] == [*given_up[:1:-1], LEAK]


async def test_whoever_looks_cases_up_is_on_record_with_what_they_found(centre: AsyncEngine) -> None:
    await cases.recent_cases(centre, by="ana", limit=1)
    await search.search(centre, "fuga", by="ana")
    await search.search(centre, "nada de eso", by="ana")
    looked = [(line.agent, line.action, line.detail["found"]) for line in await audit.trail(centre, "cases")]
    assert looked == [("ana", "searched", []), ("ana", "searched", [LEAK]), ("ana", "listed", [DUMP])]


async def test_whoever_lists_recordings_is_on_record(centre: AsyncEngine) -> None:
    [found] = await recordings.list_recordings(centre, by="maria")
    [listed] = await audit.trail(centre, "recordings")
    assert (listed.agent, listed.action, listed.detail) == ("maria", "listed", {"found": [found.id]})


async def test_an_agent_finds_the_drafts_of_their_own_calls_until_they_confirm_them(centre: AsyncEngine) -> None:
    assert await cases.to_complete(centre, by="luis") == []
    async with centre.begin() as connection:
        await apply(connection, [CallEvent(id="a", at=AT, call="c3", event="answered", agent="luis")])
    assert await cases.to_complete(centre, by="luis") == []  # the caller may be with somebody else by now
    async with centre.begin() as connection:
        await apply(connection, [CallEnded(id="c", at=AT, call="c3", outcome="answered", agent="luis")])
    found = await cases.to_complete(centre, by="luis")
    assert [(line.number, line.state) for line in found] == [(DUMP, "draft")]
    assert await cases.to_complete(centre, by="luis", but=[DUMP]) == []
    assert await cases.to_complete(centre, by="ana") == []
    listed = [line.detail["found"] for line in await audit.trail(centre, "cases") if line.agent == "luis"]
    assert listed == [[DUMP]]
    form = CaseForm(type="complaint", subject="Basura", confirm=True)
    async with centre.begin() as connection:
        await apply(connection, [CaseSaved(id="b", at=AT, call=None, number=DUMP, agent="luis", form=form)])
    assert await cases.to_complete(centre, by="luis") == []


async def test_a_message_is_any_agents_to_complete_until_one_has(centre: AsyncEngine) -> None:
    left = {"number": MESSAGE, "key": "1", "type": "complaint", "language": "es", "confirmed": True}
    async with centre.begin() as connection:
        await apply(connection, [CaseOpened(id="a", at=AT, call="c4", **left)])
    for agent in ("ana", "luis"):
        assert [(line.number, line.state) for line in await cases.to_complete(centre, by=agent)] == [(MESSAGE, "new")]
    form = CaseForm(type="complaint", subject="Basura", confirm=True)
    async with centre.begin() as connection:
        await apply(connection, [CaseSaved(id="b", at=AT, call=None, number=MESSAGE, agent="luis", form=form)])
    assert await cases.to_complete(centre, by="ana") == []


async def test_all_of_an_agents_own_drafts_are_listed_before_the_oldest_messages(centre: AsyncEngine) -> None:
    def left(number: str, hours: int) -> CaseOpened:
        given = {"number": number, "key": "1", "type": "complaint", "language": "es", "confirmed": True}
        return CaseOpened(id=number, at=AT + timedelta(hours=hours), call=f"c{number}", **given)

    messages = ["2600000014", "2600000023", "2600000038"]
    async with centre.begin() as connection:
        await apply(connection, [left(number, 3 + hours) for hours, number in enumerate(messages)])
        await apply(connection, [CallEvent(id="a", at=AT, call="c3", event="answered", agent="luis")])
        await apply(connection, [CallEnded(id="b", at=AT, call="c3", outcome="answered", agent="luis")])
    found = await cases.to_complete(centre, by="luis", messages=2)
    assert [line.number for line in found] == [DUMP, *messages[:2]]


async def test_a_case_is_held_by_whoever_saved_it_last_until_they_are_removed(centre: AsyncEngine) -> None:
    async def holder() -> str | None:
        standing = await cases.case_standing(centre, LEAK)
        assert standing is not None
        return standing.holder

    await add_agent(centre, "ana", phone="sip", role="agent", password="una-clave-larga")
    assert await holder() == "ana"
    await change_agent(centre, "ana", by="root", active=False)
    assert await holder() is None
    assert await cases.case_standing(centre, "2699999994") is None


async def test_a_case_is_shown_whole_and_the_reading_is_on_record(centre: AsyncEngine) -> None:
    detail = await cases.case_detail(centre, LEAK, by="ana")
    assert detail is not None
    assert (detail.key, detail.phone, detail.reporter_name) == ("0412", ROSA, "Rosa Núñez")
    assert [line.what for line in detail.history] == ["opened", "confirmed", "linked"]
    assert [(call.id, call.how) for call in detail.calls] == [("c1", "opened"), ("c2", "linked")]
    assert [recording.seconds for recording in detail.recordings] == [60.0]
    [entry] = await audit.trail(centre, f"case:{LEAK}")
    assert (entry.agent, entry.action) == ("ana", "read")
    assert await cases.case_detail(centre, "2699999994", by="ana") is None


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (LEAK, [LEAK]),
        ("26 4071 3351", [LEAK]),
        ("60000001", [LEAK, WATER]),
        ("+507 6000-0001", [LEAK, WATER]),
        ("via espana", [LEAK]),
        ("NUÑEZ", [LEAK]),
        ("fuga noche", [LEAK]),
        ("fuga mañana", []),
        ("100%", []),
        ("_", []),
        ("  ", []),
    ],
)
async def test_cases_are_found_by_what_is_remembered(centre: AsyncEngine, asked: str, found: list[str]) -> None:
    assert sorted(line.number for line in await search.search(centre, asked, by="ana")) == sorted(found)


async def test_erasing_a_citizen_is_one_row_and_their_cases_stay(centre: AsyncEngine) -> None:
    citizen = await citizens.citizen_of(centre, ROSA)
    assert citizen is not None
    await citizens.erase_citizen(centre, citizen, by="administrator")
    async with centre.connect() as connection:
        for table in metadata.sorted_tables:
            rows = (await connection.execute(select(table))).all()
            assert not [row for row in rows if ROSA in str(row) or "Rosa" in str(row)], table.name
    detail = await cases.case_detail(centre, LEAK, by="ana")
    assert detail is not None
    assert (detail.phone, detail.reporter_name, detail.citizen) == (None, "", citizen)
    await citizens.erase_citizen(centre, citizen, by="administrator")
    with pytest.raises(NotFound):
        await citizens.erase_citizen(centre, "nobody", by="administrator")


async def test_a_caller_who_was_erased_and_calls_again_is_somebody_new(centre: AsyncEngine) -> None:
    before = await citizens.citizen_of(centre, ROSA)
    assert before is not None
    await citizens.erase_citizen(centre, before, by="administrator")
    async with centre.begin() as connection:
        await apply(connection, [CallerKnown(id="n", at=AT, call="c9", phone=ROSA)])
    after = await citizens.citizen_of(centre, ROSA)
    assert after is not None
    assert after != before


async def test_recordings_are_listed_to_those_who_took_the_call(centre: AsyncEngine) -> None:
    [mine] = await recordings.list_recordings(centre, by="ana", own=True)
    assert mine.agent == "ana"
    assert await recordings.list_recordings(centre, by="luis", own=True) == []
    assert await recordings.recording(centre, mine.id) == mine
    await recordings.note_listened(centre, mine.id, by="ana")
    assert [line.action for line in await audit.trail(centre, f"recording:{mine.id}")] == ["listened"]
    assert await recordings.recording(centre, mine.id + 1) is None


async def test_the_sample_is_seeded_once_and_an_administrators_changes_stay(engine: AsyncEngine) -> None:
    assert await catalogue.seed(engine)
    found = {each.code: each for each in await catalogue.institutions(engine)}
    leak = next(service for service in found["idaan"].services if service.code == "leak")
    assert leak.days == 5
    assert leak.name["en"] == "Leak or broken pipe in the street"
    async with engine.begin() as connection:
        await connection.execute(text("update service set days = 7 where code = 'leak'"))
        await connection.execute(text("update institution set active = false where code = 'mop'"))
    assert not await catalogue.seed(engine)
    again = {each.code: each for each in await catalogue.institutions(engine)}
    assert next(service for service in again["idaan"].services if service.code == "leak").days == 7
    assert "mop" not in again


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("institutions: [{code: a, name: {es: A}}]", "needs a name"),
        (
            "institutions: [{code: a, name: {es: A, en: A}, services: [{code: b, name: {es: B, en: B}, days: -1}]}]",
            "b has",
        ),
        ("institutions: [{name: {es: A, en: A}}]", "code"),
        ("institutions: [", "x.yaml"),
    ],
)
def test_a_catalogue_that_is_wrong_says_where(tmp_path: Path, content: str, why: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(content)
    with pytest.raises(Unfit, match=why):
        catalogue.read(path)


async def test_drafts_that_nobody_completes_are_closed_after_a_day(centre: AsyncEngine) -> None:
    async with centre.begin() as connection:
        await apply(connection, [CallEnded(id="e", at=AT, call="c3", outcome="answered")])
    assert await sweeps.draft_sweep(centre, AT + timedelta(hours=23)) == []
    assert await sweeps.draft_sweep(centre, AT + timedelta(hours=27)) == [DUMP]
    assert await sweeps.draft_sweep(centre, AT + timedelta(hours=27)) == []
    async with centre.begin() as connection:
        await connection.execute(update(Case).where(Case.number == DUMP).values(state="draft", call_id="c2"))
    assert await sweeps.draft_sweep(centre, AT + timedelta(hours=27)) == []  # its call is still on


@pytest.fixture
async def away() -> AsyncIterator[AsyncEngine]:
    engine = make_engine("postgresql://centro311@/nothing?host=/nonexistent")
    yield engine
    await engine.dispose()


async def test_every_service_says_unavailable_where_the_database_is_away(away: AsyncEngine) -> None:
    asked = [
        cases.list_cases(away),
        cases.case_detail(away, LEAK, by="ana"),
        cases.earlier_cases(away, ROSA, by="ana"),
        cases.to_complete(away, by="ana"),
        calls.list_calls(away),
        calls.open_calls(away),
        catalogue.institutions(away),
        citizens.citizen_of(away, ROSA),
        recordings.list_recordings(away, by="ana"),
        search.search(away, "agua", by="ana"),
        sweeps.draft_sweep(away),
        audit.trail(away, "case:1"),
    ]
    for ask in asked:
        with pytest.raises(Unavailable, match="status"):
            await ask


async def test_no_number_is_in_what_is_logged_of_an_unforeseen_error(centre: AsyncEngine) -> None:
    with pytest.raises(IntegrityError) as twice:
        async with transaction(centre) as connection:
            await connection.execute(insert(Phone).values(citizen_id="somebody", number=ROSA))
    logged = "".join(traceback.format_exception(twice.value))
    assert "duplicate key value" in logged
    assert ROSA not in logged
    with pytest.raises(Unfit) as unfit:
        await search.search(centre, f"{ROSA}\x00x", by="ana")
    assert ROSA not in "".join(traceback.format_exception(unfit.value))

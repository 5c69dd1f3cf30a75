"""The lists of cases, calls and recordings, for the command line and the staff."""

from __future__ import annotations

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.effects.batch import apply
from crm_core.entries import CallEvent, CallStarted
from crm_core.services import audit, calls, cases, recordings, search
from tests.parts.crm.draining import opened
from tests.parts.crm.filed import AT, DUMP, LEAK, MESSAGE, ROSA


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


async def test_a_nodes_calls_without_an_end_are_listed_for_whoever_closes_them(centre: AsyncEngine) -> None:
    one, two = "n1-1764000000.1", "n1-1764000000.2"
    async with centre.begin() as connection:
        others = [CallStarted(id=id, at=AT, call=id) for id in ("n2-1764000000.1", "n1-b-1764000000.1")]
        await apply(connection, [CallStarted(id=id, at=AT, call=id) for id in (one, two)] + others)
        await apply(connection, [CallEvent(id="a", at=AT, call=one, event="answered", agent="luis")])
        await apply(connection, [opened(MESSAGE, one, language="en")])
    found = {call.id: call for call in await calls.open_calls(centre, "n1")}
    assert {id: call.outcome for id, call in found.items()} == {one: "answered", two: "abandoned"}
    assert found[one].language == "en"
    async with centre.begin() as connection:
        await apply(connection, [CallEvent(id="b", at=AT, call=two, event="message-left")])
    assert {call.id: call.outcome for call in await calls.open_calls(centre, "n1")}[two] == "message"


async def test_a_caller_who_was_told_how_their_case_stands_had_what_they_asked_for(centre: AsyncEngine) -> None:
    told, unknown, drafted = (f"n1-1764000000.{n}" for n in range(3))
    async with centre.begin() as connection:
        for id, found in ((told, True), (unknown, False), (drafted, True)):
            looked = CallEvent(id=id, at=AT, call=id, event="looked-up", detail={"found": found})
            await apply(connection, [CallStarted(id=id, at=AT, call=id), looked])
        await apply(connection, [opened(MESSAGE, drafted)])
    outcomes = {call.id: call.outcome for call in await calls.open_calls(centre, "n1")}
    assert outcomes == {told: "self_service", unknown: "abandoned", drafted: "abandoned"}


async def test_more_calls_than_a_statement_has_parameters_are_looked_for_at_once(centre: AsyncEngine) -> None:
    never = {f"never-{n}" for n in range(70_000)}
    assert await calls.unknown_calls(centre, never | {"c1"}) == never


async def test_recordings_are_listed_to_those_who_took_the_call(centre: AsyncEngine) -> None:
    [mine] = await recordings.list_recordings(centre, by="ana", own=True)
    assert mine.agent == "ana"
    assert await recordings.list_recordings(centre, by="luis", own=True) == []
    assert await recordings.recording(centre, mine.id) == mine
    await recordings.note_listened(centre, mine.id, by="ana")
    assert [line.action for line in await audit.trail(centre, f"recording:{mine.id}")] == ["listened"]
    assert await recordings.recording(centre, mine.id + 1) is None


async def test_whoever_lists_recordings_is_on_record(centre: AsyncEngine) -> None:
    [found] = await recordings.list_recordings(centre, by="maria")
    [listed] = await audit.trail(centre, "recordings")
    assert (listed.agent, listed.action, listed.detail) == ("maria", "listed", {"found": [found.id]})


async def test_whoever_looks_cases_up_is_on_record_with_what_they_found(centre: AsyncEngine) -> None:
    await cases.recent_cases(centre, by="ana", limit=1)
    await search.search(centre, "fuga", by="ana")
    await search.search(centre, "nada de eso", by="ana")
    looked = [(line.agent, line.action, line.detail["found"]) for line in await audit.trail(centre, "cases")]
    assert looked == [("ana", "searched", []), ("ana", "searched", [LEAK]), ("ana", "listed", [DUMP])]

"""What becomes of each entry in the database: the call, its cases, its citizen."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from crm_core.entries import (
    AgentStateChanged,
    CallerForgotten,
    CallerKnown,
    CallEvent,
    CaseLinked,
    CaseOpened,
    RecordingStored,
)
from crm_core.services import catalogue
from crm_core.services.agents import add_agent, change_agent
from crm_core.services.cases import case_history
from crm_core.storage.tables import (
    AgentEvent,
    CallCase,
    CaseHistory,
    Citizen,
    JournalPoison,
    Phone,
    Recording,
)
from crm_core.storage.tables import (
    CallEvent as CallEventRow,
)
from tests.parts.crm.draining import (
    AT,
    CALL,
    NUMBER,
    OTHER,
    PHONE,
    House,
    answered,
    ended,
    known,
    opened,
    saved,
    started,
)


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


async def test_the_history_names_who_made_a_call_anonymous_where_it_was_kept(house: House) -> None:
    await house.write(started(), opened())
    await house.write(
        CallerForgotten(id="f1", at=AT, call=CALL), CallerForgotten(id="f2", at=AT, call=CALL, agent="ana")
    )
    told = [line.agent for line in await case_history(house.engine, NUMBER) if line.what == "made-anonymous"]
    assert told == [None, "ana"]


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


async def test_of_two_who_complete_a_message_the_first_has_it(house: House) -> None:
    await house.write(started(), opened(confirmed=True), ended("message"))
    for agent in ("luis", "ana"):
        later = saved(entry=agent, subject=agent)
        later.agent, later.call = agent, None
        await house.write(later)
    case = await house.case()
    assert (case.agent, case.subject) == ("luis", "luis")
    [poison] = await house.rows(JournalPoison)
    assert "is luis's by now" in poison.error


async def test_a_case_of_an_agent_who_was_removed_is_anybodys_to_save(house: House) -> None:
    await add_agent(house.engine, "luis", phone="sip", role="agent", password="una-clave-larga")
    first = saved(subject="luis")
    first.agent = "luis"
    await house.write(started(), opened(), first)
    await change_agent(house.engine, "luis", by="root", active=False)
    later = saved(entry="s2", subject="ana")
    later.call = None
    await house.write(later)
    assert (await house.case()).subject == "ana"


async def test_whoever_takes_over_a_call_saves_its_case_though_another_had_confirmed_it(house: House) -> None:
    first = saved(subject="luis")
    first.agent = "luis"
    await house.write(started(), opened(), first, saved(entry="s2", subject="ana"))
    assert (await house.case()).subject == "ana"


@pytest.mark.parametrize("confirm", [False, True], ids=["half-filled", "confirmed"])
async def test_whoever_lost_a_call_saves_nothing_over_whom_answered_it_next(house: House, confirm: bool) -> None:
    await house.write(started(), opened(), answered("luis"), answered("ana"), saved(subject="ana", confirm=confirm))
    later = saved(entry="s2", subject="luis")
    later.agent = "luis"
    await house.write(later)
    assert ((await house.case()).agent, (await house.case()).subject) == ("ana", "ana")
    [poison] = await house.rows(JournalPoison)
    assert "is ana's by now" in poison.error


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


async def test_a_draft_of_another_call_is_not_voided_by_a_link(house: House) -> None:
    await house.write(started("c0"), opened(OTHER, "c0"), started(), opened())
    await house.write(CaseLinked(id="l1", at=AT, call=CALL, draft=OTHER, existing=NUMBER, agent="ana"))
    [poison] = await house.rows(JournalPoison)
    assert f"Case {OTHER} is not of call" in poison.error
    assert (await house.case(OTHER)).state == "draft"


async def test_a_call_with_two_cases_is_about_the_first(house: House) -> None:
    await house.write(started(), opened(), opened(OTHER))
    assert (await house.call()).case_number == NUMBER
    assert len(await house.rows(CallCase)) == 2


async def test_out_of_order_a_call_is_whole_in_the_end(house: House) -> None:
    await house.write(ended("answered", agent="ana"), opened(), known(), started())
    call = await house.call()
    assert (call.started_at, call.outcome, call.case_number) == (AT, "answered", NUMBER)
    assert (await house.case()).citizen_id == call.citizen_id is not None

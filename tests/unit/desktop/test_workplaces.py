"""What stays on an agent's desk, and when it goes."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from agent_desktop.workplaces import Saved, Workplace
from crm_core.entries import CaseForm
from ivr.api import AgentState, AgentView, CallView, CaseView, Phase

NOW = datetime(2026, 11, 24, tzinfo=UTC)
CALL = CallView(
    id="n1-1",
    offer="o1",
    phase=Phase.OFFERED,
    phone="+50761234567",
    anonymous=False,
    language="es",
    choice="complaint",
    queue="general",
    waited=3.0,
    started_at=NOW,
    cases=[CaseView(number="2640713351", type="complaint")],
)


def view(state: AgentState, call: CallView | None) -> AgentView:
    return AgentView(agent="ana", phone="browser", state=state, since=NOW, call=call)


def in_wrap_up() -> Workplace:
    desk = Workplace()
    desk.follow(view(AgentState.OFFERED, CALL))
    desk.follow(view(AgentState.TALKING, msgspec.structs.replace(CALL, phase=Phase.TALKING)))
    desk.follow(view(AgentState.WRAP_UP, msgspec.structs.replace(CALL, phase=Phase.CLOSING)))
    return desk


def test_a_call_is_held_from_the_first_that_is_heard_of_it_until_it_is_written_up() -> None:
    desk = Workplace()
    desk.follow(view(AgentState.TALKING, CALL))
    assert desk.held
    desk.follow(view(AgentState.WRAP_UP, CALL))
    assert not desk.held


def test_an_offer_that_came_to_nothing_leaves_nothing() -> None:
    desk = Workplace()
    desk.follow(view(AgentState.OFFERED, CALL))
    assert desk.call == CALL
    desk.follow(view(AgentState.PAUSED, None))
    assert desk.call is None


def test_a_call_stays_through_wrap_up() -> None:
    desk = in_wrap_up()
    desk.follow(view(AgentState.WRAP_UP, None))
    assert desk.call is not None


def test_a_case_that_nobody_confirmed_stays_until_it_is_cleared_or_another_call_comes() -> None:
    desk = in_wrap_up()
    desk.follow(view(AgentState.READY, None))
    assert desk.unconfirmed() == ["2640713351"]
    other = msgspec.structs.replace(CALL, id="n1-2", cases=[])
    desk.follow(view(AgentState.OFFERED, other))
    assert desk.call == other
    assert desk.unconfirmed() == []


def test_after_confirming_the_desk_is_free_again() -> None:
    desk = in_wrap_up()
    desk.saved["2640713351"] = Saved(CaseForm(type="complaint", confirm=True), "10:00:00")
    assert desk.unconfirmed() == []
    desk.follow(view(AgentState.READY, None))
    assert desk.call is None
    assert desk.saved == {}


def test_a_saved_draft_is_not_a_confirmed_case() -> None:
    desk = in_wrap_up()
    desk.saved["2640713351"] = Saved(CaseForm(type="complaint"), "10:00:00")
    assert desk.unconfirmed() == ["2640713351"]


def test_a_linked_case_needs_no_confirming() -> None:
    desk = Workplace()
    linked = msgspec.structs.replace(CALL, cases=[CaseView(number="2600000014", type=None, linked=True)])
    desk.follow(view(AgentState.TALKING, linked))
    assert desk.unconfirmed() == []


def test_a_link_is_remembered_though_the_telephone_side_tells_of_the_draft() -> None:
    desk = in_wrap_up()
    desk.link("2640713351", "2600000014")
    desk.follow(view(AgentState.WRAP_UP, CALL))
    assert desk.call is not None
    assert [(case.number, case.linked) for case in desk.call.cases] == [("2600000014", True)]
    assert (desk.own(), desk.unconfirmed()) == (set(), [])
    other = msgspec.structs.replace(CALL, id="n1-2")
    desk.follow(view(AgentState.OFFERED, other))
    assert desk.call == other


def test_no_news_changes_nothing() -> None:
    desk = in_wrap_up()
    desk.follow(None)
    assert desk.call is not None

"""Entries may come in any order and more than once: what a person wished holds in the end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from crm_core.effects.batch import EFFECTS
from crm_core.effects.sheet import NotYet, Sheet
from crm_core.entries import (
    AnyEntry,
    CallEnded,
    CallerForgotten,
    CallerKnown,
    CallStarted,
    CaseForm,
    CaseLinked,
    CaseOpened,
    CaseSaved,
)

AT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
DRAFT, OTHER, EARLIER = "2640713351", "2612345674", "2600000005"
ROSA = "+50760000001"


def earlier() -> list[AnyEntry]:
    return [
        CallStarted(id="p1", at=AT - timedelta(days=3), call="c0"),
        CallerKnown(id="p2", at=AT, call="c0", phone=ROSA),
        CaseOpened(id="p3", at=AT, call="c0", number=EARLIER, key="1", type="idea", language="es", confirmed=True),
    ]


def call() -> list[AnyEntry]:
    form = CaseForm(type="complaint", subject="Agua", reporter_name="Rosa", confirm=True)
    return [
        CallStarted(id="1", at=AT, call="c1"),
        CallerKnown(id="2", at=AT, call="c1", phone=ROSA),
        CaseOpened(id="3", at=AT, call="c1", number=DRAFT, key="1", type="complaint", language="es"),
        CaseOpened(id="4", at=AT, call="c1", number=OTHER, key="2", type="complaint", language="es"),
        CaseSaved(id="5", at=AT, call="c1", number=OTHER, agent="ana", form=form),
        CaseLinked(id="6", at=AT, call="c1", draft=DRAFT, existing=EARLIER, agent="ana"),
        CallEnded(id="7", at=AT + timedelta(minutes=4), call="c1", outcome="answered", agent="ana"),
    ]


def applied(entries: Sequence[AnyEntry]) -> Sheet:
    """All of them, those that came too early tried again, as the drain does."""
    sheet = Sheet()
    waiting = list(entries)
    while waiting:
        again: list[AnyEntry] = []
        for entry in waiting:
            if (mentioned := getattr(entry, "call", None)) is not None:
                sheet.mention(mentioned, entry.at)
            try:
                EFFECTS[type(entry)](sheet, entry)
            except NotYet:
                again.append(entry)
        assert len(again) < len(waiting), again
        waiting = again
    return sheet


@given(st.permutations(call()))
def test_in_any_order_a_call_and_its_cases_end_alike(entries: list[AnyEntry]) -> None:
    sheet = applied([*earlier(), *entries])
    c1 = sheet.calls["c1"]
    assert (c1.started_at, c1.outcome, c1.agent) == (AT, "answered", "ana")
    assert c1.citizen_id == sheet.phones[ROSA]
    assert (sheet.cases[DRAFT].state, sheet.cases[OTHER].state) == ("void", "new")
    assert sheet.cases[OTHER].subject == "Agua"
    assert {case.citizen_id for case in sheet.cases.values()} == {sheet.phones[ROSA]}
    assert {case for call_id, case in sheet.links if call_id == "c1"} == {DRAFT, OTHER, EARLIER}
    assert sheet.citizens == [sheet.phones[ROSA]]


@given(st.permutations([*call(), CallerForgotten(id="8", at=AT, call="c1")]))
def test_in_any_order_whoever_wished_to_stay_unknown_does(entries: list[AnyEntry]) -> None:
    sheet = applied([*earlier(), *entries])
    assert sheet.calls["c1"].citizen_id is None
    for number in (DRAFT, OTHER):
        case = sheet.cases[number]
        assert (case.anonymous, case.citizen_id, case.reporter_name) == (True, None, "")
    assert sheet.cases[EARLIER].citizen_id is not None
    told = str([line["detail"] for line in sheet.history])
    assert ROSA not in told
    assert "Rosa" not in told


@given(st.permutations([*call()[:4], CallEnded(id="7", at=AT, call="c1", outcome="abandoned")]))
def test_in_any_order_no_draft_outlives_a_caller_who_gave_up(entries: list[AnyEntry]) -> None:
    sheet = applied(entries)
    assert {case.state for case in sheet.cases.values()} == {"abandoned"}
    assert sheet.calls["c1"].outcome == "abandoned"

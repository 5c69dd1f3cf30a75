"""Which state may follow which."""

from __future__ import annotations

import pytest

from crm_core.domain.case import CaseState, CaseType, closed_by_call_end, may_become, needs_key


@pytest.mark.parametrize("then", [CaseState.NEW, CaseState.VOID, CaseState.ABANDONED])
def test_a_draft_may_become_anything(then: CaseState) -> None:
    assert may_become(CaseState.DRAFT, then)


@pytest.mark.parametrize("state", [CaseState.NEW, CaseState.VOID])
def test_a_confirmed_or_void_case_stays_what_it_is(state: CaseState) -> None:
    assert not any(may_become(state, then) for then in CaseState)


def test_an_agent_may_still_complete_what_its_caller_abandoned() -> None:
    assert may_become(CaseState.ABANDONED, CaseState.NEW)
    assert not may_become(CaseState.ABANDONED, CaseState.DRAFT)


def test_only_denunciations_are_read_with_their_key() -> None:
    assert [each for each in (*CaseType, None) if needs_key(each)] == [CaseType.DENUNCIATION]


def test_the_end_of_an_answered_call_leaves_the_draft_to_its_agent() -> None:
    assert not closed_by_call_end(CaseState.DRAFT, "answered")
    assert closed_by_call_end(CaseState.DRAFT, "abandoned")
    assert not closed_by_call_end(CaseState.NEW, "abandoned")

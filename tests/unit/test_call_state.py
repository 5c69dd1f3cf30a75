"""A call's state in its channel variable, and the ids by which things find their call."""

from __future__ import annotations

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.calls.ids import call_of
from ivr.calls.state import CallState, OpenCase, Stage

texts = st.text(max_size=20)
cases = st.builds(
    OpenCase, number=st.from_regex(r"\d{10}", fullmatch=True), key=st.none() | texts, type=st.none() | texts
)
states = st.builds(
    CallState,
    flow=texts,
    step=texts,
    tries=st.integers(0, 9),
    stage=st.sampled_from(Stage),
    language=st.sampled_from(["es", "en"]),
    cases=st.lists(cases, max_size=3).map(tuple),
    queued_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    anonymous=st.booleans(),
)


@given(states)
def test_a_state_is_read_as_it_was_written(state: CallState) -> None:
    assert CallState.decode(state.encode()) == state


@pytest.mark.parametrize("text", ["", "not json", "[]", '{"stage": "unknown"}'])
def test_a_variable_that_cannot_be_read_is_a_call_at_its_beginning(text: str) -> None:
    assert CallState.decode(text) == CallState()


def test_a_state_of_a_newer_version_is_read_as_far_as_it_is_known() -> None:
    assert CallState.decode('{"step": "main", "mood": "cheerful"}').step == "main"


@pytest.mark.parametrize("what", ["", "-agent-3", "-in", "-out", "-talk", "-play-1a2b", "-message"])
def test_what_is_made_in_a_call_is_found_by_its_id(what: str) -> None:
    assert call_of(f"n1-1795535132.17{what}") == "n1-1795535132.17"


@pytest.mark.parametrize("thing", ["", "bridge", "5d41402a-abcd", "n1-1795535132", "name.with-dots"])
def test_what_is_not_ours_belongs_to_no_call(thing: str) -> None:
    assert call_of(thing) is None


def test_the_fallback_is_told_of_the_draft_and_of_no_other_case() -> None:
    mine = OpenCase(number="2640713351", key="0123", type="denunciation")
    assert CallState().draft == "n:::"
    assert CallState(anonymous=True).draft == "a:::"
    assert CallState(anonymous=True, choice="denunciation").draft == "a:::denunciation"
    assert CallState(cases=(mine,)).draft == "n:2640713351:0123:denunciation"
    saved = OpenCase(number="2640713351", key="0123", type="complaint", saved=True)
    assert CallState(cases=(saved,)).draft == "n:::"
    linked = OpenCase(number="2640713351", linked=True)
    assert CallState(cases=(linked,)).draft == "n:::"

"""Guessing is slowed, then locked; people who mistype are not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crm_core.domain.guessing import PER_CASE, PER_LINE, WITHHELD, Guard

LINE = "+50760000001"
CASE = "2640713351"


def test_a_line_that_never_missed_waits_for_nothing() -> None:
    verdict = Guard().allow(0.0, LINE)
    assert verdict.allowed
    assert verdict.delay == 0


def test_two_slips_cost_nothing_and_later_ones_ever_more() -> None:
    guard = Guard()
    delays = [guard.miss(float(second), LINE).delay for second in range(7)]
    assert delays == [0, 0, 1, 2, 4, 8, 8]


def test_the_tenth_miss_locks_the_line_for_an_hour() -> None:
    guard = Guard()
    for second in range(PER_LINE.misses):
        assert guard.allow(float(second), LINE).allowed
        guard.miss(float(second), LINE)
    last = float(PER_LINE.misses - 1)
    assert guard.allow(last, LINE).locked_until == last + PER_LINE.locked
    assert not guard.allow(last + PER_LINE.locked - 1, LINE).allowed
    assert guard.allow(last + PER_LINE.locked, LINE).delay == 0
    assert guard.allow(last, "+50760000002").allowed


def test_wrong_keys_lock_a_case_whatever_lines_they_come_from() -> None:
    guard = Guard()
    for attempt in range(PER_CASE.misses):
        guard.miss(float(attempt), f"+5076000000{attempt}", CASE)
    assert not guard.allow(10.0, "+50769999999", CASE).allowed
    assert guard.allow(10.0, "+50769999999").allowed
    assert guard.allow(10.0, "+50769999999", "2600000000").allowed


def test_a_right_key_clears_the_case_and_not_the_line() -> None:
    guard = Guard()
    for attempt in range(4):
        guard.miss(float(attempt), LINE, CASE)
    guard.hit(4.0, LINE, CASE)
    assert guard.allow(4.0, "+50769999999", CASE).delay == 0
    assert guard.allow(4.0, LINE).delay > 0


def test_a_right_key_does_not_open_a_locked_case() -> None:
    guard = Guard()
    for attempt in range(PER_CASE.misses):
        guard.miss(float(attempt), LINE, CASE)
    guard.hit(6.0, LINE, CASE)
    assert not guard.allow(6.0, LINE, CASE).allowed


def test_one_hidden_line_does_not_lock_out_all_others_at_once() -> None:
    guard = Guard()
    for second in range(PER_LINE.misses):
        guard.miss(float(second), None)
    assert guard.allow(20.0, None).allowed
    for second in range(WITHHELD.misses):
        guard.miss(float(second), None)
    assert not guard.allow(100.0, None).allowed


@given(st.lists(st.tuples(st.floats(0, 100_000), st.booleans()), max_size=60))
def test_no_line_gets_more_than_its_misses_in_any_hour(attempts: list[tuple[float, bool]]) -> None:
    guard, missed = Guard(), []
    for now, wrong in sorted(attempts):
        if guard.allow(now, LINE).allowed:
            if wrong:
                guard.miss(now, LINE)
                missed.append(now)
            else:
                guard.hit(now, LINE)
    for start in missed:
        assert sum(start <= at < start + PER_LINE.within for at in missed) <= PER_LINE.misses


@given(st.lists(st.integers(0, 500), max_size=300))
def test_its_memory_is_bounded(lines: list[int]) -> None:
    guard = Guard(most=20)
    for second, line in enumerate(lines):
        guard.miss(float(second), str(line))
    assert len(guard._records) <= 20


def test_what_is_asked_at_once_counts_at_once_and_is_taken_back_where_it_was_right() -> None:
    guard = Guard()
    for attempt in range(PER_CASE.misses):
        guard.miss(float(attempt), LINE, CASE)
    assert not guard.allow(5.0, LINE, CASE).allowed
    guard.take_back(PER_CASE.misses - 1.0, LINE, CASE)
    assert guard.allow(5.0, LINE, CASE).allowed
    assert guard.miss(5.0, LINE, CASE).locked_until == 5.0 + PER_CASE.locked


def test_taking_back_does_not_open_what_others_have_locked() -> None:
    guard = Guard()
    for attempt in range(PER_CASE.misses):
        guard.miss(float(attempt), LINE, CASE)
    guard.take_back(0.0, LINE, CASE)
    assert not guard.allow(5.0, LINE, CASE).allowed

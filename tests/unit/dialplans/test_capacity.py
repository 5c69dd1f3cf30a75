"""How many callers are let in, by cores and descriptors."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dialplans import capacity


def test_two_cores_with_descriptors_enough_let_six_hundred_in() -> None:
    limits = capacity(2, 1_048_576)
    assert (limits.admitted, limits.told_busy, limits.maxcalls) == (600, 120, 840)
    assert limits.maxfiles == 1_048_576


def test_a_thousand_descriptors_limit_the_callers_not_the_cores() -> None:
    assert capacity(8, 1024).admitted == 34


@given(st.integers(1, 256), st.integers(256, 2_000_000))
def test_whoever_is_let_in_has_descriptors_and_the_order_of_limits_holds(cores: int, descriptors: int) -> None:
    limits = capacity(cores, descriptors)
    assert 0 < limits.admitted < limits.admitted + limits.told_busy < limits.maxcalls
    assert limits.maxfiles == descriptors
    assert limits.admitted == 1 or limits.admitted * 19 + 19 < descriptors  # 19 were seen for a conversation
    assert capacity(cores + 1, descriptors).admitted >= limits.admitted


def test_this_machines_own_limits_are_used_where_none_are_given() -> None:
    assert capacity().admitted > 0

"""Case numbers: one for each counter, none that tells of another, no slip of a finger that passes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.domain.numbers import COUNTERS, groups, is_well_formed, number, spoken_groups

SECRET = bytes(range(32))
years = st.integers(2024, 2123)
counters = st.integers(0, COUNTERS - 1)
secrets = st.binary(min_size=32, max_size=32)


@given(years, counters, secrets)
def test_a_number_has_ten_digits_begins_with_its_year_and_is_well_formed(
    year: int, counter: int, secret: bytes
) -> None:
    case = number(year, counter, secret)
    assert len(case) == 10
    assert case[:2] == f"{year % 100:02d}"
    assert is_well_formed(case)


@given(years, secrets, st.sets(counters, min_size=2, max_size=200))
def test_no_two_counters_share_a_number(year: int, secret: bytes, some: set[int]) -> None:
    assert len({number(year, counter, secret) for counter in some}) == len(some)


def test_twenty_thousand_counters_in_a_row_give_as_many_numbers_spread_over_the_whole_range() -> None:
    cases = [number(2026, counter, SECRET) for counter in range(20_000)]
    assert len(set(cases)) == len(cases)
    thousands = {case[2:6] for case in cases}
    assert len(thousands) > 8_000  # of 10,000 first halves; a plain counter would have 20


@given(years, st.integers(0, COUNTERS - 2), secrets)
def test_the_next_number_is_not_the_next_in_order(year: int, counter: int, secret: bytes) -> None:
    """Seven digits one after another by chance: once in five million."""
    first, second = (int(number(year, each, secret)[2:9]) for each in (counter, counter + 1))
    assert first != second


@given(years, counters, secrets, st.integers(0, 9), st.integers(1, 9))
def test_every_wrong_digit_is_caught(year: int, counter: int, secret: bytes, place: int, by: int) -> None:
    case = number(year, counter, secret)
    wrong = str((int(case[place]) + by) % 10)
    assert not is_well_formed(case[:place] + wrong + case[place + 1 :])


@given(years, counters, secrets, st.integers(0, 8))
def test_two_swapped_neighbours_are_caught(year: int, counter: int, secret: bytes, place: int) -> None:
    case = number(year, counter, secret)
    swapped = case[:place] + case[place + 1] + case[place] + case[place + 2 :]
    assert is_well_formed(swapped) == (swapped == case)


@given(st.text(max_size=12))
def test_whatever_else_is_keyed_is_judged_without_an_error(text: str) -> None:
    if is_well_formed(text):
        assert len(text) == 10
        assert text.isascii()
        assert text.isdigit()


def test_another_year_and_another_secret_give_other_numbers() -> None:
    mine = [number(2026, counter, SECRET)[2:9] for counter in range(100)]
    assert mine != [number(2027, counter, SECRET)[2:9] for counter in range(100)]
    assert mine != [number(2026, counter, SECRET[::-1])[2:9] for counter in range(100)]


def test_a_number_is_spoken_in_groups_of_two_four_and_four() -> None:
    assert spoken_groups("2640713351") == ["26", "4071", "3351"]
    assert groups("2640713351") == "26 4071 3351"


@pytest.mark.parametrize("counter", [-1, COUNTERS])
def test_a_counter_outside_the_year_is_refused(counter: int) -> None:
    with pytest.raises(ValueError, match="counters"):
        number(2026, counter, SECRET)


def test_a_secret_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="secret"):
        number(2026, 0, b"short")

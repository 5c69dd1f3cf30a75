"""Promised days skip weekends and holidays, and never pass thirty days."""

from __future__ import annotations

from datetime import date, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.domain.deadlines import LONGEST, is_business_day, promised_on

PANAMA = holidays.country_holidays("PA", years=range(2025, 2031), categories=("public", "bank"))
days = st.dates(date(2025, 1, 1), date(2030, 11, 1))


def test_five_business_days_from_a_tuesday_end_on_the_next_tuesday() -> None:
    assert promised_on(date(2026, 11, 24), 5, frozenset()) == date(2026, 12, 1)


def test_the_patriotic_holidays_of_november_do_not_count() -> None:
    """In 2026 Tuesday the 3rd, Wednesday the 4th and Thursday the 5th are days off."""
    assert promised_on(date(2026, 11, 2), 1, PANAMA) == date(2026, 11, 6)


def test_no_business_days_means_the_same_day() -> None:
    assert promised_on(date(2026, 11, 28), 0, PANAMA) == date(2026, 11, 28)


def test_a_negative_promise_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        promised_on(date(2026, 11, 24), -1, PANAMA)


@given(days, st.integers(0, 60))
def test_no_promise_passes_thirty_days(confirmed: date, business_days: int) -> None:
    assert confirmed <= promised_on(confirmed, business_days, PANAMA) <= confirmed + LONGEST


@given(days, st.integers(1, 15))
def test_exactly_so_many_business_days_lie_within(confirmed: date, business_days: int) -> None:
    promised = promised_on(confirmed, business_days, PANAMA)
    between = [confirmed + timedelta(days=n) for n in range(1, (promised - confirmed).days + 1)]
    if promised < confirmed + LONGEST:
        assert sum(is_business_day(day, PANAMA) for day in between) == business_days
        assert is_business_day(promised, PANAMA)

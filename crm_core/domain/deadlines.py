"""Promised days: business days of the service, never beyond what the constitution allows."""

from __future__ import annotations

from collections.abc import Container
from datetime import date, timedelta

LONGEST = timedelta(days=30)
"""No case may exceed thirty days (Panama's constitution, article 41)."""
WITHOUT_SERVICE = 10
"""Business days promised where no service has been chosen yet: the upper end of what complaints take."""

_SATURDAY = 5


def is_business_day(day: date, holidays: Container[date]) -> bool:
    return day.weekday() < _SATURDAY and day not in holidays


def promised_on(confirmed: date, business_days: int, holidays: Container[date]) -> date:
    """The last day for an answer to a case confirmed on this day, which itself does not count.

    ValueError where `business_days` is negative.
    """
    if business_days < 0:
        raise ValueError(f"business days cannot be negative: {business_days}")
    day, left = confirmed, business_days
    latest = confirmed + LONGEST
    while left and day < latest:
        day += timedelta(days=1)
        left -= is_business_day(day, holidays)
    return day

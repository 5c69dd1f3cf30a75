"""Panama's calendar: its day at a moment, and the days on which its institutions are closed."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

PANAMA = ZoneInfo("America/Panama")


def day_in_panama(at: datetime) -> date:
    return at.astimezone(PANAMA).date()


@lru_cache(maxsize=8)
def closed_days(year: int) -> frozenset[date]:
    """Public holidays and the days on which offices close (Carnival Monday, the flag's day), of this year and
    the next.
    """
    found = holidays.country_holidays("PA", years=(year, year + 1), categories=("public", "bank"))
    return frozenset(found)

"""How times, telephones and case numbers are written for people. Zone: America/Panama."""

from __future__ import annotations

from datetime import date as Date
from datetime import datetime
from zoneinfo import ZoneInfo

import phonenumbers

HERE = ZoneInfo("America/Panama")
COUNTRY = "PA"

MONTHS = {
    "es": ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}


def phone(number: str) -> str:
    """`+50761234567` as people of the country write it: `6123-4567`; foreign numbers with their country."""
    try:
        parsed = phonenumbers.parse(number, COUNTRY)
    except phonenumbers.NumberParseException:
        return number
    national = parsed.country_code == phonenumbers.country_code_for_region(COUNTRY)
    style = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(parsed, style.NATIONAL if national else style.INTERNATIONAL)


def case_number(number: str) -> str:
    """`2640713351` in the groups it is spoken in: `26 4071 3351`."""
    return f"{number[:2]} {number[2:6]} {number[6:]}" if len(number) == 10 else number


def date(of: Date, language: str) -> str:
    """`24 nov 2026`. Fixed, since the locale's short form for Panama puts the month first."""
    return f"{of.day} {MONTHS[language][of.month - 1]} {of.year}"


def short_date(of: Date, language: str) -> str:
    """`24 nov`, where the year goes without saying."""
    return f"{of.day} {MONTHS[language][of.month - 1]}"


def day(moment: datetime, language: str) -> str:
    return date(moment.astimezone(HERE).date(), language)


def moment(when: datetime, language: str) -> str:
    """`24 nov 2026, 16:05`."""
    return f"{day(when, language)}, {when.astimezone(HERE):%H:%M}"


def clock(seconds: float) -> str:
    """`4:07`, or `1:02:07` from an hour on."""
    whole = max(0, int(seconds))
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"

"""Digits, dates and places in a queue: which prompt ids they are, and the texts behind those ids in one language."""

from __future__ import annotations

import calendar
from collections.abc import Iterator

import msgspec

FARTHEST_POSITION = 30
"""Places beyond are heard as `position.many`."""

LEAP_YEAR = 2028


class Spoken(msgspec.Struct, forbid_unknown_fields=True):
    """A text, and what the voice is given where that differs. `{}` is the number's own word."""

    text: str
    say: str | None = None
    speed: float | None = None
    """Slower than the language's usual pace where a recogniser misheard it."""

    def fill(self, *words: str, **named: str) -> Spoken:
        said = None if self.say is None else self.say.format(*words, **named)
        return Spoken(self.text.format(*words, **named), said, self.speed)


class NumberWords(msgspec.Struct, forbid_unknown_fields=True):
    """How one language speaks numbers: the words, and the sentences that they are spoken in."""

    digits: list[str]
    digit: dict[str, str]
    """`first`, `middle` and `last` to what is said, the kept digit in square brackets."""
    days: list[str]
    months: list[str]
    date: Spoken
    years: dict[int, str]
    year: Spoken
    counts: list[str]
    position: Spoken
    position_many: str

    def texts(self) -> Iterator[tuple[str, Spoken]]:
        """Prompt ids and texts of all numbers, the most needed first."""
        for value, word in enumerate(self.digits):
            for form, said in self.digit.items():
                yield f"digit.{value}.{form}", Spoken(word, said.format(word))
        for place, word in enumerate(self.counts, start=1):
            yield position_id(place), self.position.fill(word)
        yield "position.many", Spoken(self.position_many)
        for year, word in self.years.items():
            yield year_id(year), self.year.fill(word)
        for month, name in enumerate(self.months, start=1):
            for day in range(1, calendar.monthrange(LEAP_YEAR, month)[1] + 1):
                yield date_id(month, day), self.date.fill(day=self.days[day - 1], month=name)


def digit_ids(group: str, *, last: bool) -> list[str]:
    """The ids of a group's digits. Only the last digit of all falls; a group that goes on ends on a middle form."""
    forms = ["first", *["middle"] * (len(group) - 1)]
    if last:
        forms[-1] = "last"
    return [f"digit.{digit}.{form}" for digit, form in zip(group, forms, strict=True)]


def position_id(place: int) -> str:
    return f"position.{place}"


def date_id(month: int, day: int) -> str:
    """Day and month are spoken in one breath: a joint inside "el ocho de diciembre" would be heard."""
    return f"date.{month:02d}-{day:02d}"


def year_id(year: int) -> str:
    return f"year.{year}"

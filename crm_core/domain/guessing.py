"""Guessing is slowed, then locked: wrong case numbers and keys per line, wrong keys per case too.

The caller of this module says what time it is, in seconds of any steady clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field

_LONGEST_DELAY = 8.0
"""Seconds that one answer may be held back."""


@dataclass(frozen=True)
class Limits:
    """Counted over `within` seconds: misses beyond `free` are answered ever later, `misses` lock for `locked`
    seconds.
    """

    free: int
    misses: int
    within: float
    locked: float


PER_LINE = Limits(free=3, misses=10, within=3600, locked=3600)
PER_CASE = Limits(free=2, misses=5, within=24 * 3600, locked=24 * 3600)
WITHHELD = Limits(free=30, misses=100, within=3600, locked=600)
"""All withheld lines together, which cannot be told apart: one guesser must not shut out the others at once.
"""


@dataclass(frozen=True)
class Verdict:
    """`delay`: seconds to wait before the look-up. `locked_until`: no look-up before then; None where it may
    go on.
    """

    delay: float = 0.0
    locked_until: float | None = None

    @property
    def allowed(self) -> bool:
        return self.locked_until is None


@dataclass
class _Record:
    misses: list[float] = field(default_factory=list)
    locked_until: float | None = None


class Guard:
    """Remembers misses. `most` bounds its memory: the records idle for longest go first."""

    def __init__(
        self,
        per_line: Limits = PER_LINE,
        per_case: Limits = PER_CASE,
        withheld: Limits = WITHHELD,
        *,
        most: int = 50_000,
    ) -> None:
        self._limits = {"line": per_line, "case": per_case, "withheld": withheld}
        self._records: dict[tuple[str, str], _Record] = {}
        self._most = most

    def allow(self, now: float, line: str | None, case: str | None = None) -> Verdict:
        """Whether this line (None: withheld) may look up now, and this case by its key."""
        delay, locked = 0.0, None
        for kind, record in self._of(now, line, case):
            if record.locked_until is not None:
                locked = max(locked or 0.0, record.locked_until)
            excess = len(record.misses) - self._limits[kind].free
            if excess >= 0:
                delay = max(delay, min(2.0 ** min(excess, 10), _LONGEST_DELAY))
        return Verdict(delay=delay, locked_until=locked)

    def miss(self, now: float, line: str | None, case: str | None = None) -> Verdict:
        """Note a wrong number (`case` None) or a wrong key for `case`. The verdict on what comes next."""
        for kind, key in _keys(line, case):
            record = self._records.pop((kind, key), None) or _Record()
            self._records[kind, key] = record  # to the end: the most recent
            self._forget_old(now, kind, record)
            record.misses.append(now)
            limits = self._limits[kind]
            if len(record.misses) >= limits.misses and record.locked_until is None:
                record.locked_until = now + limits.locked
        while len(self._records) > self._most:
            del self._records[next(iter(self._records))]
        return self.allow(now, line, case)

    def take_back(self, at: float, line: str | None, case: str | None = None) -> None:
        """The miss noted at this moment was none: the answer was right, or there was no answer."""
        for kind, key in _keys(line, case):
            record = self._records.get((kind, key))
            if record is not None and at in record.misses:
                record.misses.remove(at)
                if record.locked_until == at + self._limits[kind].locked:
                    record.locked_until = None

    def hit(self, now: float, line: str | None, case: str | None = None) -> None:
        """A right key clears the case's misses, not its lock. A line's misses fade with time alone.

        Otherwise somebody who knows one case could clear their line between guesses at others.
        """
        if case is not None and (record := self._records.get(("case", case))):
            self._forget_old(now, "case", record)
            if record.locked_until is None:
                record.misses.clear()

    def _of(self, now: float, line: str | None, case: str | None) -> list[tuple[str, _Record]]:
        found = []
        for kind, key in _keys(line, case):
            if record := self._records.get((kind, key)):
                self._forget_old(now, kind, record)
                found.append((kind, record))
        return found

    def _forget_old(self, now: float, kind: str, record: _Record) -> None:
        if record.locked_until is not None and now >= record.locked_until:
            record.locked_until = None
            record.misses.clear()
        oldest = now - self._limits[kind].within
        record.misses = [at for at in record.misses if at > oldest]


def _keys(line: str | None, case: str | None) -> list[tuple[str, str]]:
    keys = [("line", line) if line else ("withheld", "")]
    if case is not None:
        keys.append(("case", case))
    return keys

"""One recording as a row of a list, and whether whoever looks may hear it."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Self

from crm_core.services.cases import RecordingOfCase


@dataclasses.dataclass(frozen=True, kw_only=True)
class Row:
    id: int
    number: str | None
    what: str
    started_at: datetime
    seconds: float
    agent: str | None
    audible: bool

    @classmethod
    def of(cls, one: RecordingOfCase, *, audible: bool) -> Self:
        return cls(
            id=one.id,
            number=one.case_number,
            what=one.what,
            started_at=one.started_at,
            seconds=one.seconds,
            agent=one.agent,
            audible=audible,
        )

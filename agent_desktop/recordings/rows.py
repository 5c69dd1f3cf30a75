"""One recording as a row of a list, and whether whoever looks may hear it."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Self

from agent_desktop.logins import User
from crm_core.services.cases import RecordingOfCase
from crm_core.services.recordings import RecordingView
from recordings import may_listen


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
    def of(cls, one: RecordingView, user: User) -> Self:
        return cls(
            id=one.id,
            number=one.case_number,
            what=one.what,
            started_at=one.started_at,
            seconds=one.seconds,
            agent=one.agent,
            audible=may_hear(user, one.agent),
        )

    @classmethod
    def of_case(cls, one: RecordingOfCase, number: str, agent: str | None, user: User, *, completes: bool) -> Self:
        """`completes`: the user may complete the case, and so hear its message."""
        return cls(
            id=one.id,
            number=number,
            what=one.what,
            started_at=one.started_at,
            seconds=one.seconds,
            agent=agent,
            audible=may_hear(user, agent) or (completes and one.what == "message"),
        )


def may_hear(user: User, agent: str | None) -> bool:
    """`agent` took the call that the recording is of."""
    return may_listen(user.role, own_call=agent == user.name)

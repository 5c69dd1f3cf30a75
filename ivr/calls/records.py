"""What is written of a call into the journal. The same fact, told again after a restart, has the same id; but what
merely `happened` is told once, with an id of its own."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from crm_core.domain.case import Outcome
from crm_core.entries import CallEnded, CallerKnown, CallEvent, CallStarted, CaseOpened
from ivr.calls.state import OpenCase


def started(call: str, at: datetime) -> CallStarted:
    return CallStarted(id=f"{call}-started", at=at, call=call)


def caller_known(call: str, phone: str, at: datetime) -> CallerKnown:
    """`phone` is in E.164."""
    return CallerKnown(id=f"{call}-caller", at=at, call=call, phone=phone)


def case_opened(
    call: str, case: OpenCase, *, language: str, anonymous: bool, at: datetime, by_message: bool = False
) -> CaseOpened:
    """The draft of a call; or a new case, whole as it is, that the caller left a message for."""
    assert case.key is not None
    return CaseOpened(
        id=f"{call}-{case.number}-message" if by_message else f"{call}-{case.number}",
        at=at,
        call=call,
        number=case.number,
        key=case.key,
        type=case.type,
        language=language,
        anonymous=anonymous,
        confirmed=by_message,
    )


def happened(call: str, event: str, *, agent: str | None = None, **detail: Any) -> CallEvent:
    """One line of the call's story, at this moment."""
    return CallEvent(id=uuid.uuid4().hex, at=datetime.now(UTC), call=call, event=event, agent=agent, detail=detail)


def message_left(call: str, at: datetime) -> CallEvent:
    return CallEvent(id=f"{call}-message", at=at, call=call, event="message-left")


def ended(
    call: str, *, outcome: Outcome, language: str | None, at: datetime | None = None, agent: str | None = None
) -> CallEnded:
    """`at` is now where it is not known."""
    return CallEnded(
        id=f"{call}-ended", at=at or datetime.now(UTC), call=call, outcome=outcome, language=language, agent=agent
    )

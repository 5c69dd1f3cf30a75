"""The journal's entries: everything that `line` writes, and the agent's save. Each is applied exactly once.

`id` is chosen by whoever makes the entry; the same id twice is one entry. `at` is aware, UTC.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from crm_core.domain.case import Outcome


class Entry(msgspec.Struct, kw_only=True, tag_field="kind"):
    """Each kind says what it touches: that is read (`effects/reading.py`) before its effect changes it."""

    id: str
    at: datetime

    def cases(self) -> tuple[str, ...]:
        """Numbers of the cases that it changes."""
        return ()

    def opener(self) -> str | None:
        """A call all of whose cases it changes."""
        return None


class CallStarted(Entry, tag="call-started"):
    call: str


class CallerKnown(Entry, tag="caller-known"):
    """The caller's number may be kept: it goes into the one erasable table.

    Never written before "anonymous?" is answered.
    """

    call: str
    phone: str
    """E.164."""

    def opener(self) -> str:
        return self.call


class CallerForgotten(Entry, tag="caller-forgotten"):
    """The agent made this call anonymous: the call and its cases lose their citizen."""

    call: str
    agent: str | None = None
    """None in entries that were written before it was kept."""

    def opener(self) -> str:
        return self.call


class CaseOpened(Entry, tag="case-opened"):
    """A draft with its number; `confirmed` opens it as `new` (a message left without an agent)."""

    call: str
    number: str
    key: str
    type: str | None
    language: str
    anonymous: bool = False
    confirmed: bool = False

    def cases(self) -> tuple[str, ...]:
        return (self.number,)


class CaseForm(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What an agent writes of a case."""

    type: str
    institution: str | None = None
    """An institution's code."""
    service: str | None = None
    """A service's code within the institution."""
    subject: str = ""
    description: str = ""
    place: str = ""
    reporter_name: str = ""
    confirm: bool = False
    """True turns the draft into a new case whose clock runs; False keeps a half-filled form."""


class CaseSaved(Entry, tag="case-saved"):
    call: str | None
    number: str
    agent: str
    form: CaseForm

    def cases(self) -> tuple[str, ...]:
        return (self.number,)


class CaseLinked(Entry, tag="case-linked"):
    """The draft is void; the call belongs to the existing case."""

    call: str
    draft: str
    existing: str
    agent: str

    def cases(self) -> tuple[str, ...]:
        return (self.draft, self.existing)


class CallEvent(Entry, tag="call-event"):
    """One thing that happened in a call: the append-only table that statistics are derived from.

    `event` is one of: language, choice, queued, requeued, position, offered, painted, unpainted, withdrawn,
    ring-no-answer, answered, agent-lost, agent-back, agent-gone, agent-ended, numbers-spoken, looked-up,
    lookup-locked, message-left, resumed, fallback.
    """

    call: str
    event: str
    agent: str | None = None
    detail: dict[str, Any] = msgspec.field(default_factory=dict)


class CallEnded(Entry, tag="call-ended"):
    """Drafts still open are closed as abandoned."""

    call: str
    outcome: Outcome
    language: str | None = None
    agent: str | None = None

    def opener(self) -> str:
        return self.call


class AgentStateChanged(Entry, tag="agent-state"):
    agent: str
    state: str
    reason: str | None = None


class RecordingStored(Entry, tag="recording-stored"):
    """Files are relative to the recordings folder; `caller` and `agent` begin together (aligned when stored)."""

    call: str
    number: str | None
    what: str
    """`conversation` or `message`."""
    started_at: datetime
    seconds: float
    files: dict[str, str]
    """Side (`caller`, `agent`, `message`) to file."""
    sha256: dict[str, str]


AnyEntry = (
    CallStarted
    | CallerKnown
    | CallerForgotten
    | CaseOpened
    | CaseSaved
    | CaseLinked
    | CallEvent
    | CallEnded
    | AgentStateChanged
    | RecordingStored
)

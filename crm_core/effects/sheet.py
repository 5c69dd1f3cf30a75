"""The rows that a batch of entries touches, in memory: what effects read and change."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from crm_core.domain.case import CaseState, CaseType, Outcome
from crm_core.errors import Unfit


class NotYet(Unfit):
    """The entry speaks of a case that is not here: it may still come, from another segment or node."""


@dataclass(slots=True)
class CallRow:
    """A row of `call`, column by column."""

    id: str
    started_at: datetime
    citizen_id: str | None = None
    anonymous: bool = False
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    language: str | None = None
    agent: str | None = None
    case_number: str | None = None


@dataclass(slots=True)
class CaseRow:
    """A row of `case`, column by column."""

    number: str
    key: str
    type: CaseType | None
    state: CaseState
    language: str
    anonymous: bool
    citizen_id: str | None
    call_id: str | None
    opened_at: datetime
    institution: str | None = None
    service: str | None = None
    subject: str = ""
    description: str = ""
    place: str = ""
    reporter_name: str = ""
    confirmed_at: datetime | None = None
    promised_on: date | None = None
    agent: str | None = None


@dataclass
class Sheet:
    """Rows by their keys, and what is to be appended. No database behind it."""

    calls: dict[str, CallRow] = field(default_factory=dict)
    cases: dict[str, CaseRow] = field(default_factory=dict)
    calls_before: dict[str, CallRow] = field(default_factory=dict)
    cases_before: dict[str, CaseRow] = field(default_factory=dict)
    """As they were read; what is not among them is new."""
    phones: dict[str, str] = field(default_factory=dict)
    """Number to citizen."""
    services: dict[str, dict[str, int]] = field(default_factory=dict)
    """Institution to its services' promised days."""
    removed: set[str] = field(default_factory=set)
    """Agents who were removed, among those who hold a case that somebody else saves."""
    saved_at: dict[str, datetime] = field(default_factory=dict)
    """Case to its last save, where the entries come late."""
    citizens: list[str] = field(default_factory=list)
    """Ids of new citizens."""
    new_phones: dict[str, str] = field(default_factory=dict)
    forgotten: set[str] = field(default_factory=set)
    """Citizens who lost a call: their number goes where nothing else is theirs."""
    links: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    """Rows of `call_case` by call and case; the first stands."""
    history: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    agent_events: list[dict[str, Any]] = field(default_factory=list)
    recordings: list[dict[str, Any]] = field(default_factory=list)

    def read_call(self, row: CallRow) -> None:
        self.calls[row.id], self.calls_before[row.id] = row, replace(row)

    def read_case(self, row: CaseRow) -> None:
        self.cases[row.number], self.cases_before[row.number] = row, replace(row)

    def mention(self, call: str, at: datetime) -> None:
        """A call exists from its first mention; when it began is what CallStarted says."""
        if call not in self.calls:
            self.calls[call] = CallRow(id=call, started_at=at)

    def case(self, number: str) -> CaseRow:
        """NotYet where it is not here."""
        if number not in self.cases:
            raise NotYet(f"There is no case {number}.")
        return self.cases[number]

    def cases_of(self, call: str) -> list[CaseRow]:
        """The cases that this call opened."""
        return [case for case in self.cases.values() if case.call_id == call]

    def link(self, call: str, case: str, how: str, at: datetime) -> None:
        self.links.setdefault((call, case), {"call_id": call, "case_number": case, "how": how, "at": at})

    def note(self, case: str, at: datetime, what: str, *, agent: str | None = None, **detail: Any) -> None:
        """One line of the case's history. `detail` must hold no telephone number and no name of a reporter."""
        self.history.append({"case_number": case, "at": at, "what": what, "agent": agent, "detail": detail})

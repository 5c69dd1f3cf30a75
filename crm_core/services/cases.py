"""Cases as callers and staff meet them. Whatever names `by` (a member of the staff) leaves an audit entry."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import Select, and_, case, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_core.domain.case import CaseState, CaseType, Outcome, needs_key
from crm_core.services import audit
from crm_core.services.reach import transaction, within
from crm_core.storage.tables import Agent, Call, CallCase, Case, CaseHistory, Phone, Recording

LOOKUP_SECONDS = 1.5
"""How long a caller waits for a look-up."""
GAVE_UP = 5
"""So many abandoned cases of a caller are told beside the others."""


class CaseStatus(msgspec.Struct, kw_only=True):
    """What may be read out by number alone: nothing personal."""

    number: str
    type: CaseType | None
    institution: str | None
    """Its code."""
    state: CaseState
    promised_on: date | None
    needs_key: bool
    """A denunciation: nothing of it may be read out before `check_key`."""


class CaseSummary(msgspec.Struct, kw_only=True):
    """The fields of `case show --json` and `case list --json`."""

    number: str
    type: CaseType | None
    state: CaseState
    language: str
    call_id: str | None
    opened_at: datetime


class CaseLine(msgspec.Struct, kw_only=True):
    """One case in a list for the staff."""

    number: str
    type: CaseType | None
    state: CaseState
    language: str
    anonymous: bool
    institution: str | None
    service: str | None
    subject: str
    opened_at: datetime
    promised_on: date | None


class DraftLine(CaseLine, kw_only=True):
    phone: str | None
    """E.164, by which its agent may know it again."""


class HistoryLine(msgspec.Struct, kw_only=True):
    at: datetime
    what: str
    agent: str | None
    detail: dict[str, Any]


class CallOfCase(msgspec.Struct, kw_only=True):
    id: str
    how: str
    """opened or linked."""
    started_at: datetime
    ended_at: datetime | None
    outcome: Outcome | None
    agent: str | None


class CaseStanding(msgspec.Struct, kw_only=True):
    """What decides who may write in a case."""

    state: CaseState
    holder: str | None
    """The agent whose case it is: whoever saved it last. None for a message, and for one whose agent was removed."""
    answerer: str | None = None
    """The agent who answered its call last."""

    def is_lost_to(self, agent: str) -> bool:
        """Whether somebody else answered its call since this agent had it, and saved it."""
        return self.answerer not in (None, agent) and self.holder not in (None, agent)


class RecordingOfCase(msgspec.Struct, kw_only=True):
    """A recording with what decides who may hear it."""

    id: int
    call_id: str
    case_number: str | None
    """The case that it was stored for, which another case of the call may list too."""
    case_state: CaseState | None
    case_holder: str | None
    what: str
    started_at: datetime
    seconds: float
    agent: str | None
    """Who took the call."""
    secret: bool
    """The call is about an anonymous denunciation."""

    @property
    def standing(self) -> CaseStanding | None:
        """Of its case."""
        return None if self.case_state is None else CaseStanding(state=self.case_state, holder=self.case_holder)


class CaseDetail(CaseLine, kw_only=True):
    """A case with all that belongs to it, for the staff alone."""

    key: str
    citizen: str | None
    """The opaque id."""
    phone: str | None
    """E.164; None where the citizen is unknown or was erased."""
    call_id: str | None
    description: str
    place: str
    reporter_name: str
    confirmed_at: datetime | None
    agent: str | None
    holder: str | None
    """`agent`, unless they were removed."""
    history: list[HistoryLine]
    calls: list[CallOfCase]
    recordings: list[RecordingOfCase]

    @property
    def standing(self) -> CaseStanding:
        return CaseStanding(state=self.state, holder=self.holder)

    @property
    def answerer(self) -> str | None:
        """The agent who answered the call that opened it, the last of several."""
        return next((call.agent for call in self.calls if call.id == self.call_id), None)


_REMOVED = select(Agent.name).where(Agent.name == Case.agent, ~Agent.active).exists()
_HOLDER = case((_REMOVED, None), else_=Case.agent).label("holder")
_DENOUNCED = (
    select(Case.number)
    .join(CallCase, CallCase.case_number == Case.number)
    .where(CallCase.call_id == Recording.call_id, Case.anonymous, Case.type == CaseType.DENUNCIATION)
    .correlate(Recording)
)
RECORDING: Select[*tuple[Any, ...]] = (
    select(
        *(Recording.id, Recording.call_id, Recording.case_number, Recording.what, Recording.started_at),
        *(Recording.seconds, Call.agent, _DENOUNCED.exists().label("secret")),
        *(Case.state.label("case_state"), _HOLDER.label("case_holder")),
    )
    .join(Call, Call.id == Recording.call_id)
    .outerjoin(Case, Case.number == Recording.case_number)
)
_STATUS = (Case.number, Case.type, Case.institution, Case.state, Case.promised_on)
_SUMMARY = (Case.number, Case.type, Case.state, Case.language, Case.call_id, Case.opened_at)
LINE: tuple[Any, ...] = (
    *(Case.number, Case.type, Case.state, Case.language, Case.anonymous, Case.institution, Case.service),
    *(Case.subject, Case.opened_at, Case.promised_on),
)

_DETAIL: tuple[Any, ...] = (
    *LINE,
    *(Case.key, Case.citizen_id.label("citizen"), Phone.number.label("phone"), Case.call_id, Case.description),
    *(Case.place, Case.reporter_name, Case.confirmed_at, Case.agent, _HOLDER),
)


async def case_status(engine: AsyncEngine, number: str) -> CaseStatus | None:
    """How a case stands; None where there is none. Unavailable after `LOOKUP_SECONDS`, whatever the database does."""

    async def ask() -> CaseStatus | None:
        async with transaction(engine) as connection:
            row = (await connection.execute(select(*_STATUS).where(Case.number == number))).one_or_none()
        if row is None:
            return None
        return CaseStatus(**row._mapping, needs_key=needs_key(row.type))

    return await within(LOOKUP_SECONDS, ask)


async def check_key(engine: AsyncEngine, number: str, key: str) -> bool:
    """Whether this is the case's key. Guessing is the caller's to slow (`crm_core.domain.guessing`)."""

    async def ask() -> bool:
        async with transaction(engine) as connection:
            right = (await connection.execute(select(Case.key).where(Case.number == number))).scalar_one_or_none()
        return right is not None and hmac.compare_digest(right.encode(), key.encode())

    return await within(LOOKUP_SECONDS, ask)


async def case_standing(engine: AsyncEngine, number: str) -> CaseStanding | None:
    """None where there is no such case. Nothing of it is shown, so no audit entry is left."""
    async with transaction(engine) as connection:
        answerer = Call.agent.label("answerer")
        query = select(Case.state, _HOLDER, answerer).outerjoin(Call, Call.id == Case.call_id)
        query = query.where(Case.number == number)
        row = (await connection.execute(query)).one_or_none()
    return None if row is None else CaseStanding(**row._mapping)


async def case_summary(engine: AsyncEngine, number: str) -> CaseSummary | None:
    async with transaction(engine) as connection:
        row = (await connection.execute(select(*_SUMMARY).where(Case.number == number))).one_or_none()
    return None if row is None else CaseSummary(**row._mapping)


async def case_history(engine: AsyncEngine, number: str) -> Sequence[HistoryLine]:
    """What happened to a case, oldest first, without what was written in it."""
    async with transaction(engine) as connection:
        return [msgspec.structs.replace(line, detail={}) for line in await _history(connection, number)]


async def list_cases(engine: AsyncEngine, *, limit: int = 100) -> Sequence[CaseSummary]:
    """The newest cases first."""
    async with transaction(engine) as connection:
        rows = await connection.execute(select(*_SUMMARY).order_by(Case.opened_at.desc()).limit(limit))
        return [CaseSummary(**row._mapping) for row in rows]


async def recent_cases(engine: AsyncEngine, *, by: str, limit: int = 50) -> Sequence[CaseLine]:
    """The newest cases, for a page of the staff."""
    async with transaction(engine) as connection:
        found = await lines(connection, select(*LINE).order_by(Case.opened_at.desc()).limit(limit))
        await audit.note(connection, by, "listed", "cases", found=[line.number for line in found])
        return found


async def to_complete(
    engine: AsyncEngine, *, by: str, but: Sequence[str] = (), messages: int = 50
) -> Sequence[DraftLine]:
    """What this agent has still to complete, without those `but`.

    First all drafts of the calls that they took, which are abandoned after a day, newest first. A caller who is still
    in the call may be with another agent by now, who has the draft on their desk. Then so many messages, oldest first:
    they are any agent's until one saves them.
    """
    taken = select(Call.id).where(Call.agent == by, Call.ended_at.is_not(None))
    draft = and_(Case.state == CaseState.DRAFT, Case.call_id.in_(taken))
    message = and_(Case.state == CaseState.NEW, Case.agent.is_(None))
    listed = (
        select(*LINE, Phone.number.label("phone"))
        .outerjoin(Phone, Phone.citizen_id == Case.citizen_id)
        .where(Case.number.not_in(but))
    )
    async with transaction(engine) as connection:
        drafts = await connection.execute(listed.where(draft).order_by(Case.opened_at.desc()))
        left = await connection.execute(listed.where(message).order_by(Case.opened_at).limit(messages))
        found = [DraftLine(**row._mapping) for row in (*drafts, *left)]
        if found:
            await audit.note(connection, by, "listed", "cases", found=[line.number for line in found])
        return found


async def earlier_cases(
    engine: AsyncEngine, phone: str, *, by: str, but: Sequence[str] = (), limit: int = 20
) -> Sequence[CaseLine]:
    """A caller's earlier cases, newest first, without those `but` (the drafts of this very call).

    Anonymous cases have no citizen, so they are never among them; neither are void ones. Abandoned ones tell that the
    caller gave up before; they are counted apart, so that they hide no other.
    """
    async with transaction(engine) as connection:
        citizen = select(Phone.citizen_id).where(Phone.number == phone).scalar_subquery()
        theirs = select(*LINE).where(Case.citizen_id == citizen, Case.number.not_in(but))
        latest = theirs.order_by(Case.opened_at.desc())
        gave_up = Case.state == CaseState.ABANDONED
        found = await lines(connection, latest.where(~gave_up, Case.state != CaseState.VOID).limit(limit))
        found += await lines(connection, latest.where(gave_up).limit(GAVE_UP))
        found.sort(key=lambda line: line.opened_at, reverse=True)
        if found:
            owner = (await connection.execute(select(citizen))).scalar_one()
            await audit.note(connection, by, "read", f"citizen:{owner}", found=[line.number for line in found])
        return found


async def case_detail(engine: AsyncEngine, number: str, *, by: str) -> CaseDetail | None:
    """All of a case; None where there is none."""
    async with transaction(engine) as connection:
        query = select(*_DETAIL).outerjoin(Phone, Phone.citizen_id == Case.citizen_id).where(Case.number == number)
        row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        detail = CaseDetail(
            **row._mapping,
            history=await _history(connection, number),
            calls=await _calls(connection, number),
            recordings=await _recordings(connection, number),
        )
        await audit.note(connection, by, "read", f"case:{number}")
        return detail


async def lines(connection: AsyncConnection, query: Select[*tuple[Any, ...]]) -> list[CaseLine]:
    return [CaseLine(**row._mapping) for row in await connection.execute(query)]


async def _history(connection: AsyncConnection, number: str) -> list[HistoryLine]:
    rows = await connection.execute(
        select(CaseHistory.at, CaseHistory.what, CaseHistory.agent, CaseHistory.detail)
        .where(CaseHistory.case_number == number)
        .order_by(CaseHistory.at, CaseHistory.id)
    )
    return [HistoryLine(**row._mapping) for row in rows]


async def _calls(connection: AsyncConnection, number: str) -> list[CallOfCase]:
    rows = await connection.execute(
        select(Call.id, CallCase.how, Call.started_at, Call.ended_at, Call.outcome, Call.agent)
        .join(CallCase, CallCase.call_id == Call.id)
        .where(CallCase.case_number == number)
        .order_by(Call.started_at)
    )
    return [CallOfCase(**row._mapping) for row in rows]


async def _recordings(connection: AsyncConnection, number: str) -> list[RecordingOfCase]:
    """Those stored for this case, and those of any call that is about it."""
    about = select(CallCase.call_id).where(CallCase.case_number == number)
    listed = RECORDING.where(or_(Recording.case_number == number, Recording.call_id.in_(about)))
    rows = await connection.execute(listed.order_by(Recording.started_at))
    return [RecordingOfCase(**row._mapping) for row in rows]

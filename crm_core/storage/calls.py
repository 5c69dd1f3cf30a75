"""Calls, what happened in them, and their recordings."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.domain.case import Outcome
from crm_core.storage.base import Base, Serial, one_of


class Call(Base):
    __tablename__ = "call"
    __table_args__ = (
        one_of("outcome", Outcome),
        Index("ix_call_open", "started_at", postgresql_where=text("ended_at is null")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    """The caller's channel's id in Asterisk."""
    citizen_id: Mapped[str | None] = mapped_column(ForeignKey("citizen.id"), index=True)
    anonymous: Mapped[bool] = mapped_column(server_default=text("false"))
    """An agent made the call anonymous: no citizen is tied to it any more, whatever arrives late."""
    started_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    outcome: Mapped[Outcome | None]
    language: Mapped[str | None]
    agent: Mapped[str | None]
    case_number: Mapped[str | None]
    """The case that this call is about first: the one it opened, or the one it was linked to."""


class CallCase(Base):
    """All cases that a call is about."""

    __tablename__ = "call_case"

    call_id: Mapped[str] = mapped_column(ForeignKey("call.id"), primary_key=True)
    case_number: Mapped[str] = mapped_column(ForeignKey("case.number"), primary_key=True, index=True)
    how: Mapped[str]
    """opened or linked."""
    at: Mapped[datetime]


class CallEvent(Base):
    """One thing that happened in a call; append-only, what statistics are derived from."""

    __tablename__ = "call_event"
    __table_args__ = (Index("ix_call_event_at_event", "at", "event"),)

    id: Mapped[Serial]
    call_id: Mapped[str] = mapped_column(ForeignKey("call.id"), index=True)
    at: Mapped[datetime]
    event: Mapped[str]
    agent: Mapped[str | None]
    detail: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))


class Recording(Base):
    """Files are relative to the recordings folder, by side; their names hold nothing personal."""

    __tablename__ = "recording"
    __table_args__ = (UniqueConstraint("call_id", "what", "started_at"),)

    id: Mapped[Serial]
    call_id: Mapped[str] = mapped_column(ForeignKey("call.id"))
    case_number: Mapped[str | None] = mapped_column(index=True)
    what: Mapped[str]
    """conversation or message."""
    started_at: Mapped[datetime]
    seconds: Mapped[float]
    files: Mapped[dict[str, str]]
    sha256: Mapped[dict[str, str]]
    stored_at: Mapped[datetime] = mapped_column(server_default=func.now())

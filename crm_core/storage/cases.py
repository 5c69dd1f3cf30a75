"""Citizens, their cases and the catalogue of institutions and services."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, ForeignKeyConstraint, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.domain.case import CaseState, CaseType
from crm_core.storage.base import Base, Serial, one_of


class Citizen(Base):
    """Somebody, by an opaque id."""

    __tablename__ = "citizen"

    id: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Phone(Base):
    """The one table that holds telephone numbers: deleting a citizen's row erases them."""

    __tablename__ = "phone"

    citizen_id: Mapped[str] = mapped_column(ForeignKey("citizen.id"), primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    """E.164."""


class Institution(Base):
    __tablename__ = "institution"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[dict[str, str]]
    """By language."""
    active: Mapped[bool] = mapped_column(server_default=text("true"))


class Service(Base):
    """An entry of an institution's catalogue."""

    __tablename__ = "service"

    institution: Mapped[str] = mapped_column(ForeignKey("institution.code"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[dict[str, str]]
    """By language."""
    type: Mapped[CaseType | None]
    """The case type that this service usually is."""
    days: Mapped[int]
    """Business days promised for an answer."""
    active: Mapped[bool] = mapped_column(server_default=text("true"))


class Case(Base):
    __tablename__ = "case"
    __table_args__ = (
        CheckConstraint("number ~ '^[0-9]{10}$'", name="number"),
        one_of("state", CaseState),
        one_of("type", CaseType),
        ForeignKeyConstraint(["institution", "service"], ["service.institution", "service.code"]),
        Index("ix_case_drafts", "opened_at", postgresql_where=text("state = 'draft'")),
        Index("ix_case_messages", "opened_at", postgresql_where=text("state = 'new' and agent is null")),
    )

    number: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str]
    """Four digits, spoken with the number; denunciations are read only with it."""
    type: Mapped[CaseType | None]
    """None where the caller pressed 0 and no agent has classified the case yet."""
    state: Mapped[CaseState]
    language: Mapped[str]
    anonymous: Mapped[bool] = mapped_column(server_default=text("false"))
    citizen_id: Mapped[str | None] = mapped_column(ForeignKey("citizen.id"), index=True)
    call_id: Mapped[str | None] = mapped_column(ForeignKey("call.id"), index=True)
    """The call that opened the case."""
    institution: Mapped[str | None] = mapped_column(ForeignKey("institution.code"), index=True)
    service: Mapped[str | None]
    subject: Mapped[str] = mapped_column(server_default="")
    description: Mapped[str] = mapped_column(server_default="")
    place: Mapped[str] = mapped_column(server_default="")
    reporter_name: Mapped[str] = mapped_column(server_default="")
    opened_at: Mapped[datetime] = mapped_column(index=True)
    confirmed_at: Mapped[datetime | None]
    promised_on: Mapped[date | None]
    agent: Mapped[str | None]
    """Whoever saved it last."""


SEARCHED: ColumnElement[str] = func.plain(
    Case.subject + " " + Case.description + " " + Case.place + " " + Case.reporter_name
)
"""What words are looked for in, without case and accents. `plain`, and an index on this, are made by a migration."""


class CaseHistory(Base):
    """What happened to a case, append-only. `detail` holds no number and no name of a reporter."""

    __tablename__ = "case_history"

    id: Mapped[Serial]
    case_number: Mapped[str] = mapped_column(ForeignKey("case.number"), index=True)
    at: Mapped[datetime]
    what: Mapped[str]
    """opened, confirmed, saved, overtaken, void, linked, abandoned, made-anonymous."""
    agent: Mapped[str | None]
    detail: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))

"""Staff: who they are, how they log in, what they did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.domain.staff import Role
from crm_core.storage.base import Base, Serial, one_of


class Agent(Base):
    """Anybody who logs in: agent, supervisor or administrator."""

    __tablename__ = "agent"
    __table_args__ = (
        CheckConstraint("name ~ '^[a-z0-9-]{1,32}$'", name="name"),
        one_of("role", Role),
        CheckConstraint("phone in ('browser', 'sip')", name="phone"),
    )

    name: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[Role]
    phone: Mapped[str]
    """browser or sip."""
    password_hash: Mapped[str]
    """argon2id."""
    sip_password: Mapped[str]
    """What their telephone registers with: digests need it as it is."""
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AgentEvent(Base):
    """An agent's change of state; append-only."""

    __tablename__ = "agent_event"
    __table_args__ = (Index("ix_agent_event_agent_at", "agent", "at"),)

    id: Mapped[Serial]
    agent: Mapped[str]
    at: Mapped[datetime]
    state: Mapped[str]
    reason: Mapped[str | None]


class Session(Base):
    """A login at the desktop. The token itself is nowhere but in the browser."""

    __tablename__ = "session"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    """SHA-256 of the token, in hex."""
    agent: Mapped[str] = mapped_column(ForeignKey("agent.name", ondelete="CASCADE"), index=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    """The absolute end, however busy it is."""


class LoginAttempt(Base):
    __tablename__ = "login_attempt"
    __table_args__ = (
        Index("ix_login_attempt_name_at", "name", "at"),
        Index("ix_login_attempt_address_at", "address", "at"),
    )

    id: Mapped[Serial]
    name: Mapped[str]
    address: Mapped[str]
    """The address it came from."""
    at: Mapped[datetime]
    right: Mapped[bool]


class Audit(Base):
    """Who among the staff read or did what; append-only."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_subject_at", "subject", "at"),)

    id: Mapped[Serial]
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    agent: Mapped[str] = mapped_column(index=True)
    action: Mapped[str]
    subject: Mapped[str]
    """`case:2640713351`, `citizen:<id>`, `recording:12`, `agent:ana`, `search`."""
    detail: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))

"""What nodes share: blocks of case numbers and the journals' progress."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.storage.base import Base


class NumberBlock(Base):
    """Counters `first` to `last` of a year belong to this node, for ever."""

    __tablename__ = "number_block"
    __table_args__ = (CheckConstraint("0 <= first and first <= last and last < 10000000", name="counters"),)

    year: Mapped[int] = mapped_column(primary_key=True)
    first: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]
    node: Mapped[str]
    taken_at: Mapped[datetime] = mapped_column(server_default=func.now())


class NumberSecret(Base):
    """The one key of the permutation behind case numbers. Never changed: numbers would repeat."""

    __tablename__ = "number_secret"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, server_default=text("1"))
    secret: Mapped[bytes]


class JournalOffset(Base):
    """How far a journal's segment has been applied; the row goes with the segment."""

    __tablename__ = "journal_offset"

    segment: Mapped[str] = mapped_column(primary_key=True)
    """The random id in the segment's header."""
    node: Mapped[str]
    applied: Mapped[int]
    """Bytes."""


class JournalApplied(Base):
    """Ids of applied entries: the same id again is the same entry."""

    __tablename__ = "journal_applied"

    entry_id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)


class JournalPoison(Base):
    """Entries that could not be applied. With `retry_at` they are tried again then; without, a person must
    look.
    """

    __tablename__ = "journal_poison"

    entry_id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    entry: Mapped[dict[str, Any]]
    """The entry; without any telephone number once it is given up."""
    error: Mapped[str]
    tries: Mapped[int]
    retry_at: Mapped[datetime | None] = mapped_column(index=True)

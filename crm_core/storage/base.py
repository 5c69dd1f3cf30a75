"""What all tables share: names of constraints that migrations can rely on, aware times, opaque ids."""

from __future__ import annotations

import enum
import uuid
from datetime import datetime
from typing import Annotated, Any, ClassVar, TypeVar

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Dialect, Identity, MetaData, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

from crm_core.domain.case import CaseState, CaseType, Outcome
from crm_core.domain.staff import Role

Serial = Annotated[int, mapped_column(BigInteger, Identity(always=True), primary_key=True)]
W = TypeVar("W", bound=enum.StrEnum)


class Word(TypeDecorator[W]):
    """A word of a closed set: text in the database, the set's own here."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: type[W]) -> None:
        super().__init__()
        self.kind = kind

    def process_result_value(self, value: str | None, dialect: Dialect) -> W | None:
        return None if value is None else self.kind(value)


def one_of(column: str, kind: type[enum.StrEnum]) -> CheckConstraint:
    return CheckConstraint(f"{column} in ({', '.join(repr(word.value) for word in kind)})", name=column)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text(),
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB(),
        dict[str, str]: JSONB(),
        list[str]: JSONB(),
        **{kind: Word(kind) for kind in (CaseType, CaseState, Outcome, Role)},
    }


def opaque_id() -> str:
    """An id that tells nothing of whom it stands for."""
    return uuid.uuid4().hex

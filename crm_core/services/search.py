"""Finding cases by what somebody remembers of them: a number, a telephone, words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.domain.case import CaseState
from crm_core.services import audit
from crm_core.services.cases import LINE, CaseLine, lines
from crm_core.services.reach import transaction
from crm_core.storage.cases import SEARCHED
from crm_core.storage.tables import Case, Phone

_CASE = re.compile(r"\d{10}")
_PHONE = re.compile(r"\+?\d{7,15}")
_NATIONAL = re.compile(r"\d{7,8}")
_COUNTRY = "+507"


async def search(engine: AsyncEngine, text: str, *, by: str, limit: int = 50) -> Sequence[CaseLine]:
    """Cases by number, by the citizen's telephone, or by all of the words in subject, description, place or name.

    Newest first; case and accents do not matter. An empty text finds nothing.
    """
    asked = text.strip()
    if not asked:
        return []
    async with transaction(engine) as connection:
        query = select(*LINE).where(_matches(asked)).order_by(Case.opened_at.desc()).limit(limit)
        found = await lines(connection, query)
        await audit.note(connection, by, "searched", "cases", found=[line.number for line in found])
        return found


def _matches(asked: str) -> ColumnElement[bool]:
    digits = re.sub(r"[\s.()-]", "", asked)
    if _CASE.fullmatch(digits):
        return Case.number == digits
    if _PHONE.fullmatch(digits):
        number = _COUNTRY + digits if _NATIONAL.fullmatch(digits) else "+" + digits.removeprefix("+")
        owner = select(Phone.citizen_id).where(Phone.number == number)
        return Case.citizen_id == owner.scalar_subquery()
    match: ColumnElement[bool] = Case.state != CaseState.VOID
    for word in asked.split():
        match &= SEARCHED.like(func.concat("%", func.plain(_literally(word)), "%"))
    return match


def _literally(word: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", word)

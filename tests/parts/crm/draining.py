"""Entries as a call writes them, and a journal with its drainer and its database to write them to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.drain import Drainer
from crm_core.entries import (
    CallEnded,
    CallerKnown,
    CallEvent,
    CallStarted,
    CaseForm,
    CaseOpened,
    CaseSaved,
    Entry,
)
from crm_core.journal import Journal
from crm_core.storage.tables import (
    Call,
    Case,
    CaseHistory,
)

AT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
CALL = "n1-1764000000.1"
NUMBER, OTHER, THIRD = "2640713351", "2612345674", "2600000005"
PHONE = "+50760000001"


def started(call: str = CALL) -> CallStarted:
    return CallStarted(id=f"{call}-started", at=AT, call=call)


def known(call: str = CALL, phone: str = PHONE) -> CallerKnown:
    return CallerKnown(id=f"{call}-caller", at=AT, call=call, phone=phone)


def opened(number: str = NUMBER, call: str = CALL, **more: Any) -> CaseOpened:
    fields = {"key": "0412", "type": "complaint", "language": "es"} | more
    return CaseOpened(id=f"{call}-{number}", at=AT, call=call, number=number, **fields)


def saved(number: str = NUMBER, entry: str = "s1", **form: Any) -> CaseSaved:
    fields = {"type": "complaint", "confirm": True} | form
    return CaseSaved(id=entry, at=AT, call=CALL, number=number, agent="ana", form=CaseForm(**fields))


def answered(agent: str, call: str = CALL) -> CallEvent:
    return CallEvent(id=f"{call}-{agent}", at=AT, call=call, event="answered", agent=agent, detail={})


def ended(outcome: str, call: str = CALL, entry: str = "end", **more: Any) -> CallEnded:
    return CallEnded(id=entry, at=AT + timedelta(minutes=5), call=call, outcome=outcome, **more)


class House:
    """A journal, its drainer and its database."""

    def __init__(self, folder: Path, engine: AsyncEngine) -> None:
        self.folder = folder
        self.engine = engine
        self.journal = Journal(folder, "n1")
        self.drainer = Drainer(folder, engine)

    async def write(self, *entries: Entry) -> int:
        """Append and drain. How many entries were new."""
        for entry in entries:
            await self.journal.append(entry)
        return await self.drainer.drain()

    async def rows(self, table: Any, *columns: Any) -> list[Any]:
        async with self.engine.connect() as connection:
            found = await connection.execute(select(*columns) if columns else select(table.__table__))
            return list(found.all())

    async def case(self, number: str = NUMBER) -> Any:
        async with self.engine.connect() as connection:
            return (await connection.execute(select(Case.__table__).where(Case.number == number))).one()

    async def call(self, call: str = CALL) -> Any:
        async with self.engine.connect() as connection:
            return (await connection.execute(select(Call.__table__).where(Call.id == call))).one()

    async def history(self, number: str = NUMBER) -> list[str]:
        query = select(CaseHistory.what).where(CaseHistory.case_number == number).order_by(CaseHistory.id)
        async with self.engine.connect() as connection:
            return list((await connection.execute(query)).scalars().all())

"""Writing back what a batch changed, a table at a time, parents before children."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import ARRAY, Text, any_, bindparam, delete, exists, insert, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.effects.sheet import Sheet
from crm_core.storage.base import Base
from crm_core.storage.tables import (
    AgentEvent,
    Call,
    CallCase,
    CallEvent,
    Case,
    CaseHistory,
    Citizen,
    Phone,
    Recording,
)


async def write_sheet(connection: AsyncConnection, sheet: Sheet) -> None:
    """Runs within the caller's transaction. IntegrityError where another node wrote the same thing first."""
    await _many(connection, insert(Citizen), [{"id": citizen} for citizen in sheet.citizens])
    phones = [{"number": number, "citizen_id": citizen} for number, citizen in sheet.new_phones.items()]
    await _many(connection, insert(Phone), phones)
    await _rows(connection, Call, "id", sheet.calls, sheet.calls_before)
    await _rows(connection, Case, "number", sheet.cases, sheet.cases_before)
    await _many(connection, upsert(CallCase).on_conflict_do_nothing(), list(sheet.links.values()))
    await _many(connection, insert(CaseHistory), sheet.history)
    await _many(connection, insert(CallEvent), sheet.events)
    await _many(connection, insert(AgentEvent), sheet.agent_events)
    await _many(connection, upsert(Recording).on_conflict_do_nothing(), sheet.recordings)
    if sheet.forgotten:
        await connection.execute(_UNUSED_PHONES, {"citizens": sorted(sheet.forgotten)})


async def _many(connection: AsyncConnection, statement: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        await connection.execute(statement, rows)


async def _rows(
    connection: AsyncConnection, table: type[Base], key: str, rows: Mapping[str, Any], before: Mapping[str, Any]
) -> None:
    """Insert the new ones; of the others update those that changed."""
    await _many(connection, insert(table), [asdict(row) for id, row in rows.items() if id not in before])
    changed = [
        {f"to_{name}": value for name, value in asdict(row).items()}
        for id, row in rows.items()
        if id in before and row != before[id]
    ]
    if changed:
        columns = table.__table__.columns
        values: dict[str, Any] = {
            column.name: bindparam(f"to_{column.name}") for column in columns if column.name != key
        }
        await _many(connection, update(table).where(columns[key] == bindparam(f"to_{key}")).values(values), changed)


_UNUSED_PHONES = delete(Phone).where(
    Phone.citizen_id == any_(bindparam("citizens", type_=ARRAY(Text))),
    ~exists().where(Call.citizen_id == Phone.citizen_id),
    ~exists().where(Case.citizen_id == Phone.citizen_id),
)

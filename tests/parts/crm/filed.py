"""Two callers and their cases in the database, as the journal's entries leave them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.effects.batch import apply
from crm_core.entries import (
    CallEnded,
    CallerKnown,
    CallEvent,
    CallStarted,
    CaseForm,
    CaseLinked,
    CaseOpened,
    CaseSaved,
    RecordingStored,
)
from crm_core.services import catalogue

AT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
LEAK, DUMP, WATER, MESSAGE = "2640713351", "2612345674", "2600000005", "2600000014"
ROSA = "+50760000001"


async def file(engine: AsyncEngine) -> None:
    """Rosa called twice: a confirmed complaint, then a link to it. Somebody unknown reported a dump."""
    await catalogue.seed(engine)
    form = CaseForm(
        type="complaint",
        institution="idaan",
        service="leak",
        subject="Fuga en la Vía España",
        description="Corre agua día y noche",
        reporter_name="Rosa Núñez",
        confirm=True,
    )
    async with engine.begin() as connection:
        await apply(
            connection,
            [
                CallStarted(id="1", at=AT, call="c1"),
                CallerKnown(id="2", at=AT, call="c1", phone=ROSA),
                CaseOpened(id="3", at=AT, call="c1", number=LEAK, key="0412", type="complaint", language="es"),
                CallEvent(id="4", at=AT, call="c1", event="answered", agent="ana"),
                CaseSaved(id="5", at=AT, call="c1", number=LEAK, agent="ana", form=form),
                CallEnded(id="6", at=AT + timedelta(minutes=3), call="c1", outcome="answered", agent="ana"),
                RecordingStored(
                    id="7",
                    at=AT,
                    call="c1",
                    number=LEAK,
                    what="conversation",
                    started_at=AT,
                    seconds=60.0,
                    files={"caller": "a", "agent": "b"},
                    sha256={"caller": "1", "agent": "2"},
                ),
                CallStarted(id="8", at=AT + timedelta(hours=1), call="c2"),
                CallerKnown(id="9", at=AT, call="c2", phone=ROSA),
                CaseOpened(id="10", at=AT, call="c2", number=WATER, key="1111", type="complaint", language="es"),
                CaseLinked(id="11", at=AT, call="c2", draft=WATER, existing=LEAK, agent="luis"),
                CallStarted(id="12", at=AT + timedelta(hours=2), call="c3"),
                CaseOpened(
                    id="13",
                    at=AT + timedelta(hours=2),
                    call="c3",
                    number=DUMP,
                    key="7788",
                    type="denunciation",
                    language="en",
                    anonymous=True,
                ),
            ],
        )

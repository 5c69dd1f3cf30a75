"""What is answered where the database is away or frozen, and once it is back."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.errors import Unavailable
from crm_core.services import audit, calls, cases, catalogue, citizens, recordings, search, sweeps
from crm_core.storage.engine import engine as make_engine
from tests.parts.crm.conftest import Server
from tests.parts.crm.filed import LEAK, ROSA


@pytest.fixture
async def away() -> AsyncIterator[AsyncEngine]:
    engine = make_engine("postgresql://centro311@/nothing?host=/nonexistent")
    yield engine
    await engine.dispose()


async def test_every_service_says_unavailable_where_the_database_is_away(away: AsyncEngine) -> None:
    asked = [
        cases.list_cases(away),
        cases.case_detail(away, LEAK, by="ana"),
        cases.earlier_cases(away, ROSA, by="ana"),
        cases.to_complete(away, by="ana"),
        calls.list_calls(away),
        calls.open_calls(away, "n1"),
        catalogue.institutions(away),
        citizens.citizen_of(away, ROSA),
        recordings.list_recordings(away, by="ana"),
        search.search(away, "agua", by="ana"),
        sweeps.draft_sweep(away),
        audit.trail(away, "case:1"),
    ]
    for ask in asked:
        with pytest.raises(Unavailable, match="status"):
            await ask


async def test_with_no_database_a_status_is_unavailable_never_missing(away: AsyncEngine) -> None:
    with pytest.raises(Unavailable):
        await cases.case_status(away, LEAK)
    with pytest.raises(Unavailable):
        await cases.check_key(away, LEAK, "0412")


async def test_a_frozen_database_never_holds_a_caller_up_until_it_thaws(own_server: Server) -> None:
    engine = make_engine(own_server.url("template311"))
    assert await cases.case_status(engine, LEAK) is None
    own_server.signal(signal.SIGSTOP)
    try:
        for _ in range(3):
            with pytest.raises(Unavailable):
                async with asyncio.timeout(15):
                    await cases.case_status(engine, LEAK)
    finally:
        own_server.signal(signal.SIGCONT)
    await _until_answered(engine)
    await engine.dispose()


async def _until_answered(engine: AsyncEngine) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                assert await cases.case_status(engine, LEAK) is None
                return
            except Unavailable:
                continue


async def test_a_database_entered_answers_at_the_first_question(own_server: Server) -> None:
    engine = make_engine(own_server.url("template311"))
    assert await cases.case_status(engine, LEAK) is None
    await asyncio.to_thread(own_server.stop)
    with pytest.raises(Unavailable):
        await cases.case_status(engine, LEAK)
    await asyncio.to_thread(own_server.start)
    assert await cases.case_status(engine, LEAK) is None
    await engine.dispose()

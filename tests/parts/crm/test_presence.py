"""Two centres on one database see each other for as long as both live."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.errors import Unavailable
from crm_core.services.presence import Presence, has_another
from crm_core.storage.engine import engine as make_engine
from tests.centre import eventually

Make = Callable[[str, str], Presence]


@pytest.fixture
async def present(database: str) -> AsyncIterator[Make]:
    """A node's centre, in a process of its own as it were."""
    async with contextlib.AsyncExitStack() as leave:

        def make(node: str, centre: str) -> Presence:
            engine = make_engine(database)
            leave.push_async_callback(engine.dispose)
            presence = Presence(engine, node, centre)
            leave.push_async_callback(presence.aclose)
            return presence

        yield make


def end_connections(database: str) -> None:
    """As when the server is started again, or the processes end."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )


async def test_two_centres_as_one_node_are_not_alone_until_one_of_them_ends(present: Make) -> None:
    first, second = present("n1", "c311-first"), present("n1", "c311-second")
    assert await first.is_alone()
    assert not await second.is_alone()
    assert not await first.is_alone()
    await second.aclose()
    # The server lets the lock go when it has seen the end of the connection.
    await eventually(first.is_alone)


async def test_one_centres_two_processes_and_other_nodes_are_no_others(present: Make) -> None:
    before, after, elsewhere = present("n1", "c311-first"), present("n1", "c311-first"), present("n2", "c311-second")
    for each in (before, after, elsewhere, before):
        assert await each.is_alone()


async def test_who_lost_the_connection_is_there_again_with_the_next_look(
    present: Make, engine: AsyncEngine, database: str
) -> None:
    presence = present("n1", "c311-first")
    assert await presence.is_alone()
    assert await has_another(engine, "n1", "c311-second")
    end_connections(database)
    assert not await has_another(engine, "n1", "c311-second")
    with pytest.raises(Unavailable):
        await presence.is_alone()
    assert await presence.is_alone()
    assert await has_another(engine, "n1", "c311-second")

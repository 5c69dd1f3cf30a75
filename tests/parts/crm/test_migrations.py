"""The schema comes and goes, and is what the tables say."""

from __future__ import annotations

import threading

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect
from sqlalchemy.exc import OperationalError

from crm_core.storage.migrate import downgrade, is_in_tables, upgrade
from crm_core.storage.tables import metadata
from tests.parts.crm.conftest import Server


def tables(url: str) -> set[str]:
    database = create_engine(url)
    try:
        return set(inspect(database).get_table_names())
    finally:
        database.dispose()


def test_up_down_and_up_again(server: Server) -> None:
    server.sql("create database updown")
    url = server.url("updown")
    upgrade(url)
    first = tables(url)
    assert {"case", "call", "phone", "journal_applied"} <= first
    downgrade(url, "base")
    assert tables(url) == {"alembic_version"}
    upgrade(url)
    assert tables(url) == first
    upgrade(url)


def test_migrations_lead_to_exactly_the_tables_that_the_code_knows(database: str) -> None:
    engine = create_engine(database)
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(
                connection,
                opts={"compare_type": True, "compare_server_default": True, "include_object": is_in_tables},
            )
            assert compare_metadata(context, metadata) == []
    finally:
        engine.dispose()


def test_two_nodes_that_start_together_migrate_one_after_the_other(server: Server) -> None:
    server.sql("create database together")
    url = server.url("together")
    with psycopg.connect(url) as other:
        other.execute("select pg_advisory_lock(3110001)")
        other.commit()
        second = threading.Thread(target=upgrade, args=(url,))
        second.start()
        second.join(0.5)
        assert second.is_alive()
        assert tables(url) == set()
        other.execute("select pg_advisory_unlock(3110001)")
        other.commit()
        second.join(30)
    assert "case" in tables(url)


def test_nobody_at_the_address_is_an_error_that_says_so() -> None:
    with pytest.raises(OperationalError):
        upgrade("postgresql://centro311@/centro311?host=/nonexistent")

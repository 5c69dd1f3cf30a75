"""Bring a database to the schema of this version, or another one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

_MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
_LOCK = 3_110_001
"""An advisory lock: two nodes that start together migrate one after the other."""


def upgrade(url: str, revision: str = "head") -> None:
    """Migrate up. `url` as in `Settings.database`. sqlalchemy.exc.OperationalError where nobody answers
    there.
    """
    _run(url, revision, up=True)


def downgrade(url: str, revision: str) -> None:
    """Migrate down; `base` removes everything, with all data."""
    _run(url, revision, up=False)


def is_in_tables(_thing: Any, name: str | None, _kind: str, _reflected: bool, _other: Any) -> bool:
    """Whether Alembic may compare this with our tables: an index on an expression is known to the migration alone."""
    return name != "ix_case_searched"


def _run(url: str, revision: str, *, up: bool) -> None:
    database = create_engine(url, connect_args={"connect_timeout": 10})
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    try:
        with database.connect() as connection:
            connection.execute(text("select pg_advisory_lock(:lock)"), {"lock": _LOCK})
            connection.commit()
            try:
                config.attributes["connection"] = connection
                (command.upgrade if up else command.downgrade)(config, revision)
                connection.commit()
            finally:
                connection.rollback()
                connection.execute(text("select pg_advisory_unlock(:lock)"), {"lock": _LOCK})
                connection.commit()
    finally:
        database.dispose()

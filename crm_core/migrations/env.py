"""Run by Alembic inside `crm_core.storage.migrate`, which hands over an open connection."""

from __future__ import annotations

from alembic import context

from crm_core.storage.migrate import is_in_tables
from crm_core.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    compare_server_default=True,
    include_object=is_in_tables,
)
with context.begin_transaction():
    context.run_migrations()

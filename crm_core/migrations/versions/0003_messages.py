"""Finding the messages that no agent has completed yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    unclaimed = sa.text("state = 'new' and agent is null")
    op.create_index("ix_case_messages", "case", ["opened_at"], postgresql_where=unclaimed)


def downgrade() -> None:
    op.drop_index("ix_case_messages", table_name="case")

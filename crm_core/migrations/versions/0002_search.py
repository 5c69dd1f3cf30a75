"""Searching cases by words, whatever their case and accents."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("create extension if not exists unaccent with schema public")
    op.execute("create extension if not exists pg_trgm with schema public")
    # unaccent is only stable, since its dictionary may change; an index needs a promise that ours does not.
    op.execute(
        "create function plain(given text) returns text language sql immutable strict parallel safe"
        " return lower(public.unaccent('public.unaccent'::regdictionary, given))"
    )
    op.execute(
        """create index ix_case_searched on "case" using gin (
        plain(subject || ' ' || description || ' ' || place || ' ' || reporter_name) gin_trgm_ops)"""
    )


def downgrade() -> None:
    """The extensions stay: others may use them by now."""
    op.drop_index("ix_case_searched", table_name="case")
    op.execute("drop function plain(text)")

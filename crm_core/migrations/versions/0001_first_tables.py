"""The first tables: citizens, cases, calls, staff, and what nodes share."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agent",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("sip_password", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("name ~ '^[a-z0-9-]{1,32}$'", name=op.f("ck_agent_name")),
        sa.CheckConstraint("phone in ('browser', 'sip')", name=op.f("ck_agent_phone")),
        sa.CheckConstraint("role in ('agent', 'supervisor', 'administrator')", name=op.f("ck_agent_role")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_agent")),
    )
    op.create_table(
        "agent_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_event")),
    )
    op.create_index("ix_agent_event_agent_at", "agent_event", ["agent", "at"], unique=False)
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_agent"), "audit", ["agent"], unique=False)
    op.create_index("ix_audit_subject_at", "audit", ["subject", "at"], unique=False)
    op.create_table(
        "citizen",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_citizen")),
    )
    op.create_table(
        "institution",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_institution")),
    )
    op.create_table(
        "journal_applied",
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_journal_applied")),
    )
    op.create_index(op.f("ix_journal_applied_at"), "journal_applied", ["at"], unique=False)
    op.create_table(
        "journal_offset",
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("applied", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("segment", name=op.f("pk_journal_offset")),
    )
    op.create_table(
        "journal_poison",
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("entry", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_journal_poison")),
    )
    op.create_index(op.f("ix_journal_poison_retry_at"), "journal_poison", ["retry_at"], unique=False)
    op.create_table(
        "login_attempt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("right", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_attempt")),
    )
    op.create_index("ix_login_attempt_address_at", "login_attempt", ["address", "at"], unique=False)
    op.create_index("ix_login_attempt_name_at", "login_attempt", ["name", "at"], unique=False)
    op.create_table(
        "number_block",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("0 <= first and first <= last and last < 10000000", name=op.f("ck_number_block_counters")),
        sa.PrimaryKeyConstraint("year", "first", name=op.f("pk_number_block")),
    )
    op.create_table(
        "number_secret",
        sa.Column("id", sa.Integer(), server_default=sa.text("1"), autoincrement=False, nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_number_secret_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_secret")),
    )
    op.create_table(
        "call",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("citizen_id", sa.Text(), nullable=True),
        sa.Column("anonymous", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.Column("case_number", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "outcome in ('answered', 'abandoned', 'self_service', 'message', 'failed')", name=op.f("ck_call_outcome")
        ),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizen.id"], name=op.f("fk_call_citizen_id_citizen")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call")),
    )
    op.create_index(op.f("ix_call_citizen_id"), "call", ["citizen_id"], unique=False)
    op.create_index("ix_call_open", "call", ["started_at"], unique=False, postgresql_where=sa.text("ended_at is null"))
    op.create_index(op.f("ix_call_started_at"), "call", ["started_at"], unique=False)
    op.create_table(
        "phone",
        sa.Column("citizen_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizen.id"], name=op.f("fk_phone_citizen_id_citizen")),
        sa.PrimaryKeyConstraint("citizen_id", name=op.f("pk_phone")),
        sa.UniqueConstraint("number", name=op.f("uq_phone_number")),
    )
    op.create_table(
        "service",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.ForeignKeyConstraint(["institution"], ["institution.code"], name=op.f("fk_service_institution_institution")),
        sa.PrimaryKeyConstraint("institution", "code", name=op.f("pk_service")),
    )
    op.create_table(
        "session",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent"], ["agent.name"], name=op.f("fk_session_agent_agent"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_session")),
    )
    op.create_index(op.f("ix_session_agent"), "session", ["agent"], unique=False)
    op.create_table(
        "call_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_call_event_call_id_call")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_event")),
    )
    op.create_index("ix_call_event_at_event", "call_event", ["at", "event"], unique=False)
    op.create_index(op.f("ix_call_event_call_id"), "call_event", ["call_id"], unique=False)
    op.create_table(
        "case",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("anonymous", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("citizen_id", sa.Text(), nullable=True),
        sa.Column("call_id", sa.Text(), nullable=True),
        sa.Column("institution", sa.Text(), nullable=True),
        sa.Column("service", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("place", sa.Text(), server_default="", nullable=False),
        sa.Column("reporter_name", sa.Text(), server_default="", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.CheckConstraint("number ~ '^[0-9]{10}$'", name=op.f("ck_case_number")),
        sa.CheckConstraint("state in ('draft', 'new', 'void', 'abandoned')", name=op.f("ck_case_state")),
        sa.CheckConstraint(
            "type in ('complaint', 'denunciation', 'idea', 'suggestion', 'information')", name=op.f("ck_case_type")
        ),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_case_call_id_call")),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizen.id"], name=op.f("fk_case_citizen_id_citizen")),
        sa.ForeignKeyConstraint(
            ["institution", "service"],
            ["service.institution", "service.code"],
            name=op.f("fk_case_institution_service_service"),
        ),
        sa.ForeignKeyConstraint(["institution"], ["institution.code"], name=op.f("fk_case_institution_institution")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_case")),
    )
    op.create_index(op.f("ix_case_call_id"), "case", ["call_id"], unique=False)
    op.create_index(op.f("ix_case_citizen_id"), "case", ["citizen_id"], unique=False)
    op.create_index("ix_case_drafts", "case", ["opened_at"], unique=False, postgresql_where=sa.text("state = 'draft'"))
    op.create_index(op.f("ix_case_institution"), "case", ["institution"], unique=False)
    op.create_index(op.f("ix_case_opened_at"), "case", ["opened_at"], unique=False)
    op.create_table(
        "recording",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("case_number", sa.Text(), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("files", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sha256", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_recording_call_id_call")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording")),
        sa.UniqueConstraint("call_id", "what", "started_at", name=op.f("uq_recording_call_id_what_started_at")),
    )
    op.create_index(op.f("ix_recording_case_number"), "recording", ["case_number"], unique=False)
    op.create_table(
        "call_case",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("case_number", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_call_case_call_id_call")),
        sa.ForeignKeyConstraint(["case_number"], ["case.number"], name=op.f("fk_call_case_case_number_case")),
        sa.PrimaryKeyConstraint("call_id", "case_number", name=op.f("pk_call_case")),
    )
    op.create_index(op.f("ix_call_case_case_number"), "call_case", ["case_number"], unique=False)
    op.create_table(
        "case_history",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("case_number", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(["case_number"], ["case.number"], name=op.f("fk_case_history_case_number_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_history")),
    )
    op.create_index(op.f("ix_case_history_case_number"), "case_history", ["case_number"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_case_history_case_number"), table_name="case_history")
    op.drop_table("case_history")
    op.drop_index(op.f("ix_call_case_case_number"), table_name="call_case")
    op.drop_table("call_case")
    op.drop_index(op.f("ix_recording_case_number"), table_name="recording")
    op.drop_table("recording")
    op.drop_index(op.f("ix_case_opened_at"), table_name="case")
    op.drop_index(op.f("ix_case_institution"), table_name="case")
    op.drop_index("ix_case_drafts", table_name="case", postgresql_where=sa.text("state = 'draft'"))
    op.drop_index(op.f("ix_case_citizen_id"), table_name="case")
    op.drop_index(op.f("ix_case_call_id"), table_name="case")
    op.drop_table("case")
    op.drop_index(op.f("ix_call_event_call_id"), table_name="call_event")
    op.drop_index("ix_call_event_at_event", table_name="call_event")
    op.drop_table("call_event")
    op.drop_index(op.f("ix_session_agent"), table_name="session")
    op.drop_table("session")
    op.drop_table("service")
    op.drop_table("phone")
    op.drop_index(op.f("ix_call_started_at"), table_name="call")
    op.drop_index("ix_call_open", table_name="call", postgresql_where=sa.text("ended_at is null"))
    op.drop_index(op.f("ix_call_citizen_id"), table_name="call")
    op.drop_table("call")
    op.drop_table("number_secret")
    op.drop_table("number_block")
    op.drop_index("ix_login_attempt_name_at", table_name="login_attempt")
    op.drop_index("ix_login_attempt_address_at", table_name="login_attempt")
    op.drop_table("login_attempt")
    op.drop_index(op.f("ix_journal_poison_retry_at"), table_name="journal_poison")
    op.drop_table("journal_poison")
    op.drop_table("journal_offset")
    op.drop_index(op.f("ix_journal_applied_at"), table_name="journal_applied")
    op.drop_table("journal_applied")
    op.drop_table("institution")
    op.drop_table("citizen")
    op.drop_index("ix_audit_subject_at", table_name="audit")
    op.drop_index(op.f("ix_audit_agent"), table_name="audit")
    op.drop_table("audit")
    op.drop_index("ix_agent_event_agent_at", table_name="agent_event")
    op.drop_table("agent_event")
    op.drop_table("agent")

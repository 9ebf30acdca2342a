"""Messages on objects, and the committee's second looks at decided exports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "thread_messages",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("thing", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("author", sa.String(length=63), nullable=False),
        sa.Column("side", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("audience", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answers", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(["author"], ["accounts.id"], name="fk_thread_messages_author_accounts"),
        sa.ForeignKeyConstraint(
            ["answers"], ["thread_messages.id"], name="fk_thread_messages_answers_thread_messages"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_thread_messages"),
    )
    op.create_index("ix_thread_messages_answers", "thread_messages", ["answers"])
    op.create_index("ix_thread_messages_thing_subject", "thread_messages", ["thing", "subject"])
    op.create_table(
        "sample_opinions",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("job", sa.String(length=63), nullable=False),
        sa.Column("account", sa.String(length=63), nullable=False),
        sa.Column("opinion", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("given", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], name="fk_sample_opinions_job_jobs"),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_sample_opinions_account_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_sample_opinions"),
        sa.UniqueConstraint("job", "account", name="uq_sample_opinions_job_account"),
    )
    op.create_index("ix_sample_opinions_job", "sample_opinions", ["job"])

"""The first form of a node's state."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.String(length=20), nullable=False),
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("about", sa.String(length=120), nullable=False),
        sa.Column("facts", sa.String(), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index(op.f("ix_audit_about"), "audit", ["about"], unique=False)
    op.create_table(
        "budget",
        sa.Column("entry", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.String(length=20), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("population", sa.String(length=63), nullable=False),
        sa.Column("about", sa.String(length=80), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("dataset", sa.String(length=63), nullable=False),
        sa.Column("project", sa.String(length=80), nullable=False),
        sa.Column("permit", sa.String(length=80), nullable=False),
        sa.Column("spec_digest", sa.String(length=71), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("entry"),
    )
    op.create_index(op.f("ix_budget_about"), "budget", ["about"], unique=False)
    op.create_index(
        "ix_budget_once",
        "budget",
        ["about", "ordinal", "what"],
        unique=True,
        sqlite_where=sa.text("what IN ('reserved', 'charged', 'returned')"),
        postgresql_where=sa.text("what IN ('reserved', 'charged', 'returned')"),
    )
    op.create_index(op.f("ix_budget_population"), "budget", ["population"], unique=False)
    op.create_table(
        "console_accounts",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("created", sa.String(length=20), nullable=False),
        sa.Column("closed", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "console_login_windows",
        sa.Column("name_digest", sa.String(length=64), nullable=False),
        sa.Column("opened", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name_digest"),
    )
    op.create_table(
        "facts",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "judgements",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("run", sa.String(length=80), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=20), nullable=False),
        sa.Column("object_digest", sa.String(length=71), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index(op.f("ix_judgements_run"), "judgements", ["run"], unique=False)
    op.create_table(
        "known_persons",
        sa.Column("first", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("persons", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("first"),
    )
    op.create_table(
        "letters",
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("at", sa.String(length=20), nullable=False),
        sa.Column("envelope", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("week"),
    )
    op.create_table(
        "objects",
        sa.Column("digest", sa.String(length=71), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "outgoing",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("about", sa.String(length=80), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("object_digest", sa.String(length=71), nullable=True),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id"),
    )
    op.create_table(
        "permit_jobs",
        sa.Column("permit", sa.String(length=80), nullable=False),
        sa.Column("spec_digest", sa.String(length=71), nullable=False),
        sa.Column("accepted_at", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("permit", "spec_digest"),
    )
    op.create_table(
        "policies",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.String(length=20), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=True),
        sa.Column("digest", sa.String(length=71), nullable=False),
        sa.Column("previous", sa.String(length=71), nullable=False),
        sa.Column("in_file", sa.String(length=71), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "questions",
        sa.Column("digest", sa.String(length=71), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("participants", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "generation"),
    )
    op.create_table(
        "released_persons",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.String(length=20), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("run", sa.String(length=80), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("definition", sa.String(length=64), nullable=False),
        sa.Column("meaning", sa.String(), nullable=True),
        sa.Column("sites", sa.String(), nullable=False),
        sa.Column("small_beside", sa.Boolean(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index(op.f("ix_released_persons_run"), "released_persons", ["run"], unique=False)
    op.create_table(
        "releases",
        sa.Column("entry", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.String(length=20), nullable=False),
        sa.Column("run", sa.String(length=80), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("spec_digest", sa.String(length=71), nullable=False),
        sa.Column("project", sa.String(length=80), nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("result", sa.String(length=32), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("object_digest", sa.String(length=71), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("entry"),
    )
    op.create_table(
        "replaced_permits",
        sa.Column("permit", sa.String(length=80), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("permit"),
    )
    op.create_table(
        "revoked",
        sa.Column("target", sa.String(length=80), nullable=False),
        sa.Column("envelope", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("target"),
    )
    op.create_table(
        "root_versions",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("envelope", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_table(
        "runs",
        sa.Column("run", sa.String(length=80), nullable=False),
        sa.Column("order_id", sa.String(length=80), nullable=False),
        sa.Column("spec_digest", sa.String(length=71), nullable=False),
        sa.Column("spec", sa.String(), nullable=False),
        sa.Column("permit", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("state_since", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=True),
        sa.Column("workspace_key", sa.LargeBinary(), nullable=True),
        sa.Column("workspace_digest", sa.String(length=71), nullable=True),
        sa.Column("workspace_bytes", sa.BigInteger(), nullable=True),
        sa.Column("received_at", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("run"),
        sa.UniqueConstraint("order_id"),
    )
    op.create_index(op.f("ix_runs_received_at"), "runs", ["received_at"], unique=False)
    op.create_table(
        "seen_statements",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("payload_digest", sa.String(length=71), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "begun_exchanges",
        sa.Column("run", sa.String(length=80), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run"],
            ["runs.run"],
        ),
        sa.PrimaryKeyConstraint("run", "ordinal", "attempt"),
    )
    op.create_table(
        "console_sessions",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("created", sa.String(length=20), nullable=False),
        sa.Column("last_used", sa.String(length=20), nullable=False),
        sa.Column("ended", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(
            ["account"],
            ["console_accounts.name"],
        ),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index(op.f("ix_console_sessions_account"), "console_sessions", ["account"], unique=False)
    op.create_table(
        "deletions",
        sa.Column("run", sa.String(length=80), nullable=False),
        sa.Column("envelope", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run"],
            ["runs.run"],
        ),
        sa.PrimaryKeyConstraint("run"),
    )
    op.create_table(
        "held_replies",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("run", sa.String(length=80), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("since", sa.String(length=20), nullable=False),
        sa.Column("object_digest", sa.String(length=71), nullable=False),
        sa.Column("message_digest", sa.String(length=71), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(
            ["run"],
            ["runs.run"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("run", "ordinal"),
    )
    op.create_table(
        "pooled_sums",
        sa.Column("run", sa.String(length=80), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("arrays", sa.LargeBinary(), nullable=False),
        sa.Column("sites", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run"],
            ["runs.run"],
        ),
        sa.PrimaryKeyConstraint("run", "ordinal"),
    )
    op.create_table(
        "replies",
        sa.Column("run", sa.String(length=80), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("message_digest", sa.String(length=71), nullable=False),
        sa.Column("object_digest", sa.String(length=71), nullable=False),
        sa.Column("release", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["release"],
            ["releases.entry"],
        ),
        sa.ForeignKeyConstraint(
            ["run"],
            ["runs.run"],
        ),
        sa.PrimaryKeyConstraint("run", "ordinal"),
    )
    op.create_table(
        "revealed_sums",
        sa.Column("run", sa.String(length=80), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("which", sa.String(length=16), nullable=False),
        sa.Column("survivors", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run"],
            ["runs.run"],
        ),
        sa.PrimaryKeyConstraint("run", "ordinal", "which"),
    )
    op.create_table(
        "run_papers",
        sa.Column("run", sa.String(length=80), nullable=False),
        sa.Column("verified_at", sa.String(length=20), nullable=False),
        sa.Column("object_digest", sa.String(length=71), nullable=False),
        sa.ForeignKeyConstraint(
            ["run"],
            ["runs.run"],
        ),
        sa.PrimaryKeyConstraint("run"),
    )
    op.create_table(
        "run_stops",
        sa.Column("run", sa.String(length=80), nullable=False),
        sa.Column("at", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["run"],
            ["runs.run"],
        ),
        sa.PrimaryKeyConstraint("run"),
    )
    op.create_table(
        "told_refusals",
        sa.Column("run", sa.String(length=80), nullable=False),
        sa.Column("project", sa.String(length=80), nullable=False),
        sa.Column("question", sa.String(length=90), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("at", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["run"],
            ["runs.run"],
        ),
        sa.PrimaryKeyConstraint("run"),
    )
    op.create_index(op.f("ix_told_refusals_project"), "told_refusals", ["project"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_told_refusals_project"), table_name="told_refusals")
    op.drop_table("told_refusals")
    op.drop_table("run_stops")
    op.drop_table("run_papers")
    op.drop_table("revealed_sums")
    op.drop_table("replies")
    op.drop_table("pooled_sums")
    op.drop_table("held_replies")
    op.drop_table("deletions")
    op.drop_index(op.f("ix_console_sessions_account"), table_name="console_sessions")
    op.drop_table("console_sessions")
    op.drop_table("begun_exchanges")
    op.drop_table("seen_statements")
    op.drop_index(op.f("ix_runs_received_at"), table_name="runs")
    op.drop_table("runs")
    op.drop_table("root_versions")
    op.drop_table("revoked")
    op.drop_table("replaced_permits")
    op.drop_table("releases")
    op.drop_index(op.f("ix_released_persons_run"), table_name="released_persons")
    op.drop_table("released_persons")
    op.drop_table("questions")
    op.drop_table("policies")
    op.drop_table("permit_jobs")
    op.drop_table("outgoing")
    op.drop_table("objects")
    op.drop_table("letters")
    op.drop_table("known_persons")
    op.drop_index(op.f("ix_judgements_run"), table_name="judgements")
    op.drop_table("judgements")
    op.drop_table("facts")
    op.drop_table("console_login_windows")
    op.drop_table("console_accounts")
    op.drop_index(op.f("ix_budget_population"), table_name="budget")
    op.drop_index(
        "ix_budget_once",
        table_name="budget",
        sqlite_where=sa.text("what IN ('reserved', 'charged', 'returned')"),
        postgresql_where=sa.text("what IN ('reserved', 'charged', 'returned')"),
    )
    op.drop_index(op.f("ix_budget_about"), table_name="budget")
    op.drop_table("budget")
    op.drop_index(op.f("ix_audit_about"), table_name="audit")
    op.drop_table("audit")

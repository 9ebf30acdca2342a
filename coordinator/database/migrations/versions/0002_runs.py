"""The records of runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make_outgoing_parcels()
    _make_sites()
    _make_runs()
    _make_grid_messages()
    _make_grid_replies()
    _make_grid_sums()
    _make_orders()


def _make_outgoing_parcels() -> None:
    op.create_table(
        "outgoing_parcels",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("site", sa.String(length=63), nullable=False),
        sa.Column("id", sa.String(length=150), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("about", sa.String(length=80), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_outgoing_parcels"),
        sa.UniqueConstraint("site", "id", name="uq_outgoing_site_id"),
    )
    op.create_index("ix_outgoing_parcels_about", "outgoing_parcels", ["about"], unique=False)
    op.create_index("ix_outgoing_parcels_site", "outgoing_parcels", ["site"], unique=False)


def _make_sites() -> None:
    op.create_table(
        "sites",
        sa.Column("site", sa.String(length=63), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("log_size", sa.BigInteger(), nullable=False),
        sa.Column("root_version", sa.Integer(), nullable=False),
        sa.Column("software", sa.String(length=80), nullable=False),
        sa.Column("register_entries", sa.BigInteger(), nullable=False),
        sa.Column("register_head", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("site", name="pk_sites"),
    )


def _make_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("job", sa.String(length=63), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sites", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], name="fk_runs_job_jobs"),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        sa.UniqueConstraint("job", name="uq_runs_job"),
    )


def _make_grid_messages() -> None:
    op.create_table(
        "grid_messages",
        sa.Column("run", sa.String(length=80), nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("records", sa.LargeBinary(), nullable=False),
        sa.Column("sent", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name="fk_grid_messages_run_runs"),
        sa.PrimaryKeyConstraint("run", "ordinal", name="pk_grid_messages"),
    )


def _make_grid_replies() -> None:
    op.create_table(
        "grid_replies",
        sa.Column("run", sa.String(length=80), nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("site", sa.String(length=63), nullable=False),
        sa.Column("records", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name="fk_grid_replies_run_runs"),
        sa.PrimaryKeyConstraint("run", "ordinal", "site", name="pk_grid_replies"),
    )


def _make_grid_sums() -> None:
    op.create_table(
        "grid_sums",
        sa.Column("run", sa.String(length=80), nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("sites", sa.Text(), nullable=False),
        sa.Column("records", sa.LargeBinary(), nullable=False),
        sa.Column("transcript", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name="fk_grid_sums_run_runs"),
        sa.PrimaryKeyConstraint("run", "ordinal", name="pk_grid_sums"),
    )


def _make_orders() -> None:
    op.create_table(
        "orders",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("run", sa.String(length=80), nullable=False),
        sa.Column("site", sa.String(length=63), nullable=False),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.Column("answer", sa.String(length=20), nullable=True),
        sa.Column("code", sa.String(length=100), nullable=True),
        sa.Column("stage", sa.String(length=30), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deletion", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name="fk_orders_run_runs"),
        sa.PrimaryKeyConstraint("id", name="pk_orders"),
        sa.UniqueConstraint("run", "site", name="uq_orders_run_site"),
    )
    op.create_index("ix_orders_run", "orders", ["run"], unique=False)

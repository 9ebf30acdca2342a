"""Tickets with which a signing page, made elsewhere, fetches one paper and hands its signature in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "signing_tickets",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=63), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_signing_tickets_account_accounts"),
        sa.PrimaryKeyConstraint("digest", name="pk_signing_tickets"),
    )
    op.create_index("ix_signing_tickets_account", "signing_tickets", ["account"])
    op.create_index("ix_signing_tickets_expires", "signing_tickets", ["expires"])

"""Named concept sets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "concept_sets",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("owner", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("items", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=71), nullable=False),
        sa.Column("created_by", sa.String(length=63), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["accounts.id"], name="fk_concept_sets_created_by_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_concept_sets"),
        sa.UniqueConstraint("owner", "name", "version", name="uq_concept_sets_version"),
    )
    op.create_index("ix_concept_sets_owner", "concept_sets", ["owner"], unique=False)

"""The head of each hospital's budget register, kept beside that of its release register."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sites", sa.Column("budget_entries", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("sites", sa.Column("budget_head", sa.Text(), nullable=True))

"""How many persons a dataset card tells, beside the card: pages show it without reading the whole card."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("dataset_cards", sa.Column("persons", sa.String(length=40), nullable=True))

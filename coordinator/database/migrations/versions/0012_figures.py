"""Lists and figures over years of work are counted by the database, without reading every record."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_PART = 500


def upgrade() -> None:
    op.add_column("jobs", sa.Column("participants", sa.Text(), nullable=False, server_default=""))
    _fill()
    op.create_index("ix_audit_events_event_at_subject", "audit_events", ["event", "at", "subject"])
    op.create_index("ix_orders_answer_site_run", "orders", ["answer", "site", "run"])


def _fill() -> None:
    """From the specifications that are kept already."""
    connection = op.get_bind()
    jobs = sa.table("jobs", sa.column("id"), sa.column("spec"), sa.column("participants"))
    after = ""
    while True:
        wanted = sa.select(jobs.c.id, jobs.c.spec).where(jobs.c.id > after).order_by(jobs.c.id).limit(_PART)
        part = connection.execute(wanted).all()
        for job, spec in part:
            named = ",".join(json.loads(spec)["participants"])
            connection.execute(jobs.update().where(jobs.c.id == job).values(participants=named))
        if len(part) < _PART:
            return
        after = part[-1][0]

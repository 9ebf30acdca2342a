"""Jobs by dataset and kind: what a committee decided of such jobs before is found without reading all."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_PART = 500


def upgrade() -> None:
    op.add_column("jobs", sa.Column("dataset", sa.String(length=63), nullable=False, server_default=""))
    _fill()
    op.create_index("ix_jobs_dataset_kind_id", "jobs", ["dataset", "kind", "id"])
    op.create_index("ix_jobs_project_kind_id", "jobs", ["project", "kind", "id"])


def _fill() -> None:
    """From the specifications that are kept already."""
    connection = op.get_bind()
    jobs = sa.table("jobs", sa.column("id"), sa.column("spec"), sa.column("dataset"))
    after = ""
    while True:
        wanted = sa.select(jobs.c.id, jobs.c.spec).where(jobs.c.id > after).order_by(jobs.c.id).limit(_PART)
        part = connection.execute(wanted).all()
        for job, spec in part:
            told = json.loads(spec)["dataset"]
            connection.execute(jobs.update().where(jobs.c.id == job).values(dataset=told))
        if len(part) < _PART:
            return
        after = part[-1][0]

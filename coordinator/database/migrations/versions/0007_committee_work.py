"""Applications, meetings, reviews of pseudonymisation, conflicts of interest and delegations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _reviews()
    _applications()
    _meetings()
    _members()


def _reviews() -> None:
    op.create_table(
        "adequacy_reviews",
        sa.Column("digest", sa.String(length=71), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("project", sa.String(length=63), nullable=False),
        sa.Column("site", sa.String(length=63), nullable=False),
        sa.Column("dataset", sa.String(length=63), nullable=False),
        sa.Column("conclusion", sa.String(length=20), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("recorded", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name="fk_adequacy_reviews_project_projects"),
        sa.PrimaryKeyConstraint("digest", name="pk_adequacy_reviews"),
        sa.UniqueConstraint("number", name="uq_adequacy_reviews_number"),
    )
    columns = ["project", "site", "dataset", "number"]
    op.create_index("ix_adequacy_reviews_project", "adequacy_reviews", columns)


def _applications() -> None:
    op.create_table(
        "applications",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("project", sa.String(length=63), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("state_since", _MOMENT, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("created_by", sa.String(length=63), nullable=False),
        sa.Column("created", _MOMENT, nullable=False),
        sa.Column("statement", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name="fk_applications_project_projects"),
        sa.ForeignKeyConstraint(["created_by"], ["accounts.id"], name="fk_applications_created_by_accounts"),
        sa.ForeignKeyConstraint(
            ["statement"], ["statements.id"], name="fk_applications_statement_statements"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_applications"),
        sa.UniqueConstraint("statement", name="uq_applications_statement"),
    )
    op.create_index("ix_applications_project", "applications", ["project"])
    op.create_index("ix_applications_state", "applications", ["state"])


def _meetings() -> None:
    op.create_table(
        "meetings",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("track", sa.String(length=20), nullable=False),
        sa.Column("held", _MOMENT, nullable=False),
        sa.Column("place", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("state_since", _MOMENT, nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("created_by", sa.String(length=63), nullable=False),
        sa.Column("created", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["accounts.id"], name="fk_meetings_created_by_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_meetings"),
    )
    op.create_index("ix_meetings_state", "meetings", ["state"])
    op.create_table(
        "agenda_items",
        sa.Column("meeting", sa.String(length=63), nullable=False),
        sa.Column("application", sa.String(length=63), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("present", sa.Text(), nullable=False),
        sa.Column("stood_back", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.String(length=63), nullable=True),
        sa.Column("decided", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["meeting"], ["meetings.id"], name="fk_agenda_items_meeting_meetings"),
        sa.ForeignKeyConstraint(
            ["application"], ["applications.id"], name="fk_agenda_items_application_applications"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["accounts.id"], name="fk_agenda_items_recorded_by_accounts"
        ),
        sa.PrimaryKeyConstraint("meeting", "application", name="pk_agenda_items"),
    )
    op.create_index("ix_agenda_items_application", "agenda_items", ["application"])
    op.create_table(
        "attendances",
        sa.Column("meeting", sa.String(length=63), nullable=False),
        sa.Column("member", sa.String(length=63), nullable=False),
        sa.ForeignKeyConstraint(["meeting"], ["meetings.id"], name="fk_attendances_meeting_meetings"),
        sa.PrimaryKeyConstraint("meeting", "member", name="pk_attendances"),
    )


def _members() -> None:
    op.create_table(
        "conflicts",
        sa.Column("project", sa.String(length=63), nullable=False),
        sa.Column("member", sa.String(length=63), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("declared", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name="fk_conflicts_project_projects"),
        sa.PrimaryKeyConstraint("project", "member", name="pk_conflicts"),
    )
    op.create_table(
        "delegations",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("giver", sa.String(length=63), nullable=False),
        sa.Column("receiver", sa.String(length=63), nullable=False),
        sa.Column("begins", _MOMENT, nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
        sa.Column("ended", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_delegations"),
    )
    op.create_index("ix_delegations_receiver", "delegations", ["receiver"])

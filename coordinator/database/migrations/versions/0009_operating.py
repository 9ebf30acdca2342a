"""The operator's work: node sightings, contacts, requests for accounts, trainings, announcements."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "node_sightings",
        sa.Column("site", sa.String(length=63), nullable=False),
        sa.Column("greeted", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("software", sa.String(length=80), nullable=False),
        sa.Column("protocol_min", sa.BigInteger(), nullable=False),
        sa.Column("protocol_max", sa.BigInteger(), nullable=False),
        sa.Column("clock_difference", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("site", name="pk_node_sightings"),
    )
    op.create_table(
        "organisation_contacts",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("organisation", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("email", sa.String(length=300), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("added", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisations.id"], name="fk_organisation_contacts_organisation_organisations"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_organisation_contacts"),
    )
    op.create_index(
        "ix_organisation_contacts_organisation", "organisation_contacts", ["organisation"], unique=False
    )
    op.create_table(
        "account_requests",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("account", sa.String(length=63), nullable=False),
        sa.Column("organisation", sa.String(length=63), nullable=False),
        sa.Column("roles", sa.String(length=200), nullable=False),
        sa.Column("country_of_access", sa.String(length=2), nullable=False),
        sa.Column("member", sa.String(length=63), nullable=True),
        sa.Column("site", sa.String(length=63), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.String(length=63), nullable=False),
        sa.Column("requested", sa.DateTime(timezone=True), nullable=False),
        sa.Column("vouched_by", sa.String(length=63), nullable=True),
        sa.Column("vouch_reason", sa.String(length=300), nullable=True),
        sa.Column("decided_by", sa.String(length=63), nullable=True),
        sa.Column("refusal_reason", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["accounts.id"], name="fk_account_requests_decided_by_accounts"
        ),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisations.id"], name="fk_account_requests_organisation_organisations"
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["accounts.id"], name="fk_account_requests_requested_by_accounts"
        ),
        sa.ForeignKeyConstraint(
            ["vouched_by"], ["accounts.id"], name="fk_account_requests_vouched_by_accounts"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_account_requests"),
    )
    op.create_index("ix_account_requests_account", "account_requests", ["account"], unique=False)
    op.create_index("ix_account_requests_organisation", "account_requests", ["organisation"], unique=False)
    op.create_index("ix_account_requests_state", "account_requests", ["state"], unique=False)
    op.create_table(
        "account_setups",
        sa.Column("account", sa.String(length=63), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_account_setups_account_accounts"),
        sa.PrimaryKeyConstraint("account", name="pk_account_setups"),
        sa.UniqueConstraint("digest", name="uq_account_setups_digest"),
    )
    op.create_table(
        "announcements",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("korean", sa.Text(), nullable=False),
        sa.Column("english", sa.Text(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=63), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["accounts.id"], name="fk_announcements_created_by_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_announcements"),
    )
    op.create_index("ix_announcements_starts", "announcements", ["starts"], unique=False)
    op.create_table(
        "trainings",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("account", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("completed", sa.Date(), nullable=False),
        sa.Column("expires", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.String(length=63), nullable=False),
        sa.Column("recorded", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_trainings_account_accounts"),
        sa.ForeignKeyConstraint(["recorded_by"], ["accounts.id"], name="fk_trainings_recorded_by_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_trainings"),
    )
    op.create_index("ix_trainings_account", "trainings", ["account"], unique=False)

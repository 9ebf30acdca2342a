"""The first form of the records."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make_audit_events()
    _make_certificates()
    _make_enrolment_tokens()
    _make_federation_roots()
    _make_log_checkpoints()
    _make_log_leaves()
    _make_log_nodes()
    _make_login_windows()
    _make_organisations()
    _make_accounts()
    _make_log_cosignatures()
    _make_account_roles()
    _make_idempotency_keys()
    _make_projects()
    _make_tokens()
    _make_permits()
    _make_project_members()
    _make_statements()
    _make_jobs()
    _make_statement_signatures()
    _make_approvals()
    _make_export_votes()
    _make_results()


def _make_audit_events() -> None:
    op.create_table(
        "audit_events",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.String(length=60), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_events"),
        sa.UniqueConstraint("hash", name="uq_audit_events_hash"),
    )
    op.create_index("ix_audit_events_actor", "audit_events", ["actor"], unique=False)
    op.create_index("ix_audit_events_subject", "audit_events", ["subject"], unique=False)


def _make_certificates() -> None:
    op.create_table(
        "certificates",
        sa.Column("serial", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=63), nullable=False),
        sa.Column("issued", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("serial", name="pk_certificates"),
    )
    op.create_index("ix_certificates_site", "certificates", ["site"], unique=False)


def _make_enrolment_tokens() -> None:
    op.create_table(
        "enrolment_tokens",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=63), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key_digest", sa.String(length=64), nullable=True),
        sa.Column("used", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("digest", name="pk_enrolment_tokens"),
    )
    op.create_index("ix_enrolment_tokens_site", "enrolment_tokens", ["site"], unique=False)


def _make_federation_roots() -> None:
    op.create_table(
        "federation_roots",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.Column("received", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_federation_roots"),
    )


def _make_log_checkpoints() -> None:
    op.create_table(
        "log_checkpoints",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("published", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("size", name="pk_log_checkpoints"),
    )


def _make_log_leaves() -> None:
    op.create_table(
        "log_leaves",
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=71), nullable=False),
        sa.Column("logged", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("index", name="pk_log_leaves"),
        sa.UniqueConstraint("digest", name="uq_log_leaves_digest"),
    )


def _make_log_nodes() -> None:
    op.create_table(
        "log_nodes",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "position", name="pk_log_nodes"),
    )


def _make_login_windows() -> None:
    op.create_table(
        "login_windows",
        sa.Column("name_digest", sa.String(length=64), nullable=False),
        sa.Column("opened", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name_digest", name="pk_login_windows"),
    )
    op.create_index("ix_login_windows_opened", "login_windows", ["opened"], unique=False)


def _make_organisations() -> None:
    op.create_table(
        "organisations",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_organisations"),
    )


def _make_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("organisation", sa.String(length=63), nullable=False),
        sa.Column("password_hash", sa.String(length=300), nullable=True),
        sa.Column("country_of_access", sa.String(length=2), nullable=False),
        sa.Column("pledged", sa.Date(), nullable=True),
        sa.Column("member", sa.String(length=63), nullable=True),
        sa.Column("site", sa.String(length=63), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisations.id"], name="fk_accounts_organisation_organisations"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("member", name="uq_accounts_member"),
    )
    op.create_index("ix_accounts_organisation", "accounts", ["organisation"], unique=False)
    op.create_index("ix_accounts_site", "accounts", ["site"], unique=False)


def _make_log_cosignatures() -> None:
    op.create_table(
        "log_cosignatures",
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("witness", sa.String(length=300), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("received", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["size"], ["log_checkpoints.size"], name="fk_log_cosignatures_size_log_checkpoints"
        ),
        sa.PrimaryKeyConstraint("size", "witness", name="pk_log_cosignatures"),
    )


def _make_account_roles() -> None:
    op.create_table(
        "account_roles",
        sa.Column("account", sa.String(length=63), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_account_roles_account_accounts"),
        sa.PrimaryKeyConstraint("account", "role", name="pk_account_roles"),
    )


def _make_idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("account", sa.String(length=63), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("request", sa.String(length=71), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_idempotency_keys_account_accounts"),
        sa.PrimaryKeyConstraint("account", "key", name="pk_idempotency_keys"),
    )


def _make_projects() -> None:
    op.create_table(
        "projects",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("purpose", sa.String(length=300), nullable=False),
        sa.Column("organisation", sa.String(length=63), nullable=False),
        sa.Column("created_by", sa.String(length=63), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["accounts.id"], name="fk_projects_created_by_accounts"),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisations.id"], name="fk_projects_organisation_organisations"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_projects"),
    )
    op.create_index("ix_projects_organisation", "projects", ["organisation"], unique=False)


def _make_tokens() -> None:
    op.create_table(
        "tokens",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=63), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_tokens_account_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        sa.UniqueConstraint("digest", name="uq_tokens_digest"),
    )
    op.create_index("ix_tokens_account", "tokens", ["account"], unique=False)


def _make_permits() -> None:
    op.create_table(
        "permits",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("project", sa.String(length=63), nullable=False),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=71), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name="fk_permits_project_projects"),
        sa.PrimaryKeyConstraint("id", name="pk_permits"),
    )
    op.create_index("ix_permits_project", "permits", ["project"], unique=False)


def _make_project_members() -> None:
    op.create_table(
        "project_members",
        sa.Column("project", sa.String(length=63), nullable=False),
        sa.Column("account", sa.String(length=63), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_project_members_account_accounts"),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name="fk_project_members_project_projects"),
        sa.PrimaryKeyConstraint("project", "account", name="pk_project_members"),
    )
    op.create_index("ix_project_members_account", "project_members", ["account"], unique=False)


def _make_statements() -> None:
    op.create_table(
        "statements",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("type", sa.String(length=80), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("project", sa.String(length=63), nullable=True),
        sa.Column("created_by", sa.String(length=63), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["accounts.id"], name="fk_statements_created_by_accounts"),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name="fk_statements_project_projects"),
        sa.PrimaryKeyConstraint("id", name="pk_statements"),
    )
    op.create_index("ix_statements_project", "statements", ["project"], unique=False)
    op.create_index("ix_statements_state", "statements", ["state"], unique=False)


def _make_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("project", sa.String(length=63), nullable=False),
        sa.Column("permit", sa.String(length=80), nullable=False),
        sa.Column("submitted_by", sa.String(length=63), nullable=False),
        sa.Column("submitted", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=71), nullable=False),
        sa.Column("within_bounds", sa.Boolean(), nullable=False),
        sa.Column("outside_code", sa.String(length=100), nullable=True),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.String(length=100), nullable=True),
        sa.ForeignKeyConstraint(["permit"], ["permits.id"], name="fk_jobs_permit_permits"),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name="fk_jobs_project_projects"),
        sa.ForeignKeyConstraint(["submitted_by"], ["accounts.id"], name="fk_jobs_submitted_by_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("digest", name="uq_jobs_digest"),
    )
    op.create_index("ix_jobs_permit", "jobs", ["permit"], unique=False)
    op.create_index("ix_jobs_project", "jobs", ["project"], unique=False)
    op.create_index("ix_jobs_state_expires", "jobs", ["state", "expires"], unique=False)


def _make_statement_signatures() -> None:
    op.create_table(
        "statement_signatures",
        sa.Column("statement", sa.String(length=80), nullable=False),
        sa.Column("fingerprint", sa.String(length=71), nullable=False),
        sa.Column("member", sa.String(length=63), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("given", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["statement"], ["statements.id"], name="fk_statement_signatures_statement_statements"
        ),
        sa.PrimaryKeyConstraint("statement", "fingerprint", name="pk_statement_signatures"),
    )


def _make_approvals() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("job", sa.String(length=63), nullable=False),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=71), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], name="fk_approvals_job_jobs"),
        sa.PrimaryKeyConstraint("id", name="pk_approvals"),
    )
    op.create_index("ix_approvals_job", "approvals", ["job"], unique=False)


def _make_export_votes() -> None:
    op.create_table(
        "export_votes",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("job", sa.String(length=63), nullable=False),
        sa.Column("checker", sa.String(length=63), nullable=False),
        sa.Column("member", sa.String(length=63), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.Column("given", sa.DateTime(timezone=True), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["checker"], ["accounts.id"], name="fk_export_votes_checker_accounts"),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], name="fk_export_votes_job_jobs"),
        sa.PrimaryKeyConstraint("id", name="pk_export_votes"),
        sa.UniqueConstraint("job", "checker", name="uq_export_votes_job_checker"),
        sa.UniqueConstraint("job", "member", name="uq_export_votes_job_member"),
    )
    op.create_index("ix_export_votes_job", "export_votes", ["job"], unique=False)


def _make_results() -> None:
    op.create_table(
        "results",
        sa.Column("job", sa.String(length=63), nullable=False),
        sa.Column("digest", sa.String(length=71), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], name="fk_results_job_jobs"),
        sa.PrimaryKeyConstraint("job", name="pk_results"),
    )

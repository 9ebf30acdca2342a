"""Browsers' sessions whose secret changes, sign-in passkeys, another log-in, recovery by two operators."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "page_sessions",
        sa.Column("token", sa.String(length=63), nullable=False),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("form_token", sa.String(length=64), nullable=False),
        sa.Column("renewed", _MOMENT, nullable=False),
        sa.Column("earlier_digest", sa.String(length=64), nullable=True),
        sa.Column("earlier_until", _MOMENT, nullable=True),
        sa.Column("confirmed", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["token"], ["tokens.id"], name="fk_page_sessions_token_tokens"),
        sa.PrimaryKeyConstraint("token", name="pk_page_sessions"),
        sa.UniqueConstraint("earlier_digest", name="uq_page_sessions_earlier_digest"),
    )
    op.create_table(
        "passkeys",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("account", sa.String(length=63), nullable=False),
        sa.Column("credential", sa.String(length=1400), nullable=False),
        sa.Column("public_key", sa.String(length=400), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("created", _MOMENT, nullable=False),
        sa.Column("last_used", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_passkeys_account_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_passkeys"),
        sa.UniqueConstraint("credential", name="uq_passkeys_credential"),
    )
    op.create_table(
        "passkey_challenges",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("binding", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=63), nullable=True),
        sa.Column("expires", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_passkey_challenges_account_accounts"),
        sa.PrimaryKeyConstraint("digest", name="pk_passkey_challenges"),
    )
    op.create_table(
        "oidc_links",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("issuer", sa.String(length=300), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("account", sa.String(length=63), nullable=False),
        sa.Column("linked", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_oidc_links_account_accounts"),
        sa.PrimaryKeyConstraint("digest", name="pk_oidc_links"),
    )
    op.create_table(
        "oidc_attempts",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("binding", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=63), nullable=True),
        sa.Column("back", sa.String(length=500), nullable=False),
        sa.Column("expires", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_oidc_attempts_account_accounts"),
        sa.PrimaryKeyConstraint("digest", name="pk_oidc_attempts"),
    )
    op.create_table(
        "recoveries",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("account", sa.String(length=63), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("state_since", _MOMENT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened", _MOMENT, nullable=False),
        sa.Column("opened_by", sa.String(length=63), nullable=False),
        sa.Column("confirmed_by", sa.String(length=63), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("expires", _MOMENT, nullable=False),
        sa.Column("seen", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_recoveries_account_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_recoveries"),
        sa.UniqueConstraint("digest", name="uq_recoveries_digest"),
    )
    op.create_index("ix_passkeys_account", "passkeys", ["account"])
    op.create_index("ix_passkey_challenges_account", "passkey_challenges", ["account"])
    op.create_index("ix_passkey_challenges_expires", "passkey_challenges", ["expires"])
    op.create_index("ix_oidc_links_account", "oidc_links", ["account"])
    op.create_index("ix_oidc_attempts_account", "oidc_attempts", ["account"])
    op.create_index("ix_oidc_attempts_expires", "oidc_attempts", ["expires"])
    op.create_index("ix_recoveries_account", "recoveries", ["account"])
    op.create_index("ix_recoveries_state", "recoveries", ["state"])

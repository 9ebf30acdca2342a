"""Records of browsers' sessions, sign-in passkeys, links to a log-in elsewhere, and recoveries."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.database.base import Base


class PageSessionRow(Base):
    """What a browser's session has beyond its token; the secret before the last one counts for a minute."""

    __tablename__ = "page_sessions"

    token: Mapped[str] = mapped_column(ForeignKey("tokens.id"), primary_key=True)
    way: Mapped[str] = mapped_column(String(10))
    form_token: Mapped[str] = mapped_column(String(64))
    renewed: Mapped[datetime]
    earlier_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    earlier_until: Mapped[datetime | None]
    confirmed: Mapped[datetime | None]


class PasskeyRow(Base):
    """A passkey that signs one account in, and nothing else."""

    __tablename__ = "passkeys"

    id: Mapped[str] = mapped_column(String(63), primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    credential: Mapped[str] = mapped_column(String(1400), unique=True)
    public_key: Mapped[str] = mapped_column(String(400))
    label: Mapped[str] = mapped_column(String(100))
    created: Mapped[datetime]
    last_used: Mapped[datetime | None]


class PasskeyChallengeRow(Base):
    """A challenge that one visitor may answer once, for some minutes; known only by its SHA-256."""

    __tablename__ = "passkey_challenges"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20))
    binding: Mapped[str] = mapped_column(String(64))
    account: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    expires: Mapped[datetime] = mapped_column(index=True)


class OidcLinkRow(Base):
    """Who a person is at another log-in: issuer and subject, never an address or a name."""

    __tablename__ = "oidc_links"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    issuer: Mapped[str] = mapped_column(String(300))
    subject: Mapped[str] = mapped_column(String(255))
    account: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    linked: Mapped[datetime]


class OidcAttemptRow(Base):
    """One visitor's way to the other log-in and back; its state is known only by its SHA-256."""

    __tablename__ = "oidc_attempts"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    binding: Mapped[str] = mapped_column(String(64))
    account: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    back: Mapped[str] = mapped_column(String(500))
    expires: Mapped[datetime] = mapped_column(index=True)


class RecoveryRow(Base):
    """One recovery of an account by two operators; its secret is known only by its SHA-256."""

    __tablename__ = "recoveries"

    id: Mapped[str] = mapped_column(String(63), primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    state: Mapped[str] = mapped_column(String(20), index=True)
    state_since: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    opened: Mapped[datetime]
    opened_by: Mapped[str] = mapped_column(String(63))
    confirmed_by: Mapped[str | None] = mapped_column(String(63))
    digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    expires: Mapped[datetime]
    seen: Mapped[datetime | None]

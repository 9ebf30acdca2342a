"""Records of organisations, accounts, tokens and sign-in attempts."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.database.base import Base


class OrganisationRow(Base):
    """A hospital, university, company or operating body that vouches for its accounts."""

    __tablename__ = "organisations"

    id: Mapped[str] = mapped_column(String(63), primary_key=True)
    name: Mapped[str] = mapped_column(String(300))
    kind: Mapped[str] = mapped_column(String(20))
    country: Mapped[str] = mapped_column(String(2))
    created: Mapped[datetime]


class AccountRow(Base):
    """A person's account. `member` and `site` tie it to the federation root."""

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(String(63), primary_key=True)
    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    password_hash: Mapped[str | None] = mapped_column(String(300))
    country_of_access: Mapped[str] = mapped_column(String(2))
    pledged: Mapped[date | None]
    member: Mapped[str | None] = mapped_column(String(63), unique=True)
    site: Mapped[str | None] = mapped_column(String(63), index=True)
    created: Mapped[datetime]
    closed: Mapped[datetime | None]


class AccountRoleRow(Base):
    """One role of one account."""

    __tablename__ = "account_roles"

    account: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(20), primary_key=True)


class TokenRow(Base):
    """A bearer token, known only by its SHA-256. `scopes` is a space-separated list of our short names."""

    __tablename__ = "tokens"

    id: Mapped[str] = mapped_column(String(63), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    label: Mapped[str] = mapped_column(String(300))
    scopes: Mapped[str] = mapped_column(Text)
    created: Mapped[datetime]
    expires: Mapped[datetime]
    last_used: Mapped[datetime | None]
    revoked: Mapped[datetime | None]


class LoginWindowRow(Base):
    """How often a password was tried for one name in the current window, real account or not."""

    __tablename__ = "login_windows"

    name_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    opened: Mapped[datetime] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(Integer)


class IdempotencyRow(Base):
    """What a caller's idempotency key once made, so that a repeated request makes nothing new."""

    __tablename__ = "idempotency_keys"

    account: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    request: Mapped[str] = mapped_column(String(71))
    subject: Mapped[str] = mapped_column(String(80))
    made: Mapped[datetime]

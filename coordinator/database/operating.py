"""Records of the operator's work: what nodes told, contacts, account requests, trainings, announcements."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.database.base import Base


class NodeSightingRow(Base):
    """What a hospital's node last said of itself, and when it was last heard."""

    __tablename__ = "node_sightings"

    site: Mapped[str] = mapped_column(String(63), primary_key=True)
    greeted: Mapped[datetime]
    last_seen: Mapped[datetime]
    software: Mapped[str] = mapped_column(String(80))
    protocol_min: Mapped[int] = mapped_column(BigInteger)
    protocol_max: Mapped[int] = mapped_column(BigInteger)
    clock_difference: Mapped[int | None] = mapped_column(Integer)
    """Seconds by which the node's clock was ahead when it greeted; empty where it did not tell its clock."""


class ContactRow(Base):
    """Whom to call at an organisation, and what about. Taken off the list it stays on record."""

    __tablename__ = "organisation_contacts"

    id: Mapped[str] = mapped_column(String(63), primary_key=True)
    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str] = mapped_column(String(300))
    purpose: Mapped[str] = mapped_column(String(20))
    email: Mapped[str | None] = mapped_column(String(300))
    phone: Mapped[str | None] = mapped_column(String(40))
    added: Mapped[datetime]
    removed: Mapped[datetime | None]


class AccountRequestRow(Base):
    """A request for an account: who asked, who vouched, who opened it. `roles` by blanks."""

    __tablename__ = "account_requests"

    id: Mapped[str] = mapped_column(String(63), primary_key=True)
    account: Mapped[str] = mapped_column(String(63), index=True)
    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    roles: Mapped[str] = mapped_column(String(200))
    country_of_access: Mapped[str] = mapped_column(String(2))
    member: Mapped[str | None] = mapped_column(String(63))
    site: Mapped[str | None] = mapped_column(String(63))
    state: Mapped[str] = mapped_column(String(20), index=True)
    state_since: Mapped[datetime]
    requested_by: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    requested: Mapped[datetime]
    vouched_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    vouch_reason: Mapped[str | None] = mapped_column(String(300))
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    refusal_reason: Mapped[str | None] = mapped_column(String(300))


class AccountSetupRow(Base):
    """The one-time secret with which a person sets the first password; known only by its SHA-256."""

    __tablename__ = "account_setups"

    account: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    made: Mapped[datetime]
    expires: Mapped[datetime]
    used: Mapped[datetime | None]


class TrainingRow(Base):
    """One training that a person completed, and the last day on which it counts."""

    __tablename__ = "trainings"

    id: Mapped[str] = mapped_column(String(63), primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    name: Mapped[str] = mapped_column(String(300))
    completed: Mapped[date]
    expires: Mapped[date]
    recorded_by: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    recorded: Mapped[datetime]


class AnnouncementRow(Base):
    """A sentence of the operator above every page, in both languages, from one moment until another."""

    __tablename__ = "announcements"

    id: Mapped[str] = mapped_column(String(63), primary_key=True)
    korean: Mapped[str] = mapped_column(Text)
    english: Mapped[str] = mapped_column(Text)
    is_public: Mapped[bool] = mapped_column(Boolean)
    starts: Mapped[datetime] = mapped_column(index=True)
    ends: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    created: Mapped[datetime]
    withdrawn: Mapped[datetime | None]

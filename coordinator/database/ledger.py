"""Records that only ever grow: the transparency log, the audit trail, federation roots, link identities."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.database.base import Base


class LogLeafRow(Base):
    """One entry of the transparency log, byte for byte."""

    __tablename__ = "log_leaves"

    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entry: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[str] = mapped_column(String(71), unique=True)
    logged: Mapped[datetime]


class LogNodeRow(Base):
    """The hash over a complete, aligned run of 2^level leaves; level 0 are the leaves themselves."""

    __tablename__ = "log_nodes"

    level: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class CheckpointRow(Base):
    """A signed statement of the log's size and root hash."""

    __tablename__ = "log_checkpoints"

    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    note: Mapped[str] = mapped_column(Text)
    published: Mapped[datetime]


class CosignatureRow(Base):
    """One witness's line under a checkpoint."""

    __tablename__ = "log_cosignatures"

    size: Mapped[int] = mapped_column(ForeignKey("log_checkpoints.size"), primary_key=True)
    witness: Mapped[str] = mapped_column(String(300), primary_key=True)
    line: Mapped[str] = mapped_column(Text)
    received: Mapped[datetime]


class AuditRow(Base):
    """One act, chained to the act before it."""

    __tablename__ = "audit_events"

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    event: Mapped[str] = mapped_column(String(60))
    actor: Mapped[str] = mapped_column(String(80), index=True)
    subject: Mapped[str] = mapped_column(String(120), index=True)
    facts: Mapped[str] = mapped_column(Text)
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)

    __table_args__ = (Index("ix_audit_events_event_at_subject", "event", "at", "subject"),)


class FederationRootRow(Base):
    """One version of the federation root, as signed."""

    __tablename__ = "federation_roots"

    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    envelope: Mapped[str] = mapped_column(Text)
    received: Mapped[datetime]


class EnrolmentTokenRow(Base):
    """A one-time word with which one hospital's node enrols; known only by its SHA-256.

    It is spent by the first key that uses it; that same key may ask again until it expires.
    """

    __tablename__ = "enrolment_tokens"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    site: Mapped[str] = mapped_column(String(63), index=True)
    created_by: Mapped[str] = mapped_column(String(80))
    created: Mapped[datetime]
    expires: Mapped[datetime]
    key_digest: Mapped[str | None] = mapped_column(String(64))
    used: Mapped[datetime | None]


class CertificateRow(Base):
    """A connection certificate that the coordinator issued to a node. It identifies a connection only."""

    __tablename__ = "certificates"

    serial: Mapped[str] = mapped_column(String(64), primary_key=True)
    site: Mapped[str] = mapped_column(String(63), index=True)
    issued: Mapped[datetime]
    expires: Mapped[datetime]
    revoked: Mapped[datetime | None]

"""Records of runs: orders and answers, a server app's journalled calls, sums, and parcels on their way."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.database.base import Base


class RunRow(Base):
    """One execution of a job across its hospitals."""

    __tablename__ = "runs"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    job: Mapped[str] = mapped_column(ForeignKey("jobs.id"), unique=True)
    started: Mapped[datetime]
    ended: Mapped[datetime | None]
    sites: Mapped[str | None] = mapped_column(Text)
    """Hospitals among which the job is led, by comma: fixed before the first message goes out."""


class OrderRow(Base):
    """One hospital's order of a run, and how it answered. `answer` stays empty while it is silent."""

    __tablename__ = "orders"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    run: Mapped[str] = mapped_column(ForeignKey("runs.id"), index=True)
    site: Mapped[str] = mapped_column(String(63))
    envelope: Mapped[str] = mapped_column(Text)
    answer: Mapped[str | None] = mapped_column(String(20))
    code: Mapped[str | None] = mapped_column(String(100))
    stage: Mapped[str | None] = mapped_column(String(30))
    since: Mapped[datetime]
    deletion: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        UniqueConstraint("run", "site", name="uq_orders_run_site"),
        Index("ix_orders_answer_site_run", "answer", "site", "run"),
    )


class GridMessageRow(Base):
    """A message of a server app, by ordinal: written before it is sent, compared when the app is replayed."""

    __tablename__ = "grid_messages"

    run: Mapped[str] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    records: Mapped[bytes] = mapped_column(LargeBinary)
    sent: Mapped[datetime]


class GridReplyRow(Base):
    """One hospital's clear reply to an ordinal, with its signature."""

    __tablename__ = "grid_replies"

    run: Mapped[str] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    site: Mapped[str] = mapped_column(String(63), primary_key=True)
    records: Mapped[bytes] = mapped_column(LargeBinary)
    signature: Mapped[str] = mapped_column(String(200))


class GridSumRow(Base):
    """The masked sum of an ordinal: the pooled records, and the transcript that proves them."""

    __tablename__ = "grid_sums"

    run: Mapped[str] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    attempt: Mapped[int] = mapped_column(Integer)
    sites: Mapped[str] = mapped_column(Text)
    records: Mapped[bytes] = mapped_column(LargeBinary)
    transcript: Mapped[bytes] = mapped_column(LargeBinary)


class OutgoingRow(Base):
    """A parcel for a hospital until the hospital has confirmed it."""

    __tablename__ = "outgoing_parcels"

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    site: Mapped[str] = mapped_column(String(63), index=True)
    id: Mapped[str] = mapped_column(String(150))
    kind: Mapped[str] = mapped_column(String(24))
    about: Mapped[str] = mapped_column(String(80), index=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (UniqueConstraint("site", "id", name="uq_outgoing_site_id"),)


class SiteRow(Base):
    """What is known of a hospital's node: when it was last heard, how far it saw the log, its registers."""

    __tablename__ = "sites"

    site: Mapped[str] = mapped_column(String(63), primary_key=True)
    last_seen: Mapped[datetime]
    log_size: Mapped[int] = mapped_column(BigInteger)
    root_version: Mapped[int] = mapped_column(Integer)
    software: Mapped[str] = mapped_column(String(80))
    register_entries: Mapped[int] = mapped_column(BigInteger)
    register_head: Mapped[str | None] = mapped_column(Text)
    budget_entries: Mapped[int] = mapped_column(BigInteger, server_default="0")
    budget_head: Mapped[str | None] = mapped_column(Text)

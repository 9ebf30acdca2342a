"""Records of the committee's work: applications, meetings, reviews of pseudonymisation, who stands back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.database.base import Base


class ReviewRow(Base):
    """One review of a data set's pseudonymisation for a project; never changed, only followed by another."""

    __tablename__ = "adequacy_reviews"

    digest: Mapped[str] = mapped_column(String(71), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, unique=True)
    """In order of recording: moments may be equal, and the newest review counts."""
    project: Mapped[str] = mapped_column(ForeignKey("projects.id"))
    site: Mapped[str] = mapped_column(String(63))
    dataset: Mapped[str] = mapped_column(String(63))
    conclusion: Mapped[str] = mapped_column(String(20))
    document: Mapped[str] = mapped_column(Text)
    recorded: Mapped[datetime]

    __table_args__ = (Index("ix_adequacy_reviews_project", "project", "site", "dataset", "number"),)


class ApplicationRow(Base):
    """What somebody asks the committee for. `statement` is the act that was drafted from it."""

    __tablename__ = "applications"

    id: Mapped[str] = mapped_column(String(63), primary_key=True)
    project: Mapped[str] = mapped_column(ForeignKey("projects.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    content: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20), index=True)
    state_since: Mapped[datetime]
    words: Mapped[str] = mapped_column(Text)
    """The committee's own: why it was returned, or under which conditions it was approved."""
    created_by: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    created: Mapped[datetime]
    statement: Mapped[str | None] = mapped_column(ForeignKey("statements.id"), unique=True)


class MeetingRow(Base):
    """One meeting, or one round of expedited review."""

    __tablename__ = "meetings"

    id: Mapped[str] = mapped_column(String(63), primary_key=True)
    title: Mapped[str] = mapped_column(String(300))
    track: Mapped[str] = mapped_column(String(20))
    held: Mapped[datetime]
    place: Mapped[str] = mapped_column(String(300))
    state: Mapped[str] = mapped_column(String(20), index=True)
    state_since: Mapped[datetime]
    notes: Mapped[str] = mapped_column(Text)
    created_by: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    created: Mapped[datetime]


class AgendaItemRow(Base):
    """One application on one agenda, and what was decided. `present` are those who took part in it."""

    __tablename__ = "agenda_items"

    meeting: Mapped[str] = mapped_column(ForeignKey("meetings.id"), primary_key=True)
    application: Mapped[str] = mapped_column(ForeignKey("applications.id"), primary_key=True, index=True)
    position: Mapped[int] = mapped_column(Integer)
    verdict: Mapped[str | None] = mapped_column(String(20))
    words: Mapped[str] = mapped_column(Text)
    present: Mapped[str] = mapped_column(Text)
    stood_back: Mapped[str] = mapped_column(Text)
    recorded_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    decided: Mapped[datetime | None]


class AttendanceRow(Base):
    """A member who is at a meeting."""

    __tablename__ = "attendances"

    meeting: Mapped[str] = mapped_column(ForeignKey("meetings.id"), primary_key=True)
    member: Mapped[str] = mapped_column(String(63), primary_key=True)


class ConflictRow(Base):
    """A member who has an interest in a project and stands back from all of it."""

    __tablename__ = "conflicts"

    project: Mapped[str] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    member: Mapped[str] = mapped_column(String(63), primary_key=True)
    reason: Mapped[str] = mapped_column(String(300))
    declared: Mapped[datetime]


class DelegationRow(Base):
    """A member lets another one decide expedited reviews, until a day."""

    __tablename__ = "delegations"

    id: Mapped[str] = mapped_column(String(63), primary_key=True)
    giver: Mapped[str] = mapped_column(String(63))
    receiver: Mapped[str] = mapped_column(String(63), index=True)
    begins: Mapped[datetime]
    until: Mapped[datetime]
    ended: Mapped[datetime | None]

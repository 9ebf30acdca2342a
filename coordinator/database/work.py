"""Records of projects, permits, jobs, approvals, results and votes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.database.base import Base


class ProjectRow(Base):
    """A research project: purpose, people, papers."""

    __tablename__ = "projects"

    id: Mapped[str] = mapped_column(String(63), primary_key=True)
    title: Mapped[str] = mapped_column(String(300))
    purpose: Mapped[str] = mapped_column(String(300))
    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    created_by: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    created: Mapped[datetime]


class ProjectMemberRow(Base):
    """One person of one project."""

    __tablename__ = "project_members"

    project: Mapped[str] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True, index=True)


class StatementRow(Base):
    """A statement that collects signatures until its quorum is reached. `payload` is what is signed."""

    __tablename__ = "statements"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    type: Mapped[str] = mapped_column(String(80))
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(20), index=True)
    state_since: Mapped[datetime]
    project: Mapped[str | None] = mapped_column(ForeignKey("projects.id"), index=True)
    created_by: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    created: Mapped[datetime]
    expires: Mapped[datetime]
    log_index: Mapped[int | None] = mapped_column(BigInteger)


class SignatureRow(Base):
    """One verified signature on a statement."""

    __tablename__ = "statement_signatures"

    statement: Mapped[str] = mapped_column(ForeignKey("statements.id"), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(71), primary_key=True)
    member: Mapped[str] = mapped_column(String(63))
    signature: Mapped[str] = mapped_column(Text)
    given: Mapped[datetime]


class PermitRow(Base):
    """A permit in force or formerly so; its envelope stands in the log at `log_index`."""

    __tablename__ = "permits"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    project: Mapped[str] = mapped_column(ForeignKey("projects.id"), index=True)
    envelope: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(71))
    state: Mapped[str] = mapped_column(String(20))
    state_since: Mapped[datetime]
    expires: Mapped[datetime]
    log_index: Mapped[int] = mapped_column(BigInteger)


class JobRow(Base):
    """One exact question and how far it has come. `code` says why it ended, where it ended badly."""

    __tablename__ = "jobs"

    id: Mapped[str] = mapped_column(String(63), primary_key=True)
    project: Mapped[str] = mapped_column(ForeignKey("projects.id"), index=True)
    permit: Mapped[str] = mapped_column(ForeignKey("permits.id"), index=True)
    submitted_by: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    submitted: Mapped[datetime]
    title: Mapped[str] = mapped_column(String(300))
    kind: Mapped[str] = mapped_column(String(40))
    dataset: Mapped[str] = mapped_column(String(63), server_default="")
    participants: Mapped[str] = mapped_column(Text, server_default="")
    """The hospitals that it names, by comma, as its specification names them."""
    spec: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(71), unique=True)
    within_bounds: Mapped[bool] = mapped_column(Boolean)
    outside_code: Mapped[str | None] = mapped_column(String(100))
    expires: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(30))
    state_since: Mapped[datetime]
    code: Mapped[str | None] = mapped_column(String(100))

    __table_args__ = (
        Index("ix_jobs_state_expires", "state", "expires"),
        Index("ix_jobs_dataset_kind_id", "dataset", "kind", "id"),
        Index("ix_jobs_project_kind_id", "project", "kind", "id"),
    )


class ApprovalRow(Base):
    """A committee's approval of one exact job."""

    __tablename__ = "approvals"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    job: Mapped[str] = mapped_column(ForeignKey("jobs.id"), index=True)
    envelope: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(71))
    expires: Mapped[datetime]
    log_index: Mapped[int] = mapped_column(BigInteger)


class ResultRow(Base):
    """A job's one typed answer and what the disclosure rules said about it."""

    __tablename__ = "results"

    job: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(71))
    result: Mapped[str] = mapped_column(Text)
    verdict: Mapped[str] = mapped_column(Text)
    created: Mapped[datetime]


class ExportVoteRow(Base):
    """One output checker's signed verdict. `log_index` is empty until the export is decided: the log is
    public, and an earlier entry would show this vote to the next checker."""

    __tablename__ = "export_votes"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    job: Mapped[str] = mapped_column(ForeignKey("jobs.id"), index=True)
    checker: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    member: Mapped[str] = mapped_column(String(63))
    verdict: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str | None] = mapped_column(String(300))
    envelope: Mapped[str] = mapped_column(Text)
    given: Mapped[datetime]
    log_index: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        UniqueConstraint("job", "checker", name="uq_export_votes_job_checker"),
        UniqueConstraint("job", "member", name="uq_export_votes_job_member"),
    )

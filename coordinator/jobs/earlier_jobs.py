"""Finds what came before a job: the version to compare it with, precedents, and jobs used of its permit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from coordinator.audit.vocabulary import AuditEvent
from coordinator.database.ledger import AuditRow
from coordinator.database.sessions import Database
from coordinator.database.work import ApprovalRow, JobRow, ProjectMemberRow
from coordinator.jobs.job_store import Job, job_in
from coordinator.states import JobState

_MOST: Final = 10
_DECIDED: Final = (
    AuditEvent.JOB_INSIDE_BOUNDS,
    AuditEvent.JOB_APPROVED,
    AuditEvent.JOB_REFUSED,
    AuditEvent.JOB_CANCELLED,
    AuditEvent.JOB_EXPIRED,
)
"""Acts that end the waiting for a decision; a job's first of them is its decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Precedent:
    """An earlier job about the same dataset, by the same kind of question."""

    id: str
    title: str
    project: str
    submitted: datetime
    state: JobState
    state_since: datetime
    within_bounds: bool
    code: str | None
    decided: datetime | None
    """When the waiting for a decision ended; None while it waits."""


@dataclass(frozen=True, slots=True)
class EarlierJobs:
    """Earlier is by id: ids rise with time."""

    database: Database

    def last_approved(self, job: Job) -> Job | None:
        """The newest earlier job of the same project and kind that was approved, or ran inside the permit's
        bounds, and was not refused; one of the same title comes before any other."""
        approved = or_(JobRow.within_bounds, exists().where(ApprovalRow.job == JobRow.id))
        wanted = (
            select(JobRow)
            .where(JobRow.project == job.project, JobRow.kind == job.spec.kind, JobRow.id < job.id)
            .where(JobRow.state != JobState.REFUSED.value, approved)
            .order_by(JobRow.id.desc())
            .limit(1)
        )
        with self.database.reading() as session:
            row = session.scalar(wanted.where(JobRow.title == job.spec.title)) or session.scalar(wanted)
            return None if row is None else job_in(row)

    def precedents(self, job: Job, *, member: str | None) -> list[Precedent]:
        """The newest ten, over all projects; `member` limits them to the projects of one account."""
        chosen: list[ColumnElement[bool]] = [
            JobRow.dataset == job.spec.dataset,
            JobRow.kind == job.spec.kind,
            JobRow.id < job.id,
        ]
        if member is not None:
            own = select(ProjectMemberRow.project).where(ProjectMemberRow.account == member)
            chosen.append(JobRow.project.in_(own))
        wanted = (
            select(
                JobRow.id,
                JobRow.title,
                JobRow.project,
                JobRow.submitted,
                JobRow.state,
                JobRow.state_since,
                JobRow.within_bounds,
                JobRow.code,
            )
            .where(*chosen)
            .order_by(JobRow.id.desc())
            .limit(_MOST)
        )
        with self.database.reading() as session:
            rows = session.execute(wanted).all()
            decided = _decisions(session, [row.id for row in rows])
        return [
            Precedent(
                id=row.id,
                title=row.title,
                project=row.project,
                submitted=row.submitted,
                state=JobState(row.state),
                state_since=row.state_since,
                within_bounds=row.within_bounds,
                code=row.code,
                decided=decided.get(row.id),
            )
            for row in rows
        ]

    def used_of_permit(self, job: Job) -> int:
        """How many other jobs run under this permit without a vote of their own, whenever they came."""
        wanted = select(func.count()).where(
            JobRow.permit == job.permit, JobRow.within_bounds, JobRow.id != job.id
        )
        with self.database.reading() as session:
            return session.scalar(wanted) or 0


def _decisions(session: Session, jobs: Sequence[str]) -> dict[str, datetime]:
    wanted = (
        select(AuditRow.subject, func.min(AuditRow.at))
        .where(AuditRow.subject.in_(jobs), AuditRow.event.in_([each.value for each in _DECIDED]))
        .group_by(AuditRow.subject)
    )
    return {row[0]: row[1] for row in session.execute(wanted)}

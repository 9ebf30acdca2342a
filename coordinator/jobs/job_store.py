"""Finds jobs and changes their state, each change with its audit event in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from coordinator.audit.vocabulary import Audit
from coordinator.database.sessions import Database
from coordinator.database.work import ApprovalRow, JobRow, PermitRow, ProjectMemberRow
from coordinator.move_job import move_job
from coordinator.sources import Clock
from coordinator.states import JobState, Party
from onggi.errors import Refused
from onggi.protocol.dsse import Envelope
from onggi.spec.ids import JobId
from onggi.spec.job import JobSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as it stands."""

    id: JobId
    project: str
    permit: str
    submitted_by: str
    submitted: datetime
    spec: JobSpec
    digest: str
    within_bounds: bool
    outside: str | None
    state: JobState
    state_since: datetime
    code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAct:
    """A signed act with its place in the log: what an order carries."""

    envelope: Envelope
    log_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStore:
    """All jobs."""

    database: Database
    clock: Clock

    def get(self, job: str) -> Job:
        """Raises Refused `job.not_found`."""
        with self.database.reading() as session:
            row = session.get(JobRow, job)
            if row is None:
                raise Refused("job.not_found")
            return job_in(row)

    def find_by_digest(self, digest: str) -> Job | None:
        """The job of exactly this specification."""
        with self.database.reading() as session:
            row = session.scalar(select(JobRow).where(JobRow.digest == digest))
            return None if row is None else job_in(row)

    def jobs(
        self,
        *,
        after: str = "",
        limit: int = 100,
        member: str | None = None,
        project: str | None = None,
        states: Sequence[JobState] | None = None,
        newest_first: bool = False,
    ) -> list[Job]:
        """In order of submission, after the job `after`. `member` limits to the projects of one account."""
        chosen: list[ColumnElement[bool]] = []
        if after:
            chosen.append(JobRow.id < after if newest_first else JobRow.id > after)
        if member is not None:
            own = select(ProjectMemberRow.project).where(ProjectMemberRow.account == member)
            chosen.append(JobRow.project.in_(own))
        if project is not None:
            chosen.append(JobRow.project == project)
        if states is not None:
            chosen.append(JobRow.state.in_([state.value for state in states]))
        order = JobRow.id.desc() if newest_first else JobRow.id
        wanted = select(JobRow).where(*chosen).order_by(order).limit(limit)
        with self.database.reading() as session:
            return [job_in(row) for row in session.scalars(wanted).all()]

    def count(self, state: JobState) -> int:
        wanted = select(func.count()).select_from(JobRow).where(JobRow.state == state.value)
        with self.database.reading() as session:
            return session.scalar(wanted) or 0

    def set_state(self, job: str, to: JobState, *, by: Party, audit: Audit, code: str | None = None) -> Job:
        """Along the table of `coordinator.states` only; what is returned is on disk.

        Raises:
            Refused: ``job.not_found``, ``state.not_possible``, ``state.not_your_move``.
        """
        with self.database.writing() as session:
            row = session.get(JobRow, job)
            if row is None:
                raise Refused("job.not_found")
            move_job(session, row, to, by=by, audit=audit, at=self.clock(), code=code)
            return job_in(row)

    def permit_of(self, job: str) -> StoredAct:
        """The permit under which the job runs."""
        wanted = select(PermitRow).join(JobRow, JobRow.permit == PermitRow.id).where(JobRow.id == job)
        with self.database.reading() as session:
            row = session.scalar(wanted)
            if row is None:
                raise Refused("job.not_found")
            return StoredAct(envelope=Envelope.from_json(row.envelope.encode()), log_index=row.log_index)

    def approvals_of(self, job: str) -> list[StoredAct]:
        """The committee's approvals of this very job; empty inside the bounds."""
        wanted = select(ApprovalRow).where(ApprovalRow.job == job).order_by(ApprovalRow.log_index)
        with self.database.reading() as session:
            return [
                StoredAct(envelope=Envelope.from_json(row.envelope.encode()), log_index=row.log_index)
                for row in session.scalars(wanted).all()
            ]


def job_in(row: JobRow) -> Job:
    return Job(
        id=JobId(row.id),
        project=row.project,
        permit=row.permit,
        submitted_by=row.submitted_by,
        submitted=row.submitted,
        spec=JobSpec.model_validate_json(row.spec),
        digest=row.digest,
        within_bounds=row.within_bounds,
        outside=row.outside_code,
        state=JobState(row.state),
        state_since=row.state_since,
        code=row.code,
    )

"""Takes a job in: checks it against kind and permit, and says at once whose turn it is next.

The same specification again is the same job, whoever of the project sends it and however often.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from analysis_jobs.dry_run.findings import DryRun
from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import COORDINATOR, Audit, AuditEvent
from coordinator.committee.exclusions import permit_in
from coordinator.database.sessions import Database
from coordinator.database.work import JobRow, PermitRow
from coordinator.decisions.admission import Admission, decide_admission
from coordinator.dry_runs.card_store import CardStore
from coordinator.dry_runs.trying import DryRuns
from coordinator.federation.root_store import RootStore
from coordinator.jobs.asked_changes import changes_were_asked
from coordinator.jobs.job_store import Job, job_in
from coordinator.jobs.noise_asked import micro_epsilon_within_bounds
from coordinator.jobs.spec_checks import SpecChecks
from coordinator.move_job import move_job
from coordinator.operating.training_store import TrainingStore
from coordinator.projects.project_store import is_member
from coordinator.roles import Caller
from coordinator.sources import Clock, NewId
from coordinator.states import JobState, Party, PermitState
from onggi.errors import Refused
from onggi.protocol.bounds import Reads
from onggi.protocol.canonical import canonical_json, digest_of
from onggi.spec.job import JobSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """The job, and whether this call made it."""

    job: Job
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSubmitter:
    """Submits and cancels jobs for researchers."""

    database: Database
    clock: Clock
    new_id: NewId
    roots: RootStore
    checks: SpecChecks
    cards: CardStore
    dry_runs: DryRuns
    trainings: TrainingStore

    def submit(self, spec: JobSpec, *, by: Caller) -> Submission:
        """Raises Refused with the first rule that the job breaks; then nothing is kept."""
        digest = digest_of(spec)
        known = self._find_known(spec, digest=digest, by=by)
        if known is not None:
            return Submission(job=known, is_new=False)
        reads = self.checks.check(spec)
        tried = self.try_out(spec)
        if tried.failure is not None:
            raise Refused(tried.failure.code, **tried.failure.facts)
        root = self.roots.get_current()
        now = self.clock()
        with self.database.writing() as session:
            # Asked again under the writer's lock: two submitters of one spec get one job.
            row = session.scalar(select(JobRow).where(JobRow.digest == digest))
            if row is not None:
                return Submission(job=job_in(row), is_new=False)
            self.trainings.check_may_submit(session, by.account)
            permit = _get_permit(session, spec)
            admission = decide_admission(
                spec,
                permit_in(permit, federation=root.federation),
                root=root,
                reads=reads,
                submitter=by.account,
                jobs_before=_jobs_within_bounds(session, permit.id),
                micro_epsilon_before=micro_epsilon_within_bounds(session, permit.id),
                now=now,
            )
            row = self._keep(session, spec, digest=digest, admission=admission, tried=tried, by=by, now=now)
            return Submission(job=job_in(row), is_new=True)

    def check(self, spec: JobSpec) -> Reads:
        """The checks that need no record and no twin."""
        return self.checks.check(spec)

    def try_out(self, spec: JobSpec) -> DryRun:
        """The whole job on twins of its hospitals. Nothing is kept."""
        return self.dry_runs.try_out(spec, self.cards.find(spec.dataset, spec.participants))

    def cancel(self, job: str, *, by: Caller) -> Job:
        """The researcher takes a job back: before its result exists, or when a checker asked for changes.

        Otherwise a result that was about to be refused could be taken out of the checkers' hands. Cancelling
        again changes nothing.
        """
        with self.database.writing() as session:
            row = session.get(JobRow, job)
            if row is None or not is_member(session, row.project, by.account):
                raise Refused("job.not_found")
            if row.state != JobState.CANCELLED:
                if row.state == JobState.HELD and not changes_were_asked(session, job):
                    raise Refused("job.under_review")
                audit = Audit(event=AuditEvent.JOB_CANCELLED, actor=by.account, subject=row.id)
                move_job(session, row, JobState.CANCELLED, by=Party.RESEARCHER, audit=audit, at=self.clock())
            return job_in(row)

    def _find_known(self, spec: JobSpec, *, digest: str, by: Caller) -> Job | None:
        with self.database.reading() as session:
            if not is_member(session, spec.project, by.account):
                raise Refused("project.not_found")
            row = session.scalar(select(JobRow).where(JobRow.digest == digest))
            return None if row is None else job_in(row)

    def _keep(
        self,
        session: Session,
        spec: JobSpec,
        *,
        digest: str,
        admission: Admission,
        tried: DryRun,
        by: Caller,
        now: datetime,
    ) -> JobRow:
        row = JobRow(
            id=self.new_id("job"),
            project=spec.project,
            permit=spec.permit,
            submitted_by=by.account,
            submitted=now,
            title=spec.title,
            kind=spec.kind,
            dataset=spec.dataset,
            participants=",".join(spec.participants),
            spec=canonical_json(spec).decode(),
            digest=digest,
            within_bounds=admission.within_bounds,
            outside_code=admission.outside,
            expires=spec.expires,
            state=JobState.SUBMITTED.value,
            state_since=now,
            code=None,
        )
        session.add(row)
        session.flush()
        facts = {"spec": digest, "dry_run": tried.outcome}
        submitted = Audit(event=AuditEvent.JOB_SUBMITTED, actor=by.account, subject=row.id, facts=facts)
        record_event(session, submitted, at=now)
        to, event = JobState.READY, AuditEvent.JOB_INSIDE_BOUNDS
        if not admission.within_bounds:
            to, event = JobState.WAITING_FOR_APPROVAL, AuditEvent.JOB_NEEDS_VOTE
        audit = Audit(event=event, actor=COORDINATOR, subject=row.id, facts={"outside": admission.outside})
        move_job(session, row, to, by=Party.COORDINATOR, audit=audit, at=now)
        return row


def _get_permit(session: Session, spec: JobSpec) -> PermitRow:
    permit = session.get(PermitRow, spec.permit)
    if permit is None or permit.project != spec.project:
        raise Refused("permit.not_found")
    if permit.state != PermitState.VALID:
        raise Refused("permit.no_longer_valid", state=permit.state)
    return permit


def _jobs_within_bounds(session: Session, permit: str) -> int:
    wanted = select(func.count()).where(JobRow.permit == permit, JobRow.within_bounds)
    return session.scalar(wanted) or 0

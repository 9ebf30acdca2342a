"""Ends what has run out: statements without quorum, permits, jobs that never started, recoveries."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from coordinator.accounts.recovery import expire_recoveries
from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import COORDINATOR, Audit, AuditEvent
from coordinator.committee.statement_store import move_statement
from coordinator.database.sessions import Database
from coordinator.database.work import JobRow, PermitRow, StatementRow
from coordinator.move_job import move_job
from coordinator.sources import Clock
from coordinator.states import PERMIT_MOVES, JobState, Party, PermitState, StatementState, check_move

_BEFORE_START = (JobState.WAITING_FOR_APPROVAL.value, JobState.READY.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiry:
    """Called every minute by the server; calling it twice changes nothing."""

    database: Database
    clock: Clock

    def end_what_ran_out(self) -> int:
        """How many things were ended."""
        now = self.clock()
        with self.database.writing() as session:
            ended = expire_recoveries(session, now=now)
            open_ones = select(StatementRow).where(
                StatementRow.state == StatementState.OPEN.value, StatementRow.expires <= now
            )
            for statement in session.scalars(open_ones).all():
                to = StatementState.EXPIRED
                move_statement(session, statement, to, by=Party.COORDINATOR, actor=COORDINATOR, at=now)
                ended += 1
            valid = select(PermitRow).where(
                PermitRow.state == PermitState.VALID.value, PermitRow.expires <= now
            )
            for permit in session.scalars(valid).all():
                check_move(PERMIT_MOVES, PermitState.VALID, PermitState.EXPIRED, by=Party.COORDINATOR)
                permit.state, permit.state_since = PermitState.EXPIRED.value, now
                audit = Audit(event=AuditEvent.PERMIT_EXPIRED, actor=COORDINATOR, subject=permit.id)
                record_event(session, audit, at=now)
                ended += 1
            late = select(JobRow).where(JobRow.state.in_(_BEFORE_START), JobRow.expires <= now)
            for job in session.scalars(late).all():
                audit = Audit(event=AuditEvent.JOB_EXPIRED, actor=COORDINATOR, subject=job.id)
                to_state = JobState.EXPIRED
                move_job(
                    session, job, to_state, by=Party.COORDINATOR, audit=audit, at=now, code="job.too_late"
                )
                ended += 1
        return ended

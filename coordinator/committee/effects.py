"""Carries out a complete committee act: a permit comes into force, a job is approved, something is stopped.

Runs inside the change that completes the act, so act, log entry, effect and audit stand or fall together.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import Audit, AuditEvent
from coordinator.committee.drafts import CommitteeAct, find_target_job
from coordinator.database.committee import ApplicationRow
from coordinator.database.work import ApprovalRow, JobRow, PermitRow
from coordinator.move_job import move_job
from coordinator.states import PERMIT_MOVES, JobState, Party, PermitState, check_move
from onggi.errors import Fact, Refused
from onggi.protocol.canonical import digest_of
from onggi.protocol.dsse import Envelope
from onggi.protocol.statements import FeasibilityApproval, JobApproval, ProjectPermit, Revocation

_STOPPABLE: Final[Set[JobState]] = {
    JobState.WAITING_FOR_APPROVAL,
    JobState.READY,
    JobState.RUNNING,
    JobState.HELD,
}


def carry_out(
    session: Session, act: CommitteeAct, envelope: Envelope, *, log_index: int, by: str, now: datetime
) -> None:
    """Applies the act. A job that ended in the meantime stays ended; the act is logged all the same."""
    match act:
        case ProjectPermit():
            _grant(session, act, envelope, log_index=log_index, by=by, now=now)
        case JobApproval():
            _approve(session, act, envelope, log_index=log_index, by=by, now=now)
        case Revocation(what="permit"):
            _withdraw_permit(session, act, by=by, now=now)
        case Revocation():
            job = find_target_job(session, act)
            if job is not None and JobState(job.state) in _STOPPABLE:
                _stop_job(session, job, code="job.stopped_by_committee", act=act, by=by, now=now)
        case FeasibilityApproval():
            pass  # in force by standing in the log; nothing else of the coordinator depends on it


def _grant(
    session: Session, permit: ProjectPermit, envelope: Envelope, *, log_index: int, by: str, now: datetime
) -> None:
    _put_in_place_of(session, permit, by=by, now=now)
    session.add(
        PermitRow(
            id=permit.id,
            project=permit.project,
            envelope=envelope.to_json().decode(),
            digest=digest_of(envelope),
            state=PermitState.VALID.value,
            state_since=now,
            expires=permit.expires,
            log_index=log_index,
        )
    )
    facts: Mapping[str, Fact] = {"project": permit.project, "log_index": log_index}
    record_event(
        session, Audit(event=AuditEvent.PERMIT_GRANTED, actor=by, subject=permit.id, facts=facts), at=now
    )


def _put_in_place_of(session: Session, permit: ProjectPermit, *, by: str, now: datetime) -> None:
    """Nothing new starts under the permit that this one replaces; what runs already goes on."""
    if permit.replaces is None:
        return
    old = session.get(PermitRow, permit.replaces)
    if old is None or old.state != PermitState.VALID:
        raise Refused("permit.no_longer_valid", state="unknown" if old is None else old.state)
    move_permit(session, old, PermitState.REPLACED, facts={"by": permit.id}, actor=by, at=now)


def _approve(
    session: Session, act: JobApproval, envelope: Envelope, *, log_index: int, by: str, now: datetime
) -> None:
    job = session.scalar(select(JobRow).where(JobRow.digest == act.spec))
    if job is None:
        return
    session.add(
        ApprovalRow(
            id=act.id,
            job=job.id,
            envelope=envelope.to_json().decode(),
            digest=digest_of(envelope),
            expires=act.expires,
            log_index=log_index,
        )
    )
    if job.state == JobState.WAITING_FOR_APPROVAL:
        audit = Audit(event=AuditEvent.JOB_APPROVED, actor=by, subject=job.id, facts={"statement": act.id})
        move_job(session, job, JobState.READY, by=Party.COMMITTEE, audit=audit, at=now)


def _withdraw_permit(session: Session, act: Revocation, *, by: str, now: datetime) -> None:
    permit = session.get(PermitRow, act.target)
    if permit is None or permit.state != PermitState.VALID:
        return
    to = PermitState.CLOSED if is_closing(session, act.id) else PermitState.WITHDRAWN
    move_permit(session, permit, to, facts={"statement": act.id}, actor=by, at=now)
    under = select(JobRow).where(JobRow.permit == permit.id, JobRow.state.in_(_STOPPABLE))
    for job in session.scalars(under.order_by(JobRow.id)).all():
        _stop_job(session, job, code="job.permit_withdrawn", act=act, by=by, now=now)


def move_permit(
    session: Session,
    permit: PermitRow,
    to: PermitState,
    *,
    facts: Mapping[str, Fact],
    actor: str,
    at: datetime,
) -> None:
    """Along the table only, with its audit event."""
    move = check_move(PERMIT_MOVES, PermitState(permit.state), to, by=Party.COMMITTEE)
    permit.state, permit.state_since = to.value, at
    record_event(session, Audit(event=move.event, actor=actor, subject=permit.id, facts=facts), at=at)


def is_closing(session: Session, statement: str) -> bool:
    """Whether a withdrawal was drafted from an application to close: its report is there."""
    kind = select(ApplicationRow.kind).where(ApplicationRow.statement == statement)
    return session.scalar(kind) == "closing"


def _stop_job(session: Session, job: JobRow, *, code: str, act: Revocation, by: str, now: datetime) -> None:
    audit = Audit(
        event=AuditEvent.JOB_REFUSED, actor=by, subject=job.id, facts={"statement": act.id, "code": code}
    )
    if job.state == JobState.HELD:
        audit = Audit(
            event=AuditEvent.EXPORT_REFUSED,
            actor=by,
            subject=job.id,
            facts={"statement": act.id, "code": code},
        )
    move_job(session, job, JobState.REFUSED, by=Party.COMMITTEE, audit=audit, at=now, code=code)

"""Changes a job's state: only along the table, only by whose move it is, and never without an audit event."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import Audit
from coordinator.database.work import JobRow
from coordinator.states import JOB_MOVES, JobState, Party, check_move


def move_job(
    session: Session,
    job: JobRow,
    to: JobState,
    *,
    by: Party,
    audit: Audit,
    at: datetime,
    code: str | None = None,
) -> None:
    """As part of a change. Raises Refused `state.*` where the move does not exist or is not this party's.

    Args:
        code: why the job ended, where it ended badly.
    """
    now = JobState(job.state)
    move = check_move(JOB_MOVES, now, to, by=by)
    if audit.event is not move.event or audit.subject != job.id:
        raise RuntimeError(f"the move from {now} to {to} is told as {move.event} of the job itself")
    job.state, job.state_since, job.code = to.value, at, code
    session.flush()
    record_event(session, audit, at=at)

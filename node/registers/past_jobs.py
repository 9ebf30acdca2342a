"""The jobs that were ordered at this hospital lately, for looking back at them under another policy."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from node.decisions.preview_policy import OF_POLICY, PastJob
from node.decisions.run_states import RunState
from node.state.tables import HeldReply, Release, Run
from onggi.spec.base import as_instant
from onggi.spec.job import JobSpec

DAYS = 30


def list_past_jobs(session: Session, *, now: datetime, days: int = DAYS) -> list[PastJob]:
    """Oldest first. What was declined for reasons that no policy changes is left out."""
    since = as_instant(now - timedelta(days=days))
    answers = Counter[str]()
    left = select(Release.run, func.count()).where(Release.at >= since).group_by(Release.run)
    for run, number in session.execute(left):
        answers[run] += number
    waits = HeldReply.decision.is_(None) | HeldReply.decision.in_(("approved", "refused"))
    held = select(HeldReply.run, func.count()).where(waits).group_by(HeldReply.run)
    for run, number in session.execute(held):
        answers[run] += number
    asked = select(Run).where(Run.received_at >= since).order_by(Run.received_at, Run.run)
    return [
        PastJob(run=row.run, spec=JobSpec.model_validate_json(row.spec), answers=answers[row.run])
        for row in session.scalars(asked)
        if row.state != str(RunState.DECLINED) or row.code in OF_POLICY
    ]

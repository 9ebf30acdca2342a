"""What was refused here because it would tell of few persons, by project: noted before it is told."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from node.decisions.refusal_quota import DAYS, check_quota, is_telling
from node.decisions.site_policy import SitePolicy
from node.state.tables import Run, ToldRefusal
from onggi.spec.base import as_instant
from onggi.spec.job import JobSpec


def record_refusal(session: Session, run: str, *, code: str, now: datetime) -> None:
    """Notes the refusal of a run, once. A code that says nothing about persons is passed over."""
    if not is_telling(code) or session.get(ToldRefusal, run) is not None:
        return
    row = session.get_one(Run, run)
    spec = JobSpec.model_validate_json(row.spec)
    # The same question on the same data gets the same answer: asking again tells nothing.
    session.add(
        ToldRefusal(
            run=run,
            project=spec.project,
            question=f"{row.spec_digest}:{row.generation}",
            code=code,
            at=as_instant(now),
        )
    )


def check_refusals(session: Session, policy: SitePolicy, *, project: str, now: datetime) -> None:
    """Raises Refused(``quota.refusals``) where a project has had as many as the policy lets it have."""
    asked = select(func.count(ToldRefusal.question.distinct())).where(
        ToldRefusal.project == project, ToldRefusal.at >= as_instant(now - timedelta(days=DAYS))
    )
    check_quota(policy, refused=session.scalar(asked) or 0)

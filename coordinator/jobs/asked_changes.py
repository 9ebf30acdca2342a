"""Finds held results for which a checker asked changes, and which of these still wait for the project.

Who may know of such a request follows from `coordinator.decisions.threads`: its author, another checker only
once they have voted themselves, and committee members who are no checkers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from coordinator.database.threads import ThreadMessageRow
from coordinator.database.work import ExportVoteRow, JobRow
from coordinator.decisions.threads import MessageKind, Side
from coordinator.jobs.job_store import Job, job_in
from coordinator.permissions import Thing
from coordinator.roles import Caller, Role
from coordinator.states import JobState


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A held result that went back to its project, and since when it has been there."""

    job: Job
    since: datetime


def changes_were_asked(session: Session, job: str) -> bool:
    """Whether any checker asked for changes to this job's result."""
    asked = select(ThreadMessageRow.id).where(
        ThreadMessageRow.thing == Thing.JOB.value,
        ThreadMessageRow.subject == job,
        ThreadMessageRow.kind == MessageKind.CHANGES_ASKED.value,
    )
    return session.scalar(asked.limit(1)) is not None


def find_returned(session: Session, caller: Caller, *, limit: int) -> list[Returned]:
    """Results with an unanswered request that this person may know of; the longest returned first."""
    message, answer = ThreadMessageRow, aliased(ThreadMessageRow)
    answered = exists().where(answer.answers == message.id, answer.side == Side.PROJECT.value)
    wanted = (
        select(JobRow, message.at)
        .join(message, message.subject == JobRow.id)
        .where(
            message.thing == Thing.JOB.value,
            message.kind == MessageKind.CHANGES_ASKED.value,
            JobRow.state == JobState.HELD.value,
            ~answered,
        )
        .order_by(message.at, message.id)
    )
    if Role.CHECKER in caller.roles:
        voted = select(ExportVoteRow.job).where(ExportVoteRow.checker == caller.account)
        wanted = wanted.where((message.author == caller.account) | JobRow.id.in_(voted))
    found: dict[str, Returned] = {}
    for row, at in session.execute(wanted):
        if len(found) == limit and row.id not in found:
            break
        found.setdefault(row.id, Returned(job=job_in(row), since=at))
    return list(found.values())

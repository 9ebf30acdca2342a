"""Finds released results of the same data set whose cohort is the same as a job's, or shares its parts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, select

from coordinator.database.sessions import Database
from coordinator.database.work import JobRow, ProjectMemberRow
from coordinator.decisions.compare_questions import Shared, question_of, shared_of
from coordinator.jobs.job_store import Job
from coordinator.states import JobState

_LOOKED_AT: Final = 300
"""So many of the newest are compared, so that the page answers at once however many there are."""
_MOST: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedResult:
    """One released result. Nothing of its numbers: whoever may read the job may read this."""

    id: str
    title: str
    project: str
    kind: str
    released: datetime
    shared: Shared


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedResults:
    """The closest first. `compared` released results were looked at; `is_cut`: there are older ones.

    `further`: how many more are related than are listed.
    """

    found: tuple[RelatedResult, ...]
    compared: int
    is_cut: bool
    further: int


def find_related(database: Database, job: Job, *, member: str | None) -> RelatedResults:
    """Over all projects; `member` limits them to the projects of one account."""
    chosen: list[ColumnElement[bool]] = [
        JobRow.dataset == job.spec.dataset,
        JobRow.state == JobState.RELEASED.value,
        JobRow.id != job.id,
    ]
    if member is not None:
        own = select(ProjectMemberRow.project).where(ProjectMemberRow.account == member)
        chosen.append(JobRow.project.in_(own))
    # By id first: specifications are long, and a database would sort all of them.
    newest = select(JobRow.id).where(*chosen).order_by(JobRow.id.desc()).limit(_LOOKED_AT + 1).subquery()
    wanted = (
        select(JobRow.id, JobRow.title, JobRow.project, JobRow.kind, JobRow.state_since, JobRow.spec)
        .join(newest, JobRow.id == newest.c.id)
        .order_by(JobRow.id.desc())
    )
    question = question_of(job.spec.model_dump(mode="json"))
    with database.reading() as session:
        rows = session.execute(wanted).all()
    related = []
    for row in rows[:_LOOKED_AT]:
        shared = shared_of(question, question_of(json.loads(row.spec)))
        if shared.is_related:
            related.append(
                RelatedResult(
                    id=row.id,
                    title=row.title,
                    project=row.project,
                    kind=row.kind,
                    released=row.state_since,
                    shared=shared,
                )
            )
    related.sort(key=lambda each: each.shared.closeness, reverse=True)
    return RelatedResults(
        found=tuple(related[:_MOST]),
        compared=len(rows[:_LOOKED_AT]),
        is_cut=len(rows) > _LOOKED_AT,
        further=len(related[_MOST:]),
    )

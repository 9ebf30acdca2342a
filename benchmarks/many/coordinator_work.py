"""A coordinator's projects, permits, jobs with their runs, results and votes, by the thousand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from benchmarks.many.copies import Trail, add_rows, made_up_digest, one_row
from coordinator.audit.vocabulary import COORDINATOR
from coordinator.audit.vocabulary import AuditEvent as E
from coordinator.database.ledger import LogLeafRow
from coordinator.database.running import OrderRow, RunRow
from coordinator.database.work import (
    ApprovalRow,
    ExportVoteRow,
    JobRow,
    PermitRow,
    ProjectMemberRow,
    ProjectRow,
    ResultRow,
    StatementRow,
)
from coordinator.states import JobState, StatementState
from onggi.protocol.canonical import digest_of
from onggi.spec.job import JobSpec
from tests.support.federation_root import NOW, SITES

_J = JobState
_RAN = frozenset({_J.RUNNING, _J.HELD, _J.RELEASED, _J.REFUSED, _J.FAILED, _J.CANCELLED})
_ENDS = {
    _J.HELD: (E.RESULT_HELD,),
    _J.RELEASED: (E.RESULT_RELEASED_BY_PERMIT,),
    _J.REFUSED: (E.RESULT_HELD, E.EXPORT_REFUSED),
    _J.FAILED: (E.JOB_FAILED,),
    _J.CANCELLED: (E.JOB_CANCELLED,),
    _J.EXPIRED: (E.JOB_EXPIRED,),
}
_STATES = (_J.RELEASED,) * 6 + (_J.REFUSED, _J.FAILED, _J.CANCELLED, _J.EXPIRED) + (_J.RELEASED,) * 6
_OPEN = (_J.HELD, _J.WAITING_FOR_APPROVAL, _J.READY, _J.RUNNING)
"""Most jobs of years are over; one in twenty is under way."""
_OWN = 20
"""Every so many-th job is one of the project that is looked at."""


@dataclass(frozen=True)
class Sample:
    """The real objects of which the rest are copies."""

    project: str
    permit: str
    job: str
    decided: str
    draft: str


def add_projects(session: Session, sample: Sample, trail: Trail, *, count: int) -> list[dict[str, Any]]:
    """Projects of researcher-1, a permit each. Returns the permits, the real one first."""
    project, permit = (
        one_row(session, ProjectRow, id=sample.project),
        one_row(session, PermitRow, id=sample.permit),
    )
    names = [f"project-x{number:06d}" for number in range(count)]
    add_rows(session, ProjectRow, (project | {"id": name, "title": f"Study {name}"} for name in names))
    add_rows(session, ProjectMemberRow, ({"project": name, "account": "researcher-1"} for name in names))
    permits = [permit | {"id": f"permit-x{at:06d}", "project": name} for at, name in enumerate(names)]
    add_rows(session, PermitRow, permits)
    for at, each in enumerate(permits):
        moment = NOW - timedelta(hours=at + 1)
        trail.note(each["project"], moment, E.PROJECT_CREATED, by="researcher-1")
        trail.note(each["id"], moment, E.PERMIT_GRANTED, by="committee-1")
    return [permit, *permits]


def add_drafts(session: Session, sample: Sample, trail: Trail, *, count: int) -> None:
    first = one_row(session, StatementRow, id=sample.draft)
    states = cycle([StatementState.OPEN, *[StatementState.COMPLETE] * 8, StatementState.EXPIRED])
    made = [
        first | {"id": f"permit-y{number:06d}", "state": state.value}
        for number, state in zip(range(count), states, strict=False)
    ]
    add_rows(session, StatementRow, made)
    for each in made:
        trail.note(each["id"], NOW, E.STATEMENT_DRAFTED, E.STATEMENT_SIGNED, by="committee-1")


def add_jobs(
    session: Session,
    sample: Sample,
    permits: Sequence[dict[str, Any]],
    trail: Trail,
    *,
    count: int,
    exports: int,
) -> list[str]:
    """One in `_OWN` belongs to the first permit; the rest are spread over the others. `exports`: how many
    votes decided."""
    first = one_row(session, JobRow, id=sample.job)
    spec = JobSpec.model_validate_json(first["spec"])
    others, rows = cycle(permits[1:]), []
    for number, state in zip(range(count), _states(), strict=False):
        permit = permits[0] if number % _OWN == 0 else next(others)
        own = spec.model_copy(update={"title": f"Question {number}", "permit": permit["id"]})
        since = NOW - timedelta(minutes=20 * (count - number))
        rows.append(
            first
            | {"id": f"job-00000000-{number:07d}", "project": permit["project"], "permit": permit["id"]}
            | {"title": own.title, "spec": own.model_dump_json(), "digest": digest_of(own)}
            | {"state": state.value, "state_since": since, "submitted": since - timedelta(days=3)}
        )
    add_rows(session, JobRow, rows)
    _add_runs(session, rows)
    _add_answers(session, sample, rows)
    decided = [row for row in rows if row["state"] == _J.RELEASED][:exports]
    _add_votes(session, sample, decided)
    for at, row in enumerate(rows):
        _note(trail, row, needs_vote=at % 3 == 0)
    for row in decided:
        trail.note(row["id"], row["state_since"], E.RESULT_HELD, E.EXPORT_APPROVED, by="checker-3")
    return [row["id"] for row in rows]


def _states() -> Any:
    """Over and over: most over, one in twenty under way in turn."""
    for open_one in cycle(_OPEN):
        yield from (*_STATES, *_STATES[:3], open_one)


def _add_runs(session: Session, jobs: Sequence[dict[str, Any]]) -> None:
    ran = [job for job in jobs if job["state"] in _RAN]
    add_rows(
        session,
        RunRow,
        (
            {
                "id": f"run-of-{job['id']}",
                "job": job["id"],
                "started": job["submitted"] + timedelta(days=1),
                "ended": None if job["state"] == _J.RUNNING else job["state_since"],
                "sites": ",".join(sorted(SITES)),
            }
            for job in ran
        ),
    )
    add_rows(
        session,
        OrderRow,
        (
            {
                "id": f"order-{site}-{job['id']}",
                "run": f"run-of-{job['id']}",
                "site": site,
                "envelope": job["spec"],  # of a size that real ones have
                "answer": "accepted",
                "stage": "done",
                "since": job["state_since"],
            }
            for job in ran
            for site in SITES
        ),
    )


def _add_answers(session: Session, sample: Sample, jobs: Sequence[dict[str, Any]]) -> None:
    result = one_row(session, ResultRow, job=sample.job)
    answered = [job["id"] for job in jobs if job["state"] in (_J.HELD, _J.RELEASED, _J.REFUSED)]
    add_rows(session, ResultRow, (result | {"job": job} for job in answered))
    permit = one_row(session, PermitRow, id=sample.permit)
    add_rows(
        session,
        ApprovalRow,
        (
            {
                "id": f"approval-{job['id']}",
                "job": job["id"],
                "envelope": permit["envelope"],
                "digest": permit["digest"],
                "expires": permit["expires"],
                "log_index": permit["log_index"],
            }
            for job in jobs[::3]
        ),
    )


def _add_votes(session: Session, sample: Sample, jobs: Sequence[dict[str, Any]]) -> None:
    """Two logged votes for each of these."""
    vote, leaf = one_row(session, ExportVoteRow, job=sample.decided), one_row(session, LogLeafRow)
    index = (session.scalar(select(func.max(LogLeafRow.index))) or 0) + 1
    votes = []
    for job in jobs:
        for checker in ("checker-2", "checker-3"):
            named = {
                "id": f"vote-{checker}-{job['id']}",
                "job": job["id"],
                "checker": checker,
                "member": checker,
            }
            votes.append(vote | named | {"given": job["state_since"], "log_index": index})
            index += 1
    add_rows(
        session,
        LogLeafRow,
        (
            leaf | {"index": each["log_index"], "digest": f"sha256:{made_up_digest(each['id'])}"}
            for each in votes
        ),
    )
    add_rows(session, ExportVoteRow, votes)


def _note(trail: Trail, job: dict[str, Any], *, needs_vote: bool) -> None:
    name, submitted, since = job["id"], job["submitted"], job["state_since"]
    state, who = JobState(job["state"]), job["submitted_by"]
    trail.note(name, submitted, E.JOB_SUBMITTED, by=who)
    if needs_vote or state is _J.WAITING_FOR_APPROVAL:
        trail.note(name, submitted, E.JOB_NEEDS_VOTE, by=COORDINATOR)
    else:
        trail.note(name, submitted, E.JOB_INSIDE_BOUNDS, by=COORDINATOR)
    if needs_vote and state is not _J.WAITING_FOR_APPROVAL:
        trail.note(name, submitted + timedelta(hours=12), E.JOB_APPROVED, by="committee-2")
    if state in _RAN:
        _note_run(trail, name, submitted + timedelta(days=1))
    trail.note(name, since, *_ENDS.get(state, ()), by="checker-3")


def _note_run(trail: Trail, job: str, at: datetime) -> None:
    trail.note(job, at, E.JOB_STARTED, E.RUN_ORDERED, by=COORDINATOR)
    for site in SITES:
        trail.note(f"run-of-{job}", at, E.ORDER_ANSWERED, E.RUN_REPORTED, E.DELETION_RECEIVED, by=site)

"""The review desk's first page: what waits for me, what of mine waits for others, what is approved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fastapi.responses import HTMLResponse

from coordinator.accounts.roles import Role
from coordinator.committee.statement_store import StatementView
from coordinator.jobs.job_store import Job
from coordinator.pages.access import Visit, Visiting
from coordinator.pages.routes import page_router
from coordinator.pages.status_words import JOB_WORDS, Shown
from coordinator.states import JobState, StatementState

router = page_router()
_MOST: Final = 10
_APPROVED: Final = (JobState.READY, JobState.RUNNING, JobState.HELD)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueItem:
    """One line of a card: what it is, its name, since when, and where it is decided."""

    what: str
    """The key of a phrase."""
    title: str
    since: datetime
    address: str
    status: Shown | None = None


@router.get("/{language}/desk", name="page_desk")
def desk(visit: Visiting) -> HTMLResponse:
    """Three cards. Each shows its first entries; lists of all have pages of their own."""
    return visit.answer(
        "coordinator/desk.html", waiting=_waiting(visit), drafted=_drafted(visit), approved=_approved(visit)
    )


def _waiting(visit: Visit) -> list[QueueItem]:
    caller, services = visit.person, visit.services
    found: list[QueueItem] = []
    if Role.COMMITTEE in caller.roles:
        open_ones = services.statements.statements(after="", limit=_MOST, waiting_for=caller)
        found += [_of_statement(visit, each) for each in open_ones]
    if Role.CHECKER in caller.roles:
        held = services.exports.waiting_for(caller, after="", limit=_MOST)
        found += _of_jobs(visit, held, what="desk.export", page="exports")
    return sorted(found, key=lambda item: item.since)


def _drafted(visit: Visit) -> list[QueueItem]:
    caller = visit.person
    if Role.COMMITTEE not in caller.roles:
        return []
    open_ones = visit.services.statements.statements(
        after="", limit=_MOST, state=StatementState.OPEN, created_by=caller.account
    )
    return [_of_statement(visit, each) for each in open_ones]


def _approved(visit: Visit) -> list[QueueItem]:
    jobs = visit.services.jobs.jobs(limit=_MOST, states=_APPROVED)
    return list(_of_jobs(visit, jobs, what="desk.job", page="jobs"))


def _of_statement(visit: Visit, statement: StatementView) -> QueueItem:
    return QueueItem(
        what=f"act.{statement.act}",
        title=statement.title,
        since=statement.state_since,
        address=visit.address("statements", statement.id),
    )


def _of_jobs(visit: Visit, jobs: Iterable[Job], *, what: str, page: str) -> Iterable[QueueItem]:
    for job in jobs:
        yield QueueItem(
            what=what,
            title=job.spec.title,
            since=job.state_since,
            address=visit.address(page, job.id),
            status=JOB_WORDS[job.state],
        )

"""The review desk's first page: what waits for me, what was returned, what is approved.

What was returned is somebody else's turn: results back at their project with changes asked, and one's own
drafts, which wait for other members. A further kind of returned thing is one more source of `_RETURNED`.
A checker's cards tell nothing of what a colleague asked before they have voted themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from fastapi.responses import HTMLResponse

from coordinator.committee.application_store import Application
from coordinator.committee.statement_store import StatementView
from coordinator.jobs.job_store import Job
from coordinator.pages.access import Visit, Visiting
from coordinator.pages.status_words import APPLICATION_WORDS, JOB_WORDS, STATEMENT_WORDS, Shown
from coordinator.roles import Role
from coordinator.states import ApplicationState, JobState, StatementState
from pages.gate import page_router

router = page_router()
_MOST: Final = 10
_ALL: Final = 1000
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
        "coordinator/desk.html",
        waiting=_waiting(visit),
        returned=sorted((item for find in _RETURNED for item in find(visit)), key=lambda item: item.since),
        approved=_approved(visit),
        samples=_unseen_samples(visit),
    )


def _waiting(visit: Visit) -> list[QueueItem]:
    caller, services = visit.person, visit.services
    found: list[QueueItem] = []
    if Role.COMMITTEE in caller.roles:
        open_ones = services.statements.statements(after="", limit=_MOST, waiting_for=caller)
        found += [_of_statement(visit, each) for each in open_ones]
        found += [
            _of_application(visit, each) for each in services.applications.waiting(limit=_MOST, by=caller)
        ]
    if Role.CHECKER in caller.roles:
        back = {each.job.id for each in services.threads.returned(caller, limit=_ALL)}
        held = services.exports.waiting_for(caller, after="", limit=_MOST + len(back))
        mine = [job for job in held if job.id not in back][:_MOST]
        found += _of_jobs(visit, mine, what="desk.export", page="exports")
    return sorted(found, key=lambda item: item.since)


def _changes_asked(visit: Visit) -> list[QueueItem]:
    """Until the project has answered. A checker opens the export, a committee member the job."""
    page = "exports" if Role.CHECKER in visit.person.roles else "jobs"
    return [
        QueueItem(
            what="desk.export",
            title=each.job.spec.title,
            since=each.since,
            address=visit.address(page, each.job.id),
            status=Shown("desk.changes_asked", "waiting"),
        )
        for each in visit.services.threads.returned(visit.person, limit=_MOST)
    ]


def _own_drafts(visit: Visit) -> list[QueueItem]:
    caller = visit.person
    if Role.COMMITTEE not in caller.roles:
        return []
    open_ones = visit.services.statements.statements(
        after="", limit=_MOST, state=StatementState.OPEN, created_by=caller.account
    )
    words = STATEMENT_WORDS[StatementState.OPEN]
    return [replace(_of_statement(visit, each), status=words) for each in open_ones]


def _returned_applications(visit: Visit) -> list[QueueItem]:
    """Sent back to the project, which has to complete them."""
    if Role.COMMITTEE not in visit.person.roles:
        return []
    states = [ApplicationState.RETURNED, ApplicationState.CONDITIONAL]
    found = visit.services.applications.applications(limit=_MOST, states=states)
    return [_of_application(visit, each) for each in found]


_RETURNED: Final[tuple[Callable[[Visit], list[QueueItem]], ...]] = (
    _changes_asked,
    _returned_applications,
    _own_drafts,
)


def _unseen_samples(visit: Visit) -> int | None:
    """How many sampled exports nobody has looked at; None for those who do not look at them."""
    if Role.COMMITTEE not in visit.person.roles:
        return None
    return sum(not each.opinions for each in visit.services.samples.samples(visit.person))


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


def _of_application(visit: Visit, application: Application) -> QueueItem:
    return QueueItem(
        what=f"application_kind.{application.content.kind}",
        title=application.title,
        since=application.state_since,
        address=visit.address("applications", application.id),
        status=APPLICATION_WORDS[application.state],
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

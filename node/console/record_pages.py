"""What is written down: runs, deletion records, the audit trail, and the check that all of it is whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Query
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import select
from starlette.responses import Response

from node.console.about_jobs import about_run
from node.console.access import Visit, Visiting
from node.console.found_releases import A_PAGE
from node.console.history import told_events
from node.console.release_pages import Before
from node.console.status_words import RUN_WORDS
from node.console.stop_pages import runs_under_way
from node.decisions.run_states import RunState
from node.doctor.books import BOOKS
from node.registers.deletions import read_deletions
from node.registers.what_left import check_objects
from node.state.tables import AuditEvent, DeletionRecord, Run
from onggi.errors import OnggiError, Refused
from onggi.words import public_words
from pages.gate import page_router

router = page_router()
_MOST_PAGES: Final = 100_000
PageNumber = Annotated[int, Query(ge=1, le=_MOST_PAGES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One part of the books: how many entries are whole, or what is wrong."""

    part: str
    number: int = 0
    wrong: tuple[str, str] | None = None


@router.get("/{language}/runs", name="console_runs")
def runs(visit: Visiting, page: PageNumber = 1) -> HTMLResponse:
    """Every run, newest first, with its state and how it came to it."""
    asked = select(Run).order_by(Run.received_at.desc(), Run.run.desc())
    with visit.services.reading() as session:
        found = list(session.scalars(asked.offset((page - 1) * A_PAGE).limit(A_PAGE + 1)))
        under_way = runs_under_way(visit, session) if page == 1 else []
    listed = [(row, about_run(row), RUN_WORDS[RunState(row.state)], _why(visit, row)) for row in found]
    return visit.answer(
        "console/runs.html",
        runs=listed[:A_PAGE],
        under_way=under_way,
        first_page=page == 1,
        further=_further(visit, "runs", found, page),
        may_decide=visit.may_decide,
    )


def _why(visit: Visit, row: Run) -> str | None:
    """The cause in words; its code alone is kept."""
    code = row.code
    return None if code is None else public_words(Refused(code), visit.language)[0]


def _further(visit: Visit, name: str, found: list[Run], page: int) -> str | None:
    return visit.address(name, page=str(page + 1)) if len(found) > A_PAGE else None


@router.get("/{language}/deletions", name="console_deletions")
def deletions(visit: Visiting, page: PageNumber = 1) -> HTMLResponse:
    """The signed statements that runs' workspaces are gone, newest first."""
    asked = (
        select(Run, DeletionRecord)
        .join(DeletionRecord, DeletionRecord.run == Run.run)
        .order_by(Run.state_since.desc(), Run.run.desc())
    )
    with visit.services.reading() as session:
        found = session.execute(asked.offset((page - 1) * A_PAGE).limit(A_PAGE + 1)).all()
        shown = [(record, run.workspace_bytes) for run, record in found[:A_PAGE]]
        listed = read_deletions(visit.services.settings, shown)
    further = _further(visit, "deletions", [run for run, _ in found], page)
    return visit.answer("console/deletions.html", deletions=listed, further=further)


@router.get("/{language}/audit", name="console_audit")
def audit(visit: Visiting, before: Before = None) -> HTMLResponse:
    """Newest first."""
    asked = select(AuditEvent).order_by(AuditEvent.number.desc()).limit(A_PAGE + 1)
    if before is not None:
        asked = asked.where(AuditEvent.number < before)
    with visit.services.reading() as session:
        found = list(session.scalars(asked))
    shown = told_events(visit, found[:A_PAGE])
    further = visit.address("audit", before=str(shown[-1].number)) if len(found) > A_PAGE else None
    return visit.answer("console/audit.html", events=shown, further=further)


@router.get("/{language}/audit/verify", name="console_verify_again")
def verify_again(visit: Visiting) -> Response:
    """The outcome has no address of its own: it was true at one moment."""
    return RedirectResponse(visit.address("audit"), HTTPStatus.SEE_OTHER)


@router.post("/{language}/audit/verify", name="console_verify")
def verify(visit: Visiting) -> HTMLResponse:
    """Walks every chain, reads every stored content again, and says the outcome. Changes nothing."""
    services = visit.services
    with services.reading() as session:
        checked = [
            *(_check(visit, book, partial(walk, session, services.settings)) for book, walk in BOOKS.items()),
            _check(visit, "objects", lambda: check_objects(session, services.objects)),
        ]
    return visit.answer("console/verify.html", checked=checked, at=services.clock())


def _check(visit: Visit, part: str, check: Callable[[], int]) -> Checked:
    try:
        return Checked(part=part, number=check())
    except OnggiError as error:
        return Checked(part=part, wrong=public_words(error, visit.language))

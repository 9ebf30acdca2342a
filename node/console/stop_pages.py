"""Runs under way, with what they use, and the stop of a single one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from node.console.about_jobs import AboutJob, about_run
from node.console.access import Visit, Visiting
from node.console.consent_pages import RunName
from node.decisions.run_states import Party, RunState, check_move
from node.hospital_acts import LONGEST_REASON, record_stop
from node.registers.run_stops import is_stopped
from node.state.run_notes import Used, find_run_notes, workspace_size
from node.state.tables import Run
from onggi.errors import Refused
from pages.gate import page_router
from pages.problems import Problems

router = page_router()
_UNDER_WAY = (str(RunState.ACCEPTED), str(RunState.RUNNING))


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """One run under way. `used`: None where no running node says what it uses."""

    run: Run
    job: AboutJob
    took: str
    used: Used | None
    workspace: int
    stopping: bool


def runs_under_way(visit: Visit, session: Session) -> list[UnderWay]:
    """Those that have begun or are about to, oldest first."""
    services, now = visit.services, visit.services.clock()
    notes = find_run_notes(services.settings.home, now=now)
    asked = select(Run).where(Run.state.in_(_UNDER_WAY)).order_by(Run.state_since, Run.run)
    return [
        UnderWay(
            run=row,
            job=about_run(row),
            took=_took(row, now),
            used=notes.get(row.run),
            workspace=workspace_size(services.settings.workspaces, row.run),
            stopping=is_stopped(session, row.run),
        )
        for row in session.scalars(asked)
    ]


def _took(row: Run, now: datetime) -> str:
    seconds = max(int((now - datetime.fromisoformat(row.state_since)).total_seconds()), 0)
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


@router.get("/{language}/runs/{run}/stop", name="console_stop_ask")
def ask(run: RunName, visit: Visiting) -> HTMLResponse:
    """Says what stopping means before it is done."""
    with visit.services.reading() as session:
        row = _get(session, run)
        stopping = is_stopped(session, run)
    if not stopping:
        check_move(RunState(row.state), RunState.CANCELLED, Party.HOSPITAL)
    return _page(visit, row, stopping=stopping)


def _page(
    visit: Visit, row: Run, *, stopping: bool, problems: Problems | None = None, status: int = 200
) -> HTMLResponse:
    return visit.answer(
        "console/stop.html",
        answer_status=status,
        run=row,
        job=about_run(row),
        stopping=stopping,
        reason=visit.entries.text("reason"),
        longest=LONGEST_REASON,
        problems=problems or Problems(visit.language),
    )


@router.post("/{language}/runs/{run}/stop", name="console_stop")
def stop(run: RunName, visit: Visiting) -> Response:
    now, reason = visit.services.clock(), visit.entries.text("reason")
    try:
        with visit.services.deciding() as (session, _):
            record_stop(session, run=run, now=now, by=visit.person.account, reason=reason)
    except Refused as error:
        if error.code != "run.stop_reason":
            raise
        problems = Problems(visit.language)
        problems.add("reason", error)
        with visit.services.reading() as session:
            row = _get(session, run)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _page(visit, row, stopping=False, problems=problems, status=status)
    return RedirectResponse(visit.address("consents", run), HTTPStatus.SEE_OTHER)


def _get(session: Session, run: str) -> Run:
    row = session.get(Run, run)
    if row is None:
        raise Refused("run.not_found", run=run)
    return row

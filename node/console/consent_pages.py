"""Runs that wait for this hospital's consent: the job in plain words, then yes or no."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Final, Literal

from fastapi import Path
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from node.console.about_jobs import about_run
from node.console.access import Visiting
from node.console.history import history_of
from node.console.release_evidence import papers_of
from node.console.status_words import RUN_WORDS
from node.decisions.run_states import FINAL, Party, RunState, check_move
from node.hospital_acts import record_consent
from node.registers.run_stops import is_stopped
from node.state.tables import Run
from onggi.errors import Refused
from onggi.protocol.canonical import canonical_json
from pages.gate import page_router

router = page_router()
RunName = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9._:-]{0,79}$")]
Answer = Literal["give", "refuse"]
_LEADS_TO: Final = {"give": RunState.ACCEPTED, "refuse": RunState.DECLINED}


@router.get("/{language}/consents", name="console_consents")
def consents(visit: Visiting) -> HTMLResponse:
    """Those that wait, oldest first."""
    asked = select(Run).where(Run.state == str(RunState.ASKED)).order_by(Run.received_at, Run.run)
    with visit.services.reading() as session:
        waiting = list(session.scalars(asked))
    return visit.answer("console/consents.html", waiting=[(row, about_run(row)) for row in waiting])


@router.get("/{language}/consents/{run}", name="console_consent")
def consent(run: RunName, visit: Visiting) -> HTMLResponse:
    """One run's job in full, and the way to decide where it still waits."""
    with visit.services.reading() as session:
        row = _get(session, run)
        job = about_run(row)
        card = job.leaving(session, visit.services.settings)
        history = history_of(visit, session, run)
        papers = papers_of(visit, session, run)
        stopping = is_stopped(session, run)
    state = RunState(row.state)
    return visit.answer(
        "console/consent.html",
        run=row,
        job=job,
        card=card,
        cohorts=job.cohorts(visit.language),
        spec_text=canonical_json(job.spec).decode(),
        status=RUN_WORDS[state],
        waits=state is RunState.ASKED,
        history=history,
        papers=papers,
        can_stop=state in (RunState.ACCEPTED, RunState.RUNNING) and not stopping,
        stopping=stopping and state not in FINAL,
        may_decide=visit.may_decide,
    )


@router.get("/{language}/consents/{run}/{answer}", name="console_consent_ask")
def ask(run: RunName, answer: Answer, visit: Visiting) -> HTMLResponse:
    """Says what the decision means before it is taken."""
    with visit.services.reading() as session:
        row = _get(session, run)
    check_move(RunState(row.state), _LEADS_TO[answer], Party.HOSPITAL)
    return visit.answer("console/consent_decide.html", run=row, job=about_run(row), answer=answer)


@router.post("/{language}/consents/{run}/{answer}", name="console_consent_decide")
def decide(run: RunName, answer: Answer, visit: Visiting) -> Response:
    given, now = answer == "give", visit.services.clock()
    with visit.services.deciding() as (session, outbox):
        record_consent(session, outbox, run=run, given=given, now=now, by=visit.person.account)
    return RedirectResponse(visit.address("consents", run), HTTPStatus.SEE_OTHER)


def _get(session: Session, run: str) -> Run:
    row = session.get(Run, run)
    if row is None:
        raise Refused("run.not_found", run=run)
    return row

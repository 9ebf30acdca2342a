"""Replies that wait for this hospital's own decision: each in full, then let go or kept."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final, Literal

from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from node.console.about_jobs import AboutJob, find_job
from node.console.access import Visiting
from node.console.history import history_of
from node.console.release_pages import EntryNumber, as_file
from node.console.shown_numbers import numbers_or_reason
from node.console.status_words import HELD_WORDS
from node.hospital_acts import record_held_decision
from node.state.tables import HeldReply
from onggi.errors import Refused
from pages.gate import page_router

router = page_router()
Answer = Literal["approve", "refuse"]
_LATEST: Final = 20


@router.get("/{language}/held", name="console_held_list")
def held_list(visit: Visiting) -> HTMLResponse:
    """Those that wait, oldest first, and those decided lately."""
    is_open = HeldReply.decision.is_(None)
    with visit.services.reading() as session:
        waiting = list(session.scalars(select(HeldReply).where(is_open).order_by(HeldReply.id)))
        past = select(HeldReply).where(~is_open).order_by(HeldReply.id.desc()).limit(_LATEST)
        decided = list(session.scalars(past))
        jobs = {row.id: find_job(session, row.run) for row in (*waiting, *decided)}
    return visit.answer(
        "console/held_list.html", waiting=waiting, decided=decided, jobs=jobs, words=HELD_WORDS
    )


@router.get("/{language}/held/{number}", name="console_held")
def held(number: EntryNumber, visit: Visiting) -> HTMLResponse:
    """What would leave, to the last number, and the way to decide."""
    with visit.services.reading() as session:
        row, job = _get(session, number)
        content = visit.services.objects.get(session, row.object_digest)
        numbers, unreadable = numbers_or_reason(content, job.spec, language=visit.language)
        history = history_of(visit, session, row.run)
        card = job.leaving(session, visit.services.settings)
    return visit.answer(
        "console/held.html",
        held=row,
        job=job,
        card=card,
        size=len(content),
        numbers=numbers,
        unreadable=unreadable,
        status=HELD_WORDS[row.decision],
        history=history,
        may_decide=visit.may_decide,
    )


@router.get("/{language}/held/{number}/bytes", name="console_held_bytes")
def held_bytes(number: EntryNumber, visit: Visiting) -> Response:
    """The very bytes that would leave."""
    with visit.services.reading() as session:
        row, _ = _get(session, number)
        content = visit.services.objects.get(session, row.object_digest)
    return as_file(content, f"held-{number}.bin")


@router.get("/{language}/held/{number}/{answer}", name="console_held_ask")
def ask(number: EntryNumber, answer: Answer, visit: Visiting) -> HTMLResponse:
    """Says what the decision means before it is taken."""
    with visit.services.reading() as session:
        row, job = _get(session, number)
    if row.decision is not None:
        raise Refused("reply.already_decided", number=number)
    return visit.answer("console/held_decide.html", held=row, job=job, answer=answer)


@router.post("/{language}/held/{number}/{answer}", name="console_held_decide")
def decide(number: EntryNumber, answer: Answer, visit: Visiting) -> Response:
    approved, now = answer == "approve", visit.services.clock()
    with visit.services.deciding() as (session, _):
        record_held_decision(session, held=number, approved=approved, now=now, by=visit.person.account)
    return RedirectResponse(visit.address("held", str(number)), HTTPStatus.SEE_OTHER)


def _get(session: Session, number: int) -> tuple[HeldReply, AboutJob]:
    row = session.get(HeldReply, number)
    if row is None:
        raise Refused("reply.not_held", number=number)
    job = find_job(session, row.run)
    assert job is not None, "a held reply names its run by a foreign key"
    return row, job

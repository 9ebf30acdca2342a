"""The weekly letters: every week that is over, one letter as it reads, and writing it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import Path
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import select
from starlette.responses import Response

from node.console.access import Visit, Visiting
from node.console.release_pages import as_file
from node.papers.weekly_letter import (
    OfNode,
    compose_letter,
    find_written,
    list_weeks,
    verify_letter,
    write_letter,
)
from node.state.tables import WrittenLetter
from onggi.errors import OnggiError, Refused
from onggi.protocol.letter_words import letter_sentences
from onggi.protocol.rendering import render_statement
from onggi.protocol.statements import WeeklyLetter
from onggi.words import public_words
from pages.gate import page_router

router = page_router()
Week = Annotated[str, Path(max_length=20)]


@router.get("/{language}/papers/letters", name="console_letters")
def letters(visit: Visiting) -> HTMLResponse:
    """Newest first."""
    with visit.services.reading() as session:
        weeks = list_weeks(session, now=visit.services.clock())
        written = {row.week: row.at for row in session.scalars(select(WrittenLetter))}
    return visit.answer("console/letters.html", weeks=[(week, written.get(week)) for week in weeks])


@router.get("/{language}/papers/letters/{week}", name="console_letter")
def letter(week: Week, visit: Visiting) -> HTMLResponse:
    """The letter as it was written, held against the books; before that, as it would read."""
    services, wrong, told = visit.services, None, None
    with services.reading() as session:
        _check_week(week, list_weeks(session, now=services.clock()))
        kept = find_written(session, week)
        try:
            if kept is None:
                told = compose_letter(session, _of(visit), week=week, now=services.clock())
            else:
                told = verify_letter(session, _of(visit), kept, now=services.clock())
        except OnggiError as error:
            wrong = public_words(error, visit.language)
    return visit.answer(
        "console/letter.html",
        week=week,
        letter=told,
        lines=[] if told is None else _lines_of(visit, told),
        exact=None if told is None else render_statement(told),
        written=kept is not None,
        wrong=wrong,
        may_decide=visit.may_decide,
    )


def _lines_of(visit: Visit, letter: WeeklyLetter) -> list[str]:
    """The sentences in the visitor's language; what is signed has both, and every field."""
    korean, english = letter_sentences(letter)
    return (korean if visit.language == "ko" else english).splitlines()


@router.get("/{language}/papers/letters/{week}/file", name="console_letter_file")
def letter_file(week: Week, visit: Visiting) -> Response:
    """The signed letter as it was written."""
    with visit.services.reading() as session:
        _check_week(week, list_weeks(session, now=visit.services.clock()))
        kept = find_written(session, week)
    if kept is None:
        raise Refused("letter.not_written", week=week)
    return as_file(kept.to_json() + b"\n", f"letter-{visit.services.settings.site}-{week.lower()}.json")


@router.get("/{language}/papers/letters/{week}/write", name="console_letter_ask")
def write_ask(week: Week, visit: Visiting) -> HTMLResponse:
    """Shows what would be signed before it is."""
    services = visit.services
    with services.reading() as session:
        _check_week(week, list_weeks(session, now=services.clock()))
        kept = find_written(session, week)
        told = None if kept else compose_letter(session, _of(visit), week=week, now=services.clock())
    return visit.answer(
        "console/letter_write.html",
        week=week,
        lines=[] if told is None else _lines_of(visit, told),
        exact=None if told is None else render_statement(told),
    )


@router.post("/{language}/papers/letters/{week}/write", name="console_letter_write")
def write(week: Week, visit: Visiting) -> Response:
    services = visit.services
    with services.deciding() as (session, _):
        _check_week(week, list_weeks(session, now=services.clock()))
        write_letter(session, _of(visit), week=week, now=services.clock(), by=visit.person.account)
    return RedirectResponse(visit.address("papers", "letters", week), HTTPStatus.SEE_OTHER)


def _check_week(week: str, weeks: list[str]) -> None:
    if week not in weeks:
        raise Refused("letter.not_a_week")


def _of(visit: Visit) -> OfNode:
    return OfNode(settings=visit.services.settings, objects=visit.services.objects)

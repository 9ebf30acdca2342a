"""The first page, at one glance: all is well, or the one thing to do; what left; and the stop button."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from zoneinfo import ZoneInfo

from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from node.console.access import Visit, Visiting
from node.console.books_watch import BooksWatch
from node.console.found_releases import Wanted, count_releases
from node.console.what_to_do import Seen, ToDo, decide_todo
from node.decisions.run_states import RunState
from node.hospital_acts import record_pause
from node.state.heartbeat import Heartbeat, find_heartbeat
from node.state.memory import is_paused
from node.state.tables import HeldReply, Run
from onggi.errors import Refused
from onggi.words import public_words
from pages.gate import page_router

router = page_router()
_WEEK = timedelta(days=6)
_ZONE = ZoneInfo("Asia/Seoul")


@router.get("/{language}/home", name="console_home")
def home(visit: Visiting) -> HTMLResponse:
    services, now = visit.services, visit.services.clock()
    beat = find_heartbeat(services.settings.home, now=now)
    first = now.astimezone(_ZONE).date() - _WEEK
    with services.reading() as session:
        seen = _seen(session, visit, beat, services.books)
        everything = count_releases(session)
        lately = count_releases(session, Wanted(first=first))
    todo = decide_todo(seen)
    return visit.answer(
        "console/home.html",
        todo=todo,
        cause=_cause(visit, todo),
        seen=seen,
        everything=everything,
        lately=lately,
        first=first,
        beat=beat,
        site_name=services.settings.site,
        may_decide=visit.may_decide,
    )


def _seen(session: Session, visit: Visit, beat: Heartbeat | None, books: BooksWatch) -> Seen:
    asked = select(func.count()).select_from(Run).where(Run.state == str(RunState.ASKED))
    held = select(func.count()).select_from(HeldReply).where(HeldReply.decision.is_(None))
    return Seen(
        damage=books.find_damage(session, now=visit.services.clock()),
        paused=is_paused(session),
        running=beat is not None,
        connected=beat is not None and beat.connected_since is not None,
        link_error=None if beat is None else beat.last_error,
        consents=session.scalar(asked) or 0,
        held=session.scalar(held) or 0,
    )


def _cause(visit: Visit, todo: ToDo | None) -> str | None:
    """Why, in the words of the code; what a heartbeat does not keep reads as an ellipsis."""
    if todo is None or todo.cause is None:
        return None
    code = todo.cause
    return public_words(Refused(code, **_plain(todo)), visit.language)[0]


def _plain(todo: ToDo) -> dict[str, str | int]:
    return {name: value for name, value in todo.facts.items() if isinstance(value, str | int)}


@router.get("/{language}/pause", name="console_pause_ask")
def pause_ask(visit: Visiting) -> HTMLResponse:
    """Says what it does before it is done."""
    return _ask(visit, act="pause")


@router.get("/{language}/resume", name="console_resume_ask")
def resume_ask(visit: Visiting) -> HTMLResponse:
    """Says what it does before it is done."""
    return _ask(visit, act="resume")


def _ask(visit: Visit, *, act: str) -> HTMLResponse:
    with visit.services.reading() as session:
        paused = is_paused(session)
        under_way = select(func.count()).select_from(Run).where(Run.state == str(RunState.RUNNING))
        running = session.scalar(under_way) or 0
    return visit.answer("console/pause.html", act=act, paused=paused, running=running)


@router.post("/{language}/pause", name="console_pause")
def pause(visit: Visiting) -> Response:
    return _set(visit, paused=True)


@router.post("/{language}/resume", name="console_resume")
def resume(visit: Visiting) -> Response:
    return _set(visit, paused=False)


def _set(visit: Visit, *, paused: bool) -> Response:
    with visit.services.deciding() as (session, _):
        record_pause(session, paused=paused, now=visit.services.clock(), by=visit.person.account)
    return RedirectResponse(visit.address("home"), HTTPStatus.SEE_OTHER)

"""The legal ledger of a period, to be printed, and the page that leads to all papers."""

from __future__ import annotations

from datetime import date
from functools import partial

from fastapi.responses import HTMLResponse
from starlette.responses import Response

from node.console.access import Visit, Visiting
from node.console.found_releases import read_day
from node.console.ledger_csv import ledger_csv, ledger_facts
from node.console.release_pages import Typed
from node.papers.ledger import ZONE, Ledger, read_ledger
from pages.gate import page_router
from pages.problems import Problems

router = page_router()
MOST_CONCEPTS = 40
"""Of one line; the file holds all."""


@router.get("/{language}/papers", name="console_papers")
def papers(visit: Visiting) -> HTMLResponse:
    return visit.answer("console/papers.html")


@router.get("/{language}/papers/ledger", name="console_ledger")
def ledger(visit: Visiting, first: Typed = "", last: Typed = "") -> HTMLResponse:
    """This year's lines, or those of the period that was typed."""
    problems = Problems(visit.language)
    period = _period(visit, problems, first=first, last=last)
    found = None
    if period is not None:
        with problems.at("first"):
            found = _read(visit, *period)
    chosen = period or (None, None)
    return visit.answer(
        "console/ledger.html",
        ledger=found,
        facts=[] if found is None else ledger_facts(found, partial(_say, visit)),
        first=first or str(chosen[0] or ""),
        last=last or str(chosen[1] or ""),
        most_concepts=MOST_CONCEPTS,
        problems=problems,
    )


@router.get("/{language}/papers/ledger/file", name="console_ledger_csv")
def ledger_file(visit: Visiting, first: Typed = "", last: Typed = "") -> Response:
    """The same lines for a spreadsheet."""
    found = _read(visit, *_days(visit, read_day(first.strip()), read_day(last.strip())))
    name = f"ledger-{found.first}-{found.last}.csv"
    return Response(
        ledger_csv(found, partial(_say, visit)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _period(visit: Visit, problems: Problems, *, first: str, last: str) -> tuple[date, date] | None:
    days = dict[str, date | None]()
    for name, typed in (("first", first), ("last", last)):
        with problems.at(name):
            days[name] = read_day(typed.strip())
    return None if problems else _days(visit, days["first"], days["last"])


def _days(visit: Visit, first: date | None, last: date | None) -> tuple[date, date]:
    last = last or visit.services.clock().astimezone(ZONE).date()
    return first or last.replace(month=1, day=1), last


def _read(visit: Visit, first: date, last: date) -> Ledger:
    services = visit.services
    with services.reading() as session:
        return read_ledger(
            session,
            services.settings,
            first=first,
            last=last,
            by=visit.person.account,
            now=services.clock(),
        )


def _say(visit: Visit, key: str) -> str:
    return visit.say(key)

"""The figures of a year, on a page and as a table for spreadsheet programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from fastapi import Path, Query
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from coordinator.decisions.readiness import day_of
from coordinator.operating.year import FIRST_YEAR, LAST_YEAR, YearFigures
from coordinator.pages.access import Visit, Visiting
from pages.csv_text import Cell, csv_bytes
from pages.gate import page_router

router = page_router()
Line = tuple[str, str, str, Cell]
COLUMNS = ("year.column_section", "year.column_subject", "year.column_item", "year.column_value")
_YEARS_OFFERED = 5


@router.get("/{language}/operator/year", name="page_operator_year")
def year_page(
    visit: Visiting, year: Annotated[int | None, Query(ge=FIRST_YEAR, le=LAST_YEAR)] = None
) -> HTMLResponse:
    this_year = day_of(visit.services.clock()).year
    chosen = this_year if year is None else year
    offered = sorted({*range(this_year - _YEARS_OFFERED + 1, this_year + 1), chosen}, reverse=True)
    lines = list(year_lines(visit, visit.services.yearbook.figures(chosen)))
    return visit.answer("coordinator/year.html", year=chosen, years=offered, lines=lines)


@router.get("/{language}/operator/year/{year}/csv", name="page_operator_year_csv")
def year_csv(visit: Visiting, year: Annotated[int, Path(ge=FIRST_YEAR, le=LAST_YEAR)]) -> Response:
    header = [visit.say(key) for key in COLUMNS]
    lines = year_lines(visit, visit.services.yearbook.figures(year))
    return Response(
        csv_bytes([header, *lines]),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="onggi-{year}-{visit.language}.csv"'},
    )


def year_lines(visit: Visit, figures: YearFigures) -> Iterable[Line]:
    """(section, subject, item, value): one figure a line, so that tables can be made of it."""
    say = visit.say
    whole = say("year.whole")
    for name, number in (
        ("year.projects", figures.projects),
        ("year.permits_granted", figures.permits_granted),
        ("year.permits_withdrawn", figures.permits_withdrawn),
        ("year.exports_approved", figures.exports_approved),
        ("year.exports_refused", figures.exports_refused),
        ("year.exports_by_permit", figures.exports_by_permit),
    ):
        yield say("year.section_whole"), whole, say(name), number
    for (kind, end), count in sorted(figures.jobs.items()):
        word = say("year.under_way") if end == "under_way" else say(f"job.{end}")
        yield say("year.section_jobs"), say(f"kind.{kind}"), word, count
    for name, days in (("year.wait_approval", figures.approval), ("year.wait_export", figures.export)):
        about = say(name)
        yield say("year.section_days"), about, say("year.decided"), days.count
        yield say("year.section_days"), about, say("year.median"), _rounded(days.median)
        yield say("year.section_days"), about, say("year.ninth_tenth"), _rounded(days.ninth_tenth)
    for body in figures.organisations:
        section = say("year.section_organisations")
        yield section, body.name, say("year.projects"), body.projects
        yield section, body.name, say("year.permits_granted"), body.permits_granted
        yield section, body.name, say("year.jobs"), body.jobs
        yield section, body.name, say("year.exports_approved"), body.exports_approved
    for hospital in figures.hospitals:
        section = say("year.section_hospitals")
        yield section, hospital.name, say("year.jobs_named"), hospital.jobs
        yield section, hospital.name, say("year.runs"), hospital.runs


def _rounded(days: float | None) -> float | None:
    return None if days is None else round(days, 1)

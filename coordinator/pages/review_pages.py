"""A page for each data set of a project: the review of its pseudonymisation, and members who stand back."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import Path
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import ValidationError
from starlette.responses import Response

from coordinator.api.parts import ProjectName
from coordinator.committee.review_store import ReviewFindings
from coordinator.pages.access import Visit, Visiting
from coordinator.pages.field_names import FormProblems
from coordinator.roles import Role
from onggi.errors import Refused
from onggi.protocol.reviews import Risk
from pages.entries import Entries
from pages.gate import page_router
from pages.problems import Problems

router = page_router()
RISKS: Final[tuple[Risk, ...]] = ("none", "low", "medium", "high")
ITEMS: Final = (
    "identifiers",
    "birth_date",
    "dates",
    "location",
    "providers",
    "rare",
    "free_text",
    "images",
    "stigma",
)
"""The groups of items that the Korean guideline on health data treats apart: a first form's rows."""
_MOST_ROWS: Final = 40
_WRONG: Final = HTTPStatus.UNPROCESSABLE_ENTITY
_PARTS: Final = ("item", "treatment", "rule", "risk", "why")
Name = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,62}$")]


@router.get("/{language}/projects/{project}/reviews/{site}/{dataset}", name="page_review_get")
def review_page(project: ProjectName, site: Name, dataset: Name, visit: Visiting) -> HTMLResponse:
    """The review that counts, and the earlier ones below it."""
    found = visit.services.projects.get(project)
    own = [
        kept
        for kept in visit.services.reviews.of_project(project)
        if (kept.review.site, kept.review.dataset) == (site, dataset)
    ]
    return visit.answer(
        "coordinator/review.html",
        project=found,
        site_name=site,
        dataset=dataset,
        newest=own[-1] if own else None,
        earlier=own[-2::-1],
        may_review=Role.COMMITTEE in visit.person.roles,
    )


@router.get("/{language}/projects/{project}/reviews/{site}/{dataset}/new", name="page_review_new")
def new_page(project: ProjectName, site: Name, dataset: Name, visit: Visiting) -> HTMLResponse:
    """Begins with what the last review said, or with a row for each group of items."""
    kept = [
        one.review
        for one in visit.services.reviews.of_project(project)
        if (one.review.site, one.review.dataset) == (site, dataset)
    ]
    if kept:
        last = kept[-1]
        rows = [
            {
                "item": one.item,
                "treatment": one.treatment,
                "rule": one.rule,
                "risk": one.risk,
                "why": one.why or "",
            }
            for one in last.items
        ]
        form = {"last_check": last.last_check, "remark": last.remark or ""}
    else:
        rows = [_row(visit.say(f"item.{name}")) for name in ITEMS]
        form = {"last_check": "", "remark": ""}
    form |= {"checked_on": f"{visit.services.clock():%Y-%m-%d}", "conclusion": ""}
    return _drawn(visit, project, site, dataset, form=form, rows=[*rows, _row("")])


@router.post("/{language}/projects/{project}/reviews/{site}/{dataset}/new", name="page_review_record")
def record(project: ProjectName, site: Name, dataset: Name, visit: Visiting) -> Response:
    """Rows without an item are left out."""
    entries, problems = visit.entries, FormProblems(visit.language)
    rows = _rows(entries)
    form = {name: entries.text(name) for name in ("last_check", "remark", "checked_on", "conclusion")}
    given: dict[str, Any] = {**form, "site": site, "dataset": dataset}
    given["remark"] = form["remark"] or None
    given["items"] = [{**row, "why": row["why"] or None} for row in rows if row["item"]]
    try:
        findings = ReviewFindings.model_validate(given)
    except ValidationError as wrong:
        for place in dict.fromkeys(_place(each["loc"], rows) for each in wrong.errors()):
            problems.add(place, Refused("application.field", field=place))
    else:
        with problems.at(""):
            visit.services.reviews.record(project, findings, by=visit.person)
            address = visit.address("projects", project, "reviews", site, dataset)
            return RedirectResponse(address, HTTPStatus.SEE_OTHER)
    return _drawn(visit, project, site, dataset, form=form, rows=rows, problems=problems, status=_WRONG)


@router.get("/{language}/projects/{project}/conflict", name="page_conflict_ask")
def conflict_ask(project: ProjectName, visit: Visiting) -> HTMLResponse:
    """Says what standing back means before it is declared."""
    found = visit.services.projects.get(project)
    return visit.answer("coordinator/conflict.html", project=found, reason="")


@router.post("/{language}/projects/{project}/conflict", name="page_conflict_declare")
def conflict_declare(project: ProjectName, visit: Visiting) -> Response:
    reason = visit.entries.text("reason")
    if not 0 < len(reason) <= 300 or "\n" in reason:
        problems = Problems(visit.language)
        problems.add("reason", Refused("page.one_line", longest=300))
        return visit.answer(
            "coordinator/conflict.html",
            answer_status=_WRONG,
            project=visit.services.projects.get(project),
            reason=reason,
            problems=problems,
        )
    visit.services.conflicts.declare(project, reason=reason, by=visit.person)
    return RedirectResponse(visit.address("projects", project), HTTPStatus.SEE_OTHER)


def _row(item: str) -> dict[str, str]:
    return {"item": item, "treatment": "", "rule": "", "risk": "", "why": ""}


def _rows(entries: Entries) -> list[dict[str, str]]:
    """The rows of the form in their order. A form may ask for more by sending more."""
    numbers = sorted(
        {int(found[1]) for name in entries.values if (found := re.fullmatch(r"item-(\d{1,3})", name))}
    )
    return [{part: entries.text(f"{part}-{number}") for part in _PARTS} for number in numbers[:_MOST_ROWS]]


def _place(where: tuple[int | str, ...], rows: list[dict[str, str]]) -> str:
    """The form's field of a place in the document: rows that were left out count in the form."""
    if where[0] != "items" or len(where) < 3:
        return "item-0" if where[0] == "items" else str(where[0])
    kept = [number for number, row in enumerate(rows) if row["item"]]
    return f"{where[2]}-{kept[int(where[1])]}"


def _drawn(
    visit: Visit,
    project: str,
    site: str,
    dataset: str,
    *,
    form: dict[str, str],
    rows: list[dict[str, str]],
    problems: Problems | None = None,
    status: int = HTTPStatus.OK,
) -> HTMLResponse:
    return visit.answer(
        "coordinator/review_form.html",
        answer_status=status,
        project=visit.services.projects.get(project),
        site_name=site,
        dataset=dataset,
        form=form,
        rows=rows,
        risks=[(risk, visit.say(f"risk.{risk}"), "") for risk in RISKS],
        problems=Problems(visit.language) if problems is None else problems,
    )

"""Pledges and trainings: whose run out, one person's record, and recording them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from coordinator.api.parts import AccountName
from coordinator.decisions.readiness import Paper, day_of
from coordinator.pages.access import Visit, Visiting
from coordinator.pages.history import OF_PERSON, history_of
from coordinator.pages.organisation_pages import may_operate
from coordinator.pages.status_words import Tone
from coordinator.pages.typed import TypedForm
from pages.entries import Entries
from pages.gate import page_router
from pages.problems import Problems

router = page_router()
PAPER_TONES: Final[dict[Paper, Tone]] = {
    Paper.PLEDGE_MISSING: "bad",
    Paper.TRAINING_MISSING: "bad",
    Paper.EXPIRED: "bad",
    Paper.ENDS_SOON: "waiting",
    Paper.GOOD: "good",
}


@router.get("/{language}/operator/people", name="page_readiness_list")
def people_page(visit: Visiting) -> HTMLResponse:
    trainings = visit.services.trainings
    people = trainings.readiness()
    return visit.answer(
        "coordinator/people.html",
        groups=[(paper, [each for each in people if each.paper is paper]) for paper in Paper],
        tones=PAPER_TONES,
        required=trainings.required,
    )


@router.get("/{language}/operator/people/{account}", name="page_trainings_list")
def person_page(account: AccountName, visit: Visiting) -> HTMLResponse:
    return _draw(visit, account, problems=Problems(visit.language), entries=Entries())


@router.post("/{language}/operator/people/{account}/pledge", name="page_pledge_record")
def pledge(account: AccountName, visit: Visiting) -> Response:
    problems = Problems(visit.language)
    pledged = TypedForm(visit.entries, problems).day("pledged")
    if pledged is not None:
        with problems.at("pledged"):
            visit.services.trainings.record_pledge(account, pledged, by=visit.person.account)
            return _back(visit, account)
    return _again(visit, account, problems)


@router.post("/{language}/operator/people/{account}/trainings", name="page_training_record")
def training(account: AccountName, visit: Visiting) -> Response:
    problems = Problems(visit.language)
    form = TypedForm(visit.entries, problems)
    name, completed, expires = form.line("name"), form.day("completed"), form.day("expires")
    if not problems and completed is not None and expires is not None:
        with problems.at("expires"):
            visit.services.trainings.record_training(
                account, name=name, completed=completed, expires=expires, by=visit.person.account
            )
            return _back(visit, account)
    return _again(visit, account, problems)


@router.post("/{language}/operator/people/{account}/setup", name="page_account_setup_create")
def setup(account: AccountName, visit: Visiting) -> HTMLResponse:
    """Another set-up code, shown on this answer alone; the one before is worth nothing."""
    issued = visit.services.setups.issue(account, by=visit.person.account)
    return visit.answer("coordinator/setup_issued.html", issued=issued)


def _back(visit: Visit, account: str) -> Response:
    return RedirectResponse(visit.address("operator", "people", account), HTTPStatus.SEE_OTHER)


def _again(visit: Visit, account: str, problems: Problems) -> HTMLResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return _draw(visit, account, problems=problems, entries=visit.entries, status=status)


def _draw(
    visit: Visit, account: str, *, problems: Problems, entries: Entries, status: int = HTTPStatus.OK
) -> HTMLResponse:
    person = visit.services.accounts.get(account)
    return visit.answer(
        "coordinator/person.html",
        answer_status=status,
        problems=problems,
        entries=entries,
        person=person,
        trainings=visit.services.trainings.trainings(account),
        today=day_of(visit.services.clock()),
        may_record=may_operate(visit) and not person.closed,
        may_set_up=may_operate(visit) and not person.closed and visit.services.setups.is_open_for(account),
        history=history_of(visit, account, OF_PERSON),
    )

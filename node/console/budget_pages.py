"""The privacy budget: what is spent, reserved and left, by whom; and its ceiling, tried before it is set."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Path
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.orm import Session
from starlette.responses import Response

from node.console.access import Visit, Visiting
from node.console.found_releases import A_PAGE
from node.console.release_pages import Before
from node.console.seen_number import NONE_SEEN, read_seen
from node.console.shown_budget import compare, decisions, project_rows, run_rows, show_budget
from node.registers.budget_counts import foresee, spent, who_spent
from node.registers.budget_populations import (
    LONGEST_REASON,
    ceiling_number,
    check_reason,
    find_ceiling,
    get_population,
    list_decisions,
    list_populations,
    next_ceiling,
    set_ceiling,
)
from node.registers.budget_runs import runs_that_spent
from onggi.errors import Refused
from onggi.spec.explain_job import tell_epsilon
from pages.gate import page_router
from pages.problems import Problems
from privacy.budgets.ceilings import Ceiling
from privacy.budgets.written import read_delta, read_epsilon, tell_delta

router = page_router()
Population = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
_MOST_OPEN: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class CeilingForm:
    """What the form shows, as it was typed."""

    epsilon: str
    delta: str
    reason: str = ""

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        return (("epsilon", self.epsilon), ("delta", self.delta), ("reason", self.reason))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A ceiling that somebody typed, and the entry of the one that they looked at."""

    ceiling: Ceiling
    reason: str
    seen: int


@router.get("/{language}/budget", name="console_budget")
def budget(visit: Visiting) -> HTMLResponse:
    """Every population, with the projects that spent from it."""
    with visit.services.reading() as session:
        names = list_populations(session)
        found = [(spent(session, name), who_spent(session, name)) for name in names]
    return visit.answer(
        "console/budget.html",
        budgets=[(show_budget(visit, stands), project_rows(spenders)) for stands, spenders in found],
        may_decide=visit.may_decide,
    )


@router.get("/{language}/budget/{population}", name="console_budget_runs")
def of_population(population: Population, visit: Visiting, before: Before = None) -> HTMLResponse:
    """One population, job by job, the latest reservation first."""
    with visit.services.reading() as session:
        stands = spent(session, get_population(session, population))
        runs = runs_that_spent(session, population, before=before, most=A_PAGE + 1)
        decided = list_decisions(session, population)
    further = None
    if len(runs) > A_PAGE:
        further = visit.address("budget", population, before=str(runs[A_PAGE - 1].entry))
    return visit.answer(
        "console/budget_runs.html",
        budget=show_budget(visit, stands),
        runs=run_rows(visit, runs[:A_PAGE]),
        further=further,
        history=decisions(visit, decided),
        may_decide=visit.may_decide,
    )


@router.get("/{language}/budget/{population}/ceiling", name="console_ceiling_edit")
def edit(population: Population, visit: Visiting) -> HTMLResponse:
    form, seen = _stand(visit, population)
    return _form_page(visit, population, form, seen=seen)


def _stand(visit: Visit, population: str) -> tuple[CeilingForm, int]:
    """The ceiling that counts now, as a form, and its entry."""
    with visit.services.reading() as session:
        ceiling = spent(session, get_population(session, population)).ceiling
        seen = ceiling_number(session, population)
    if ceiling is None:
        return CeilingForm(epsilon="", delta=""), seen
    epsilon, delta = tell_epsilon(ceiling.micro_epsilon), tell_delta(ceiling.femto_delta)
    return CeilingForm(epsilon=epsilon, delta=delta), seen


def _form_page(
    visit: Visit,
    population: str,
    form: CeilingForm,
    *,
    seen: int,
    problems: Problems | None = None,
    status: int = HTTPStatus.OK,
) -> HTMLResponse:
    with visit.services.reading() as session:
        stands = spent(session, get_population(session, population))
    return visit.answer(
        "console/ceiling.html",
        answer_status=status,
        budget=show_budget(visit, stands),
        form=form,
        seen=seen,
        longest=LONGEST_REASON,
        problems=problems or Problems(visit.language),
    )


@router.get("/{language}/budget/{population}/ceiling/check", name="console_ceiling_check_again")
def check_again(population: Population, visit: Visiting) -> Response:
    """What was typed has no address of its own."""
    with visit.services.reading() as session:
        get_population(session, population)
    return RedirectResponse(visit.address("budget", population, "ceiling"), HTTPStatus.SEE_OTHER)


@router.post("/{language}/budget/{population}/ceiling/check", name="console_ceiling_check")
def check(population: Population, visit: Visiting) -> HTMLResponse:
    """The new ceiling beside the old one, and what would follow. Changes nothing."""
    shown, number = _stand(visit, population)
    form, seen = _typed(visit, shown), read_seen(visit, number)
    problems = Problems(visit.language)
    with visit.services.reading() as session:
        wanted = _read(session, population, form, problems, seen=seen)
    if wanted is None:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _form_page(visit, population, form, seen=seen, problems=problems, status=status)
    if visit.entries.is_ticked("again"):
        return _form_page(visit, population, form, seen=seen)
    return _check_page(visit, population, form, wanted)


def _typed(visit: Visit, shown: CeilingForm) -> CeilingForm:
    """The form with what was typed; a field that was not sent keeps its value."""
    sent = {
        name: visit.entries.text(name) if name in visit.entries.values else value
        for name, value in shown.fields
    }
    return CeilingForm(**sent)


def _read(
    session: Session, population: str, form: CeilingForm, problems: Problems, *, seen: int
) -> Wanted | None:
    """What the form asks for, or None with what is wrong, each at its field."""
    micro, femto, ceiling = 0, 0, None
    with problems.at("epsilon"):
        micro = read_epsilon(form.epsilon)
    with problems.at("delta"):
        femto = read_delta(form.delta)
    if micro and femto:
        with problems.at("epsilon"):
            ceiling = next_ceiling(session, population, micro_epsilon=micro, femto_delta=femto)
    if ceiling is None or ceiling != find_ceiling(session, population):
        with problems.at("reason"):
            check_reason(form.reason)
    if ceiling is None or problems:
        return None
    return Wanted(ceiling=ceiling, reason=form.reason, seen=seen)


def _check_page(
    visit: Visit,
    population: str,
    form: CeilingForm,
    wanted: Wanted,
    *,
    problems: Problems | None = None,
    status: int = HTTPStatus.OK,
) -> HTMLResponse:
    with visit.services.reading() as session:
        now = spent(session, population)
        then = foresee(session, population, wanted.ceiling)
        open_ones = runs_that_spent(session, population, open_ones=True, most=_MOST_OPEN)
    return visit.answer(
        "console/ceiling_check.html",
        answer_status=status,
        budget=show_budget(visit, now),
        changes=wanted.ceiling != now.ceiling,
        rows=compare(visit, now, wanted.ceiling, then),
        then=then,
        caught=[] if then.reserved_leave == "all" else run_rows(visit, open_ones),
        reason=wanted.reason,
        fields=form.fields,
        seen=wanted.seen,
        problems=problems or Problems(visit.language),
    )


@router.post("/{language}/budget/{population}/ceiling/save", name="console_ceiling_save")
def save(population: Population, visit: Visiting) -> Response:
    services, problems = visit.services, Problems(visit.language)
    shown, _ = _stand(visit, population)
    form, seen = _typed(visit, shown), read_seen(visit, NONE_SEEN)
    with services.reading() as session:
        wanted = _read(session, population, form, problems, seen=seen)
    if wanted is None:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _form_page(visit, population, form, seen=seen, problems=problems, status=status)
    try:
        with services.deciding() as (session, _):
            set_ceiling(
                session,
                get_population(session, population),
                micro_epsilon=wanted.ceiling.micro_epsilon,
                femto_delta=wanted.ceiling.femto_delta,
                by=visit.person.account,
                reason=wanted.reason,
                now=services.clock(),
                seen=wanted.seen,
            )
    except Refused as error:
        if error.code != "budget.ceiling_changed":
            raise
        problems.add("", error)
        # Compared with the ceiling of now: set from this page, it is no blind change any more.
        _, number = _stand(visit, population)
        compared = Wanted(ceiling=wanted.ceiling, reason=wanted.reason, seen=number)
        status = HTTPStatus.CONFLICT
        return _check_page(visit, population, form, compared, problems=problems, status=status)
    return RedirectResponse(visit.address("budget", population), HTTPStatus.SEE_OTHER)

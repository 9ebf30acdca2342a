"""Whose persons a data set holds, and which populations share persons: tried before it is written down.

Two acts, from the page of the population that they begin at: a data set of it is *assigned* to another one,
or it is *joined* to another one for good.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Final, Literal

from fastapi import Path
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.orm import Session
from starlette.responses import Response

from node.console.access import Visit, Visiting
from node.console.seen_number import NONE_SEEN, read_seen
from node.console.shown_budget import (
    compare,
    compare_populations,
    run_rows,
    show_budget,
    tell_dataset,
    tell_population,
)
from node.datasets import Datasets
from node.postgres.source import names_in_place
from node.registers.budget_counts import Spent, foresee_joined, spent
from node.registers.budget_populations import (
    LONGEST_REASON,
    assign_dataset,
    check_reason,
    check_unused,
    decision_number,
    get_population,
    join_populations,
    list_populations,
    name_in,
    name_now,
    population_of,
)
from node.registers.budget_runs import runs_that_spent
from node.settings import NodeSettings
from onggi.errors import OnggiError, Refused
from pages.gate import page_router
from pages.problems import Problems
from privacy.budgets.outlook import Outlook

router = page_router()
Act = Literal["assign", "join"]
Population = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
_MOST_OPEN: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ActForm:
    """What the form shows, as it was typed. A data set is `assigned`, a population joined."""

    dataset: str = ""
    into: str = ""
    reason: str = ""

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        return (("dataset", self.dataset), ("into", self.into), ("reason", self.reason))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An act that makes sense, and what the person looked at."""

    act: Act
    population: str
    dataset: str
    into: str
    reason: str
    seen: int


@router.get("/{language}/budget/{population}/populations/{act}", name="console_population_edit")
def edit(population: Population, act: Act, visit: Visiting) -> HTMLResponse:
    return _form_page(visit, population, act, ActForm(), seen=_stands(visit, population))


def _stands(visit: Visit, population: str) -> int:
    """The last decision. Raises Refused(``budget.population_not_found``)."""
    with visit.services.reading() as session:
        get_population(session, population)
        return decision_number(session)


def _form_page(
    visit: Visit,
    population: str,
    act: Act,
    form: ActForm,
    *,
    seen: int,
    problems: Problems | None = None,
    status: int = HTTPStatus.OK,
) -> HTMLResponse:
    with visit.services.reading() as session:
        stands = spent(session, get_population(session, population))
        others = [name for name in list_populations(session) if name != population]
        own = [name for name in _datasets(visit.services.settings) if _may_move(session, name, population)]
    return visit.answer(
        "console/population.html",
        answer_status=status,
        act=act,
        budget=show_budget(visit, stands),
        form=form,
        seen=seen,
        options=[(name, tell_population(visit, name), "") for name in others],
        others=", ".join(others) or "-",
        own=", ".join(own) or "-",
        longest=LONGEST_REASON,
        problems=problems or Problems(visit.language),
    )


def _may_move(session: Session, dataset: str, population: str) -> bool:
    try:
        _check_movable(session, dataset, population)
    except Refused:
        return False
    return True


def _check_movable(session: Session, dataset: str, population: str) -> None:
    """Raises Refused(``budget.dataset_elsewhere``), Refused(``budget.dataset_used``)."""
    if (now := population_of(session, dataset)) != population:
        raise Refused("budget.dataset_elsewhere", population=now)
    check_unused(session, dataset)


def _datasets(settings: NodeSettings) -> tuple[str, ...]:
    """What this node holds, as far as it can be told."""
    try:
        return tuple(dict.fromkeys((*Datasets(settings).stores(), *names_in_place(settings.home))))
    except OnggiError:
        return (settings.dataset,)


@router.get("/{language}/budget/{population}/populations/{act}/check", name="console_population_check_again")
def check_again(population: Population, act: Act, visit: Visiting) -> Response:
    """What was typed has no address of its own."""
    _stands(visit, population)
    address = visit.address("budget", population, "populations", act)
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


@router.post("/{language}/budget/{population}/populations/{act}/check", name="console_population_check")
def check(population: Population, act: Act, visit: Visiting) -> HTMLResponse:
    """How it would stand then, beside how it stands now. Changes nothing."""
    number = _stands(visit, population)
    form, seen = _typed(visit), read_seen(visit, number)
    if visit.entries.is_ticked("again"):
        return _form_page(visit, population, act, form, seen=seen)
    return _check_page(visit, population, act, form, seen=seen)


def _typed(visit: Visit) -> ActForm:
    return ActForm(**{name: visit.entries.text(name) for name, _ in ActForm().fields})


def _check_page(
    visit: Visit,
    population: str,
    act: Act,
    form: ActForm,
    *,
    seen: int,
    problems: Problems | None = None,
    status: int = HTTPStatus.OK,
) -> HTMLResponse:
    """Or the form again, with what is wrong at each field."""
    wrong = Problems(visit.language)
    with visit.services.reading() as session:
        wanted = _read(session, population, act, form, wrong, seen=seen)
    if wanted is None:
        unprocessable = HTTPStatus.UNPROCESSABLE_ENTITY
        return _form_page(visit, population, act, form, seen=seen, problems=wrong, status=unprocessable)
    told = _told_assigned(visit, wanted) if act == "assign" else _told_joined(visit, wanted)
    return visit.answer(
        "console/population_check.html",
        answer_status=status,
        act=act,
        remains=tell_population(visit, wanted.into),
        reason=wanted.reason,
        fields=form.fields,
        seen=seen,
        problems=problems or Problems(visit.language),
        **told,
    )


def _read(
    session: Session, population: str, act: Act, form: ActForm, problems: Problems, *, seen: int
) -> Wanted | None:
    """What the form asks for, or None with what is wrong, each at its field."""
    dataset = into = ""
    if act == "assign":
        with problems.at("dataset"):
            dataset = name_in(form.dataset)
            _check_movable(session, dataset, population)
        with problems.at("into"):
            into = name_now(session, name_in(form.into))
    else:
        with problems.at("into"):
            into = get_population(session, form.into)
    if into != population:
        with problems.at("reason"):
            check_reason(form.reason)
    if problems:
        return None
    return Wanted(act=act, population=population, dataset=dataset, into=into, reason=form.reason, seen=seen)


def _told_assigned(visit: Visit, wanted: Wanted) -> dict[str, object]:
    with visit.services.reading() as session:
        now, then = spent(session, wanted.population), spent(session, wanted.into)
    return {
        "budget": show_budget(visit, now),
        "changes": wanted.into != wanted.population,
        "tables": [(tell_dataset(visit, wanted.dataset), compare_populations(visit, now, then))],
        "no_ceiling": then.ceiling is None,
        "unknown": wanted.dataset not in _datasets(visit.services.settings),
        "then": None,
        "caught": [],
    }


def _told_joined(visit: Visit, wanted: Wanted) -> dict[str, object]:
    with visit.services.reading() as session:
        one, other = spent(session, wanted.population), spent(session, wanted.into)
        then = foresee_joined(session, wanted.population, wanted.into)
        caught = [] if then.reserved_leave == "all" else list(_open(visit, session, one, other))
    return {
        "budget": show_budget(visit, one),
        "changes": wanted.into != wanted.population,
        "tables": list(_compared(visit, one, other, then)),
        "no_ceiling": other.ceiling is None,
        "unknown": False,
        "then": then,
        "caught": caught,
    }


def _compared(visit: Visit, one: Spent, other: Spent, then: Outlook) -> Iterator[tuple[object, object]]:
    reserved = one.reserved + other.reserved
    for each in (one, other):
        rows = compare(visit, each, other.ceiling, then, reserved=reserved)
        yield tell_population(visit, each.population), rows


def _open(visit: Visit, session: Session, *populations: Spent) -> Iterator[tuple[object, ...]]:
    for each in populations:
        yield from run_rows(visit, runs_that_spent(session, each.population, open_ones=True, most=_MOST_OPEN))


@router.post("/{language}/budget/{population}/populations/{act}/save", name="console_population_save")
def save(population: Population, act: Act, visit: Visiting) -> Response:
    services, problems = visit.services, Problems(visit.language)
    form, seen = _typed(visit), read_seen(visit, NONE_SEEN)
    with services.reading() as session:
        into = name_now(session, form.into)
        begins_at = population_of(session, form.dataset) if act == "assign" else name_now(session, population)
        if begins_at == into:  # sent twice, it is done once
            return RedirectResponse(visit.address("budget", into), HTTPStatus.SEE_OTHER)
    number = _stands(visit, population)
    with services.reading() as session:
        wanted = _read(session, population, act, form, problems, seen=seen)
    if wanted is None:
        return _check_page(visit, population, act, form, seen=number)
    try:
        with services.deciding() as (session, _):
            _carry_out(session, visit, wanted)
    except Refused as error:
        if error.code != "budget.populations_changed":
            raise
        problems.add("", error)
        # Compared with how they stand now: decided from this page, it is no blind change any more.
        number, status = _stands(visit, population), HTTPStatus.CONFLICT
        return _check_page(visit, population, act, form, seen=number, problems=problems, status=status)
    return RedirectResponse(visit.address("budget", wanted.into), HTTPStatus.SEE_OTHER)


def _carry_out(session: Session, visit: Visit, wanted: Wanted) -> None:
    by, now = visit.person.account, visit.services.clock()
    if wanted.act == "assign":
        assign_dataset(
            session,
            wanted.dataset,
            population=wanted.into,
            by=by,
            reason=wanted.reason,
            now=now,
            seen=wanted.seen,
        )
    else:
        join_populations(
            session,
            wanted.population,
            into=wanted.into,
            by=by,
            reason=wanted.reason,
            now=now,
            seen=wanted.seen,
        )

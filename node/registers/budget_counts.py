"""Adds up the budget register: what is spent, by whom, and what more answers would come to. It only reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session

from node.decisions.run_states import RunState
from node.registers.budget_chain import ENTRIES, is_behind
from node.registers.budget_populations import find_ceiling, get_ceiling, names_of, population_of
from node.state.tables import PermitJob, Run
from onggi.spec.job import JobSpec
from privacy.budgets.ceilings import MILLION, Ceiling, add_up, epsilon_of, share_used, would_fit
from privacy.budgets.losses import PICO, Loss, read_loss
from privacy.budgets.outlook import Leaves, Outlook, look_ahead

SPENDING: Final = ("reserved", "charged", "returned")
_MICRO_IN_PICO = PICO // 10**6


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """A population's budget as it stands. Shares are millionths of the ceiling's room, rounded up."""

    population: str
    joined: tuple[str, ...]
    """Further names that count in it."""
    ceiling: Ceiling | None
    charged: int
    """Answers that left."""
    reserved: int
    """Answers that may still leave."""
    share_charged: int
    share: int
    """Of what was charged and what is reserved, together."""
    reserved_leave: Leaves
    """Which reserved answers may still leave."""
    takes_more: bool
    """Whether an answer, however cheap, may still be reserved."""
    micro_epsilon: int | None
    """What the charges come to at the ceiling's delta, rounded up; None without a ceiling or a bound."""
    behind: bool
    """Rows are missing: all of it counts as spent, and `share` says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpentBy:
    """What one project spent under one permit. Shares of several need not add up to the whole's."""

    project: str
    permit: str
    runs: int
    charged: int
    reserved: int
    share: int
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What answers would cost if they were asked for now."""

    population: str
    fits: bool
    share_before: int
    share_after: int


def count_losses(session: Session, population: str) -> dict[str, Counter[Loss]]:
    """How often each loss was reserved, charged, given back. Raises Refused(``budget.loss_unreadable``)."""
    found: dict[str, Counter[Loss]] = {what: Counter() for what in SPENDING}
    columns = ENTRIES.c.what, ENTRIES.c.content
    groups = _spending(session, population, *columns).add_columns(func.count().label("times"))
    for row in session.execute(groups):
        found[row.what][read_loss(row.content)] = row.times
    return found


def count_live(session: Session, population: str) -> Counter[Loss]:
    """What counts as spent: everything that was reserved and not given back."""
    counted = count_losses(session, population)
    return counted["reserved"] - counted["returned"]


def spent(session: Session, population: str) -> Spent:
    """How a population's budget stands. Raises Refused(``budget.loss_unreadable``): nothing is guessed."""
    names = names_of(session, population)
    ceiling = find_ceiling(session, population)
    counted = count_losses(session, population)
    charged, live = counted["charged"], counted["reserved"] - counted["returned"]
    behind, outlook = is_behind(session), look_ahead(charged, live - charged, ceiling)
    return Spent(
        population=names[0],
        joined=names[1:],
        ceiling=ceiling,
        charged=charged.total(),
        reserved=live.total() - charged.total(),
        share_charged=outlook.share_charged,
        share=max(MILLION, outlook.share) if behind else outlook.share,
        reserved_leave="none" if behind and live != charged else outlook.reserved_leave,
        takes_more=outlook.takes_more and not behind,
        micro_epsilon=_micro_epsilon(charged, ceiling),
        behind=behind,
    )


def foresee(session: Session, population: str, ceiling: Ceiling) -> Outlook:
    """How a population's budget would stand under another ceiling."""
    counted = count_losses(session, population)
    charged = counted["charged"]
    return look_ahead(charged, counted["reserved"] - counted["returned"] - charged, ceiling)


def foresee_joined(session: Session, one: str, into: str) -> Outlook:
    """How two populations would stand together, under the ceiling of the second."""
    live, charged = Counter[Loss](), Counter[Loss]()
    for population in (one, into):
        counted = count_losses(session, population)
        charged += counted["charged"]
        live += counted["reserved"] - counted["returned"]
    return look_ahead(charged, live - charged, find_ceiling(session, into))


def who_spent(session: Session, population: str) -> tuple[SpentBy, ...]:
    """The same by project and permit, the one that spent last first."""
    ceiling, by = find_ceiling(session, population), (ENTRIES.c.project, ENTRIES.c.permit)
    counted: dict[tuple[str, str], dict[str, Counter[Loss]]] = {}
    each_loss = _spending(session, population, *by, ENTRIES.c.what, ENTRIES.c.content)
    for row in session.execute(each_loss.add_columns(func.count().label("times"))):
        found = counted.setdefault((row.project, row.permit), {what: Counter() for what in SPENDING})
        found[row.what][read_loss(row.content)] = row.times
    last = func.max(ENTRIES.c.entry)
    groups = _spending(session, population, *by).add_columns(
        func.count(ENTRIES.c.about.distinct()).label("runs"), last.label("last")
    )
    spenders = session.execute(groups.order_by(last.desc())).all()
    moments = select(ENTRIES.c.entry, ENTRIES.c.at).where(
        ENTRIES.c.entry.in_([each.last for each in spenders])
    )
    at = {row.entry: row.at for row in session.execute(moments)}
    return tuple(
        _spent_by(each, counted[each.project, each.permit], ceiling, at[each.last]) for each in spenders
    )


def _spent_by(
    group: Row[Any], counted: dict[str, Counter[Loss]], ceiling: Ceiling | None, at: str
) -> SpentBy:
    live, charged = counted["reserved"] - counted["returned"], counted["charged"].total()
    return SpentBy(
        project=group.project,
        permit=group.permit,
        runs=group.runs,
        charged=charged,
        reserved=live.total() - charged,
        share=share_of(live, ceiling),
        last=at,
    )


def forecast(session: Session, *, dataset: str, losses: Iterable[Loss]) -> Forecast:
    """Whether these answers would fit now, and how much of the ceiling would be used then.

    Raises:
        Refused: ``budget.no_ceiling``.
    """
    population = population_of(session, dataset)
    ceiling, live, wanted = get_ceiling(session, population), count_live(session, population), list(losses)
    return Forecast(
        population=population,
        fits=not is_behind(session) and would_fit(live, wanted, ceiling),
        share_before=share_of(live, ceiling),
        share_after=share_of(live + Counter(wanted), ceiling),
    )


def micro_epsilon_within_bounds(session: Session, permit: str) -> int:
    """epsilon, in millionths, that runs within a permit's bounds spent here or may still spend.

    Each run counts, since each draws noise of its own; what was given back does not. Plain sums: a committee
    that allows an epsilon means no more than that, however the losses might compose.
    """
    within = select(PermitJob.spec_digest).where(PermitJob.permit == permit)
    noisy = select(Run.run, Run.state, Run.spec).where(
        Run.spec_digest.in_(within), Run.spec.contains('"micro_epsilon"')
    )
    held = {what: set[str]() for what in ("reserved", "returned")}
    rows = select(ENTRIES.c.about, ENTRIES.c.what).where(ENTRIES.c.permit == permit, ENTRIES.c.what.in_(held))
    for row in session.execute(rows):
        held[row.what].add(row.about)
    live = held["reserved"] - held["returned"]
    total = 0
    for run in session.execute(noisy):
        asked = JobSpec.model_validate_json(run.spec).privacy.differential_privacy
        # A run that waits for the hospital's consent has reserved nothing yet.
        if asked is not None and (run.run in live or run.state == str(RunState.ASKED)):
            total += asked.micro_epsilon
    return total


def _spending(session: Session, population: str, *columns: ColumnElement[Any]) -> Select[Any]:
    """Rows of a population that spend or give back, in groups of equal columns."""
    names = names_of(session, population)
    return (
        select(*columns)
        .where(ENTRIES.c.population.in_(names), ENTRIES.c.what.in_(SPENDING))
        .group_by(*columns)
    )


def share_of(losses: Counter[Loss], ceiling: Ceiling | None) -> int:
    """Millionths of the room in use.

    Without a ceiling there is no room: nothing spent is nothing used, anything is all of it.
    """
    if ceiling is None:
        return MILLION if losses else 0
    return share_used(add_up(losses, order=ceiling.order), ceiling)


def _micro_epsilon(losses: Counter[Loss], ceiling: Ceiling | None) -> int | None:
    if ceiling is None:
        return None
    pico = epsilon_of(add_up(losses, order=ceiling.order), ceiling)
    return None if pico is None else -(-pico // _MICRO_IN_PICO)

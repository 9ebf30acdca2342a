"""Which data sets share persons, and the ceiling of each group: the hospital says so, and it is on record.

* Until the hospital says otherwise all data sets hold the same persons: one population, `hospital`.
* A data set is put into another population before its first noisy answer, never later: what was spent on its
  persons cannot be left behind. Populations can be joined at any time, and then count together for good.
* A ceiling counts until another one is set. Its order stays once something was reserved under it
  (`privacy.budgets.ceilings` says why).
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from node.registers.audit import lock_registers
from node.registers.budget_chain import ENTRIES, append
from onggi.errors import Refused
from onggi.protocol.canonical import canonical_json
from privacy.budgets.ceilings import Ceiling

WHOLE_HOSPITAL: Final = "hospital"


def population_of(session: Session, dataset: str) -> str:
    """The population that a data set's persons belong to now."""
    last = (
        select(ENTRIES.c.population)
        .where(ENTRIES.c.what == "assigned", ENTRIES.c.about == dataset)
        .order_by(ENTRIES.c.entry.desc())
        .limit(1)
    )
    return _follow(_joined(session), session.scalar(last) or WHOLE_HOSPITAL)


def names_of(session: Session, population: str) -> tuple[str, ...]:
    """Every name whose entries count in a population: its own, and those that were joined to it."""
    joined = _joined(session)
    into = _follow(joined, population)
    return (into, *sorted(name for name in joined if _follow(joined, name) == into))


def list_populations(session: Session) -> tuple[str, ...]:
    """All populations by name, the whole hospital's first."""
    joined = _joined(session)
    found = {_follow(joined, name) for name in session.scalars(select(ENTRIES.c.population).distinct())}
    first = _follow(joined, WHOLE_HOSPITAL)
    return (first, *sorted(found - {first}))


def assign_dataset(session: Session, dataset: str, *, population: str, by: str, now: datetime) -> bool:
    """Says that a data set's persons are those of a population. False where that holds already.

    Raises:
        Refused: ``budget.dataset_used`` once something was reserved on the data set; ``budget.behind``.
    """
    lock_registers(session)
    into = _follow(_joined(session), population)
    if population_of(session, dataset) == into:
        return False
    used = select(ENTRIES.c.entry).where(ENTRIES.c.what == "reserved", ENTRIES.c.dataset == dataset).limit(1)
    if session.scalar(used) is not None:
        raise Refused("budget.dataset_used", dataset=dataset)
    append(session, "assigned", population=into, about=dataset, by=by, now=now)
    return True


def join_populations(session: Session, population: str, *, into: str, by: str, now: datetime) -> bool:
    """Says that two populations share persons: from now on both count under the ceiling of `into`.

    False where they are one already. Raises Refused(``budget.behind``).
    """
    lock_registers(session)
    joined = _joined(session)
    one, other = _follow(joined, population), _follow(joined, into)
    if one == other:
        return False
    append(session, "joined", population=other, about=one, by=by, now=now)
    return True


def find_ceiling(session: Session, population: str) -> Ceiling | None:
    """The ceiling that counts now. Raises Refused(``budget.ceiling_unreadable``): nothing is guessed."""
    last = (
        select(ENTRIES.c.content)
        .where(ENTRIES.c.what == "ceiling", ENTRIES.c.population == names_of(session, population)[0])
        .order_by(ENTRIES.c.entry.desc())
        .limit(1)
    )
    text = session.scalar(last)
    if text is None:
        return None
    try:
        return Ceiling.model_validate_json(text)
    except ValidationError:
        raise Refused("budget.ceiling_unreadable", population=population) from None


def get_ceiling(session: Session, population: str) -> Ceiling:
    """The same. Raises Refused(``budget.no_ceiling``): without one, nothing may be spent."""
    ceiling = find_ceiling(session, population)
    if ceiling is None:
        raise Refused("budget.no_ceiling", population=population)
    return ceiling


def set_ceiling(
    session: Session, population: str, *, micro_epsilon: int, femto_delta: int, by: str, now: datetime
) -> Ceiling:
    """Sets a population's ceiling, higher or lower. What was spent stays spent.

    Raises:
        Refused: ``budget.ceiling_wrong``; ``budget.behind``.
    """
    lock_registers(session)
    names = names_of(session, population)
    before = find_ceiling(session, population)
    spent = select(ENTRIES.c.entry).where(ENTRIES.c.what == "reserved", ENTRIES.c.population.in_(names))
    order = before.order if before is not None and session.scalar(spent.limit(1)) is not None else None
    ceiling = Ceiling.of(micro_epsilon=micro_epsilon, femto_delta=femto_delta, order=order)
    if ceiling != before:
        written = canonical_json(ceiling).decode()
        append(session, "ceiling", population=names[0], about=names[0], content=written, by=by, now=now)
    return ceiling


def _joined(session: Session) -> dict[str, str]:
    """Where each joined population went."""
    rows = select(ENTRIES.c.about, ENTRIES.c.population).where(ENTRIES.c.what == "joined")
    return {row.about: row.population for row in session.execute(rows)}


def _follow(joined: dict[str, str], population: str) -> str:
    """A population is joined once, to one that is itself not joined: the way always ends."""
    while population in joined:
        population = joined[population]
    return population

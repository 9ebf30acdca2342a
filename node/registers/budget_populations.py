"""Which data sets share persons, and the ceiling of each group: the hospital says so, and it is on record.

* Until the hospital says otherwise all data sets hold the same persons: one population, `hospital`.
* A data set is put into another population before its first noisy answer, never later: what was spent on its
  persons cannot be left behind. Populations can be joined at any time, and then count together for good.
* A ceiling counts until another one is set. Its order stays once something was reserved under it
  (`privacy.budgets.ceilings` says why).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, cast

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import RowMapping, func, select
from sqlalchemy.orm import Session

from node.registers.audit import lock_registers
from node.registers.budget_chain import ENTRIES, append
from onggi.errors import Refused
from onggi.protocol.canonical import canonical_json
from onggi.spec.base import Slug
from privacy.budgets.ceilings import Ceiling

WHOLE_HOSPITAL: Final = "hospital"
LONGEST_REASON: Final = 200
_NAME: Final[TypeAdapter[str]] = TypeAdapter(Slug)
_DECISIONS: Final = ("ceiling", "assigned", "joined")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One decision of the hospital about a population."""

    at: str
    by: str
    what: Literal["ceiling", "assigned", "joined"]
    about: str
    """The data set that was assigned, the population that was joined to this one."""
    ceiling: Ceiling | None
    reason: str


def name_in(typed: str) -> str:
    """The name of a population or data set that somebody typed. Raises Refused(``budget.name_wrong``)."""
    try:
        return _NAME.validate_python(typed)
    except ValidationError:
        raise Refused("budget.name_wrong") from None


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


def get_population(session: Session, population: str) -> str:
    """Its name. Raises Refused(``budget.population_not_found``), also for one that was joined to another."""
    if population not in list_populations(session):
        raise Refused("budget.population_not_found")
    return population


def assign_dataset(
    session: Session,
    dataset: str,
    *,
    population: str,
    by: str,
    reason: str,
    now: datetime,
    seen: int | None = None,
) -> bool:
    """Says that a data set's persons are those of a population. False where that holds already.

    Args:
        seen: `decision_number` when the person decided; None for a decision that looked at none.

    Raises:
        Refused: ``budget.dataset_used`` once something was reserved on the data set;
            ``budget.populations_changed`` where somebody decided about budgets since it was `seen`;
            ``budget.reason_wrong``; ``budget.behind``.
    """
    lock_registers(session)
    into = name_now(session, population)
    if population_of(session, dataset) == into:
        return False
    _check_seen(session, seen)
    check_unused(session, dataset)
    check_reason(reason)
    append(session, "assigned", population=into, about=dataset, by=by, reason=reason, now=now)
    return True


def join_populations(
    session: Session,
    population: str,
    *,
    into: str,
    by: str,
    reason: str,
    now: datetime,
    seen: int | None = None,
) -> bool:
    """Says that two populations share persons: from now on both count under the ceiling of `into`.

    False where they are one already. Raises Refused like `assign_dataset`.
    """
    lock_registers(session)
    one, other = name_now(session, population), name_now(session, into)
    if one == other:
        return False
    _check_seen(session, seen)
    check_reason(reason)
    append(session, "joined", population=other, about=one, by=by, reason=reason, now=now)
    return True


def name_now(session: Session, population: str) -> str:
    """The name of the population that it was joined to, or its own."""
    return _follow(_joined(session), population)


def check_unused(session: Session, dataset: str) -> None:
    """Raises Refused(``budget.dataset_used``) once something was reserved on a data set."""
    used = select(ENTRIES.c.entry).where(ENTRIES.c.what == "reserved", ENTRIES.c.dataset == dataset).limit(1)
    if session.scalar(used) is not None:
        raise Refused("budget.dataset_used", dataset=dataset)


def decision_number(session: Session) -> int:
    """The entry of the hospital's last decision about any budget, 0 without one."""
    last = select(func.max(ENTRIES.c.entry)).where(ENTRIES.c.what.in_(_DECISIONS))
    return session.scalar(last) or 0


def _check_seen(session: Session, seen: int | None) -> None:
    if seen is not None and seen != decision_number(session):
        raise Refused("budget.populations_changed")


def find_ceiling(session: Session, population: str) -> Ceiling | None:
    """The ceiling that counts now. Raises Refused(``budget.ceiling_unreadable``): nothing is guessed."""
    return _last_ceiling(session, population)[1]


def get_ceiling(session: Session, population: str) -> Ceiling:
    """The same. Raises Refused(``budget.no_ceiling``): without one, nothing may be spent."""
    ceiling = find_ceiling(session, population)
    if ceiling is None:
        raise Refused("budget.no_ceiling", population=population)
    return ceiling


def ceiling_number(session: Session, population: str) -> int:
    """The entry of the ceiling that counts now, 0 without one: what tells a change from a blind change."""
    return _last_ceiling(session, population)[0]


def next_ceiling(session: Session, population: str, *, micro_epsilon: int, femto_delta: int) -> Ceiling:
    """The ceiling that `set_ceiling` would set. Raises Refused(``budget.ceiling_wrong``)."""
    before, names = find_ceiling(session, population), names_of(session, population)
    used = select(ENTRIES.c.entry).where(ENTRIES.c.what == "reserved", ENTRIES.c.population.in_(names))
    order = before.order if before is not None and session.scalar(used.limit(1)) is not None else None
    return Ceiling.of(micro_epsilon=micro_epsilon, femto_delta=femto_delta, order=order)


def set_ceiling(
    session: Session,
    population: str,
    *,
    micro_epsilon: int,
    femto_delta: int,
    by: str,
    reason: str,
    now: datetime,
    seen: int | None = None,
) -> bool:
    """Sets a population's ceiling, higher or lower. What was spent stays spent. False where it is so already.

    Args:
        seen: `ceiling_number` when the person decided; None for a decision that looked at none.

    Raises:
        Refused: ``budget.ceiling_wrong``; ``budget.reason_wrong``; ``budget.behind``;
            ``budget.ceiling_changed`` where somebody set another one since it was `seen`.
    """
    lock_registers(session)
    number, before = _last_ceiling(session, population)
    ceiling = next_ceiling(session, population, micro_epsilon=micro_epsilon, femto_delta=femto_delta)
    if ceiling == before:
        return False
    if seen is not None and seen != number:
        raise Refused("budget.ceiling_changed")
    check_reason(reason)
    name, content = names_of(session, population)[0], canonical_json(ceiling).decode()
    append(session, "ceiling", population=name, about=name, content=content, by=by, reason=reason, now=now)
    return True


def check_reason(reason: str) -> None:
    """Raises Refused(``budget.reason_wrong``) unless it is one line that says something."""
    if not reason.strip() or len(reason) > LONGEST_REASON or not reason.isprintable():
        raise Refused("budget.reason_wrong", maximum=LONGEST_REASON)


def list_decisions(session: Session, population: str) -> tuple[Decided, ...]:
    """All that the hospital decided about a population and those that were joined to it, oldest first."""
    names = names_of(session, population)
    asked = select(ENTRIES).where(ENTRIES.c.what.in_(_DECISIONS), ENTRIES.c.population.in_(names))
    return tuple(
        Decided(
            at=row["at"],
            by=row["by"],
            what=cast("Literal['ceiling', 'assigned', 'joined']", row["what"]),
            about=row["about"],
            ceiling=_read_ceiling(row) if row["what"] == "ceiling" else None,
            reason=row["reason"],
        )
        for row in session.execute(asked.order_by(ENTRIES.c.entry)).mappings()
    )


def _last_ceiling(session: Session, population: str) -> tuple[int, Ceiling | None]:
    last = (
        select(ENTRIES)
        .where(ENTRIES.c.what == "ceiling", ENTRIES.c.population == names_of(session, population)[0])
        .order_by(ENTRIES.c.entry.desc())
        .limit(1)
    )
    row = session.execute(last).mappings().first()
    return (0, None) if row is None else (row["entry"], _read_ceiling(row))


def _read_ceiling(row: RowMapping) -> Ceiling:
    try:
        return Ceiling.model_validate_json(row["content"])
    except ValidationError:
        raise Refused("budget.ceiling_unreadable", population=row["population"]) from None


def _joined(session: Session) -> dict[str, str]:
    """Where each joined population went."""
    rows = select(ENTRIES.c.about, ENTRIES.c.population).where(ENTRIES.c.what == "joined")
    return {row.about: row.population for row in session.execute(rows)}


def _follow(joined: dict[str, str], population: str) -> str:
    """A population is joined once, to one that is itself not joined: the way always ends."""
    while population in joined:
        population = joined[population]
    return population

"""Says what a set of persons means, so that one set asked for twice, by whatever statistic, is known as one.

A set is the job's cohort and conditions on columns of its table. Two sets of one definition on the same data
hold the same persons: a guard that keeps answers apart by who is in them need not keep these apart. A column
counts by what it is made of, not by what the job calls it. Where a statistic does not say its conditions, a
set means something in that very question alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from analysis_jobs.variables.meaning import is_never_missing
from onggi.protocol.canonical import canonical_json
from onggi.spec.job import JobSpec

Condition: TypeAlias = tuple[str, str, str]
"""(what must hold, of which column of the job's table, for what value)."""


def known(column: str) -> Condition:
    """The column has a value in its declared range."""
    return ("known", column, "")


def is_level(column: str, level: str) -> Condition:
    """The column has one level, by its name, or a number lies in an interval, by its ends."""
    return ("level", column, level)


def met_rules(mask: int) -> Condition:
    """Rules of the cohort, as bits; without this condition all of them were met."""
    return ("rules", "", str(mask))


def complete(columns: Iterable[str]) -> tuple[Condition, ...]:
    """Every one of the columns has a value: complete cases."""
    return tuple(known(column) for column in columns)


def of_label(column: str, label: str) -> Condition:
    """A level by how rules call it, ``column=level``."""
    return is_level(column, label.removeprefix(f"{column}="))


def define_sets(spec: JobSpec, wheres: Sequence[tuple[str, tuple[Condition, ...] | None]]) -> tuple[str, ...]:
    """A digest for each set, equal where the sets mean the same.

    Args:
        wheres: each set's name and conditions.
    """
    made_of = _columns_made_of(spec)
    never_missing = {each.name for each in spec.variables if is_never_missing(each)}
    question: dict[str, object] = {
        "outcomes": [each.model_dump(mode="json") for each in spec.outcomes],
        "parameters": spec.parameters.model_dump(mode="json"),
        "seed": spec.seed,
        "variables": [each.model_dump(mode="json") for each in spec.variables],
    }
    found = []
    for name, where in wheres:
        meant: dict[str, object] = {"cohort": spec.cohort}
        if where is None:
            meant |= {"name": name, "question": question}
        else:
            meant["where"] = _canonical(where, made_of, never_missing)
        found.append(hashlib.sha256(canonical_json(meant)).hexdigest())
    return tuple(found)


def _canonical(
    where: tuple[Condition, ...], made_of: dict[str, object], never_missing: set[str]
) -> list[object]:
    # Whoever has a level has a value.
    given = {column for what, column, _ in where if what == "level"} | never_missing
    kept = {each for each in where if each[0] != "known" or each[1] not in given}
    told: list[object] = [[what, made_of.get(column, column), value] for what, column, value in kept]
    return sorted(told, key=canonical_json)


def _columns_made_of(spec: JobSpec) -> dict[str, object]:
    made: dict[str, object] = {
        each.name: each.model_dump(mode="json", exclude={"name"}) for each in spec.variables
    }
    for each in spec.outcomes:
        of = each.model_dump(mode="json", exclude={"name"})
        made |= {each.days_name: ["days", of], each.event_name: ["event", of]}
    return made

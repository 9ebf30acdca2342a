"""Says what a set of persons means, so that one set asked for twice, by whatever statistic, is known as one.

A set is the job's cohort and conditions on columns of its table. Two sets of one definition on the same data
hold the same persons: a guard that keeps answers apart by who is in them need not keep these apart. A column
counts by what it is made of, not by what the job calls it. Where a statistic does not say its conditions, a
set means something in that very question alone.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from analysis_jobs.variables.meaning import is_never_missing
from onggi.protocol.canonical import canonical_json
from onggi.spec.job import JobSpec
from onggi.spec.variables import TableColumn
from privacy.differencing.meanings import MISSING, Among, Between, Holds, Meaning, Missing, meaning_of

Condition: TypeAlias = tuple[str, str, str]
"""(what must hold, of which column of the job's table, for what value)."""
_OF_VALUES: Final = frozenset({"level", "between"})
_OF_THE_QUESTION: Final = frozenset({"part", "cohort"})
_FLAG: Final = ("no", "yes")
_KEY: Final = 20
"""Digits that tell columns apart, of all that one hospital ever told of."""


def known(column: str) -> Condition:
    """The column has a value in its declared range."""
    return ("known", column, "")


def is_level(column: str, level: str) -> Condition:
    """The column has one level, by its name."""
    return ("level", column, level)


def in_bin(column: str, cuts: Sequence[float], at: int) -> Condition:
    """A number lies between two cuts, the lower one included; before the first where `at` is 0."""
    edges = (-math.inf, *cuts, math.inf)
    return ("between", column, f"{float(edges[at])!r} {float(edges[at + 1])!r}")


def part(name: str, at: int, of: int) -> Condition:
    """A person is in one of so many parts, one of which is everybody's: of this very question."""
    return ("part", name, f"{at} {of}")


def in_cohort(at: int, *, is_in: bool) -> Condition:
    """A person is in a cohort or not: in the job's own (0), or in one of those beside it, in their order."""
    return ("cohort", str(at), "in" if is_in else "out")


def met_rules(mask: int) -> Condition:
    """Rules of the cohort, as bits; without this condition all of them were met."""
    return ("rules", "", str(mask))


def is_missing(column: str) -> Condition:
    """The column has no value in its declared range."""
    return ("missing", column, "")


def is_positive(column: str, *, but: bool = False) -> Condition:
    """The column has a number above zero, or (`but`) another one."""
    return in_bin(column, (math.nextafter(0, 1),), 0 if but else 1)


def complete(columns: Iterable[str]) -> tuple[Condition, ...]:
    """Every one of the columns has a value: complete cases."""
    return tuple(known(column) for column in columns)


def of_label(column: str, label: str) -> Condition:
    """A level by how rules call it, ``column=level``."""
    return is_level(column, label.removeprefix(f"{column}="))


@dataclass(frozen=True, slots=True)
class Defined:
    """A set by its digest, equal where sets mean the same on the same data; and what it means, if known."""

    digest: str
    meaning: Meaning | None


def define_sets(
    spec: JobSpec, wheres: Sequence[tuple[str, tuple[Condition, ...] | None]], *, data: Sequence[str] = ()
) -> tuple[Defined, ...]:
    """What each set is.

    Args:
        wheres: each set's name and conditions.
        data: the data that the sets are of.
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
        meant: dict[str, object] = {"cohort": spec.cohort, "data": list(data)}
        if where is None or any(what in _OF_THE_QUESTION for what, *_ in where):
            meant["question"] = question
        if where is None:
            meant["name"] = name
        else:
            meant["where"] = _canonical(where, made_of, never_missing)
        found.append(_digest(meant))
    columns = _Columns(spec, made_of, never_missing, data=data, question=question)
    meanings = [None if where is None else columns.meaning(where) for _, where in wheres]
    return tuple(Defined(*each) for each in zip(found, meanings, strict=True))


def _digest(meant: object) -> str:
    return hashlib.sha256(canonical_json(meant)).hexdigest()


def _canonical(
    where: tuple[Condition, ...], made_of: dict[str, object], never_missing: set[str]
) -> list[object]:
    # Whoever has a level has a value.
    given = {column for what, column, _ in where if what in _OF_VALUES} | never_missing
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


class _Columns:
    """What the columns of a job can hold, by what they are made of."""

    def __init__(
        self,
        spec: JobSpec,
        made_of: dict[str, object],
        never_missing: set[str],
        *,
        data: Sequence[str],
        question: object,
    ) -> None:
        self._of = {each.name: each for each in spec.columns}
        self._made_of, self._never_missing = made_of, never_missing
        self._question = _digest(question)
        self._cohorts = [_digest([list(data), each]) for each in spec.cohorts]

    def meaning(self, where: tuple[Condition, ...]) -> Meaning | None:
        """None where a condition is on something that no column holds."""
        told = [self._holds(*each) for each in where]
        if not any(what in ("rules", "cohort") for what, *_ in where):
            told.append(self._holds("cohort", "0", "in"))
        if any(each is None for each in told):
            return None
        return meaning_of(one for each in told if each for one in each)

    def _holds(self, what: str, column: str, value: str) -> list[Holds] | None:
        if what == "cohort":
            return [Among(self._key("cohort", whose=int(column)), (value,), ("in", "out"))]
        if what == "rules":
            met = [bit for bit in range(int(value).bit_length()) if int(value) >> bit & 1]
            entered = Among(self._key("entry"), ("in",), ("in", "out"))
            return [entered, *(Among(self._key("rule", bit), ("met",), ("met", "not")) for bit in met)]
        if what == "part":
            at, of = value.split()
            return [Among(self._key("part", column, self._question), (at,), tuple(map(str, range(int(of)))))]
        has = self._of.get(column)
        if has is None:
            return None
        key = self._key("column", self._made_of[column])
        return (
            self._of_numbers(key, what, value)
            if has.kind == "number"
            else self._of_levels(key, has, what, value)
        )

    def _of_numbers(self, key: str, what: str, value: str) -> list[Holds] | None:
        match what:
            case "known":
                return [Between(key, -math.inf, math.inf)]
            case "between":
                low, high = map(float, value.split())
                return [Between(key, low, high)]
            case "missing":
                return [Missing(key)]
        return None

    def _of_levels(self, key: str, has: TableColumn, what: str, value: str) -> list[Holds] | None:
        levels = has.level_names or _FLAG
        if has.kind == "flag" and value in _FLAG:
            value = levels[_FLAG.index(value)]
        every = levels if has.name in self._never_missing else (*levels, MISSING)
        if what == "missing":  # nobody where nobody can be
            return [Among(key, tuple(each for each in every if each == MISSING), every)]
        some = {"known": levels, "level": (value,)}.get(what, ())
        return [Among(key, some, every)] if some and {*some} <= {*levels} else None

    def _key(self, *made_of: object, whose: int = 0) -> str:
        return _digest([self._cohorts[whose], *made_of])[:_KEY]

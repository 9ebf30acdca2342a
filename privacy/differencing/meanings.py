"""Tells which sets of persons follow from others by what they mean, whoever the persons are.

Men and women of known sex are all whose sex is known: who has two of these numbers has the third, at every
hospital and in every data set. Such a number tells nothing new, and every hospital knows that by itself.
Whether it lies near earlier ones by who is in it must not be asked of it, since it always does.

A set means conditions on columns. All combinations of what columns can hold make a small universe; a set
follows from others where it is a sum or difference of them there, person for person. Combinations that no
person can have make fewer sets follow, never more.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

_MOST_CELLS, _MOST_SETS = 4_096, 256
_TOLERANCE = 1e-9
MISSING = ""
"""No level of a column is called so."""


@dataclass(frozen=True, slots=True, order=True)
class Among:
    """A column holds one of some levels, of all that it can hold (`MISSING` among them if it can)."""

    column: str
    some: tuple[str, ...]
    of: tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class Between:
    """A column of numbers holds one that is not under `low`, and under `high`."""

    column: str
    low: float
    high: float


@dataclass(frozen=True, slots=True, order=True)
class Missing:
    """A column of numbers holds none."""

    column: str


Holds: TypeAlias = Among | Between | Missing
Meaning: TypeAlias = tuple[Holds, ...]
"""All of them hold."""


def write_meaning(meaning: Meaning) -> str:
    """As a row keeps it."""
    told = [
        [type(each).__name__, *(getattr(each, name) for name in type(each).__slots__)] for each in meaning
    ]
    return json.dumps(told)


def read_meaning(text: str) -> Meaning:
    """The reverse."""
    found: list[Holds] = []
    for kind, column, *given in json.loads(text):
        match kind:
            case "Among":
                found.append(Among(column, tuple(given[0]), tuple(given[1])))
            case "Between":
                found.append(Between(column, *given))
            case _:
                found.append(Missing(column))
    return tuple(found)


def meaning_of(conditions: Iterable[Holds]) -> Meaning | None:
    """What holds where all conditions do, one a column. None where two of a column contradict each other."""
    found: dict[str, Holds] = {}
    for each in conditions:
        known = found.setdefault(each.column, each)
        both = _both(known, each)
        if both is None:
            return None
        found[each.column] = both
    return tuple(found[column] for column in sorted(found))


def _both(one: Holds, other: Holds) -> Holds | None:
    match one, other:
        case Among(), Among():
            return Among(one.column, tuple(each for each in one.some if each in other.some), one.of)
        case Between(), Between():
            return Between(one.column, max(one.low, other.low), min(one.high, other.high))
    return one if one == other else None


class KnownMeanings:
    """Sets of which the number is known. They are found by all that they mean but for one column."""

    def __init__(self, told: Iterable[Meaning] = ()) -> None:
        self._told: dict[Meaning, None] = {}
        self._but_for: dict[Meaning, dict[str, list[Meaning]]] = {}
        for each in told:
            self.add(each)

    def add(self, meaning: Meaning | None) -> None:
        """The number of one more set is known."""
        if meaning is not None and meaning not in self._told:
            self._told[meaning] = None
            for each in meaning:
                rest = self._but_for.setdefault(_without(meaning, {each.column}), {})
                rest.setdefault(each.column, []).append(meaning)

    def follows(self, asked: Meaning | None, *, varying: Set[str] = frozenset()) -> bool:
        """Whether the number of a set follows from the known ones; of no set whose meaning is not known.

        Sums and differences are looked for along each column by itself, and along all of `varying` together.
        True is certain.
        """
        if asked is None:
            return False
        if asked in self._told:
            return True
        if any(_is_combination(asked, told) for told in self._but_for.get(asked, {}).values()):
            return True
        for each in asked:
            rest = _without(asked, {each.column})
            told = self._but_for.get(rest, {}).get(each.column, [])
            if _is_combination(asked, [*told, rest] if rest in self._told else told):
                return True
        rest = _without(asked, varying)
        return _is_combination(asked, [each for each in self._told if _without(each, varying) == rest])


def known_beside(told: Iterable[Meaning], answer: Iterable[Meaning | None]) -> KnownMeanings:
    """The told sets from which sets of an answer may follow: those that share a column with one of them."""
    columns = {each.column for meaning in answer if meaning is not None for each in meaning}
    return KnownMeanings(each for each in told if any(one.column in columns for one in each))


def varying_columns(answer: Iterable[Meaning | None]) -> frozenset[str]:
    """Columns on which the sets of one answer differ in what they mean."""
    meanings = [each for each in answer if each is not None]
    every = {each.column for meaning in meanings for each in meaning}
    shared = frozenset.intersection(*map(frozenset, meanings)) if meanings else frozenset()
    return frozenset(every - {each.column for each in shared})


def narrowness(meaning: Meaning) -> int:
    """By how many conditions a set is told from everybody who has all the values."""
    return sum(not _holds_for_all(each) for each in meaning)


def _holds_for_all(condition: Holds) -> bool:
    match condition:
        case Among():
            return {*condition.some} >= {*condition.of} - {MISSING}
        case Between():
            return (condition.low, condition.high) == (-math.inf, math.inf)
    return False


def _without(meaning: Meaning, columns: Set[str]) -> Meaning:
    return tuple(each for each in meaning if each.column not in columns)


def _is_combination(asked: Meaning, told: Sequence[Meaning]) -> bool:
    """Whether it is one by the columns on which they differ."""
    told = told[-_MOST_SETS:]
    every = [*told, asked]
    columns = sorted(varying_columns(every))
    universe = [_values_of(column, every) for column in columns]
    if not told or math.prod(len(values) for values in universe) > _MOST_CELLS:
        return False
    cells = np.array([_cells_of(each, columns, universe) for each in every])
    cells = np.unique(cells, axis=1)
    rows, wanted = cells[:-1], cells[-1]
    factors = np.linalg.lstsq(rows.T, wanted, rcond=None)[0]
    return bool(np.abs(wanted - factors @ rows).max() < _TOLERANCE)


def _values_of(column: str, meanings: Iterable[Meaning]) -> list[Holds]:
    """The least parts that the conditions tell apart; none of two holds at once, and one of all does."""
    of = [each for meaning in meanings for each in meaning if each.column == column]
    levels = dict.fromkeys(level for each in of if isinstance(each, Among) for level in each.of)
    ends = {end for each in of if isinstance(each, Between) for end in (each.low, each.high)}
    numbers = [Between(column, *pair) for pair in pairwise(sorted({-np.inf, *ends, np.inf}))]
    if levels:
        return [Among(column, (level,), ()) for level in levels]
    return [*numbers, Missing(column)]


def _cells_of(
    meaning: Meaning, columns: Sequence[str], universe: Sequence[Sequence[Holds]]
) -> npt.NDArray[np.float64]:
    """1 for each combination of values that the meaning holds for, else 0. Shape (combinations,)."""
    sides = [
        np.array([all(_holds(each, value) for each in meaning if each.column == column) for value in values])
        for column, values in zip(columns, universe, strict=True)
    ]
    whole = reduce(np.multiply.outer, sides, np.ones(()))
    return np.asarray(whole, dtype=np.float64).ravel()


def _holds(condition: Holds, value: Holds) -> bool:
    match condition, value:
        case Among(), Among():
            return value.some[0] in condition.some
        case Between(), Between():
            return condition.low <= value.low and value.high <= condition.high
        case Missing(), Missing():
            return True
        case _:
            return False

"""Groups whoever met every rule by age, sex or index year, one dimension at a time.

Each of the three may be asked once. Two groupings of one thing (ages cut at 50 and at 51, men and women as
two flags) would show the persons between them by subtraction; other variables can overlap in the same way,
one diagnosis within another, so they are not grouped by at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from analysis_jobs.kinds.columns import column_numbers
from analysis_jobs.kinds.contract import Array, Table
from analysis_jobs.kinds.set_definitions import Condition, in_bin, is_level, is_missing
from onggi.errors import Refused
from onggi.spec.job import JobSpec
from onggi.spec.kinds import CountParameters, GroupsBy
from onggi.spec.variables import Variable

MISSING = "(missing)"
"""No level of a variable can be called so."""
_MOST_YEARS = 40
_DOMAINS = ("age", "sex", "index_year")


@dataclass(frozen=True, slots=True)
class Grouping:
    """One dimension: its variable, the lower edges of all groups but the first, and the groups' names."""

    variable: str
    edges: tuple[float, ...]
    groups: tuple[str, ...]
    is_number: bool

    def condition(self, at: int) -> Condition:
        """What holds in a group."""
        if self.groups[at] == MISSING:
            return is_missing(self.variable)
        if self.is_number:
            return in_bin(self.variable, self.edges, at)
        return is_level(self.variable, self.groups[at])


def find_groupings(spec: JobSpec) -> tuple[Grouping, ...]:
    """The dimensions of a count job.

    Raises:
        Refused: ``count.unknown_variable``, ``count.not_grouped_by``, ``count.grouped_twice``,
            ``count.edges_wrong``.
    """
    if not isinstance(spec.parameters, CountParameters):
        return ()
    found, seen = [], set()
    for by in spec.parameters.by:
        variable = _variable(spec, by.variable)
        if variable.domain in seen:
            raise Refused("count.grouped_twice", variable=by.variable)
        seen.add(variable.domain)
        found.append(_grouping(variable, by))
    return tuple(found)


def _variable(spec: JobSpec, name: str) -> Variable:
    try:
        variable = spec.variable(name)
    except KeyError:
        raise Refused("count.unknown_variable", variable=name) from None
    if variable.domain not in _DOMAINS:
        raise Refused("count.not_grouped_by", variable=name)
    return variable


def _grouping(variable: Variable, by: GroupsBy) -> Grouping:
    if variable.kind != "number":
        if by.edges:
            raise Refused("count.edges_wrong", variable=variable.name)
        levels = variable.level_names or ("no", "yes")
        return Grouping(variable.name, tuple(range(1, len(levels))), (*levels, MISSING), False)
    assert variable.low is not None
    assert variable.high is not None
    edges = list(by.edges)
    if not edges and variable.domain == "index_year" and variable.high - variable.low < _MOST_YEARS:
        edges = list(range(int(np.ceil(variable.low)) + 1, int(np.floor(variable.high)) + 1))
    if not edges or edges[0] <= variable.low or edges[-1] > variable.high:
        raise Refused("count.edges_wrong", variable=variable.name)
    every_year = not by.edges
    groups = [str(edges[0] - 1) if every_year else f"under {edges[0]}"]
    groups += [_between(low, high - 1) for low, high in pairwise(edges)]
    groups.append(str(edges[-1]) if every_year else f"{edges[-1]} or more")
    return Grouping(variable.name, tuple(edges), (*groups, MISSING), True)


def _between(first: int, last: int) -> str:
    return str(first) if first == last else f"{first} to {last}"


def persons_per_group(table: Table, grouping: Grouping, *, chosen: npt.NDArray[np.intp]) -> Array:
    """How many of the chosen persons, by their rows, fall into each group, those without a value last.

    Raises:
        Refused: ``count.table_wrong``.
    """
    at = _group_of(grouping, _values(table, grouping)[chosen])
    return np.bincount(at, minlength=len(grouping.groups)).astype(np.float64)


def group_of(table: Table, grouping: Grouping) -> npt.NDArray[np.int64]:
    """The position of each person's group. Raises Refused ``count.table_wrong``."""
    return _group_of(grouping, _values(table, grouping))


def _values(table: Table, grouping: Grouping) -> Array:
    if grouping.variable not in table.column_names:
        raise Refused("count.table_wrong")
    return column_numbers(table.column(grouping.variable))


def _group_of(grouping: Grouping, values: Array) -> npt.NDArray[np.int64]:
    present = ~np.isnan(values)
    groups = np.searchsorted(grouping.edges, values, side="right")
    return np.where(present, groups, len(grouping.groups) - 1)

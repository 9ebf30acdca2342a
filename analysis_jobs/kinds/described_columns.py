"""Finds and reads the columns that a description rests on: numbers within their range, levels as positions.

A value outside its declared range is missing, as everywhere. Half a flag is the staging's fault and refused.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from analysis_jobs.kinds.columns import column_numbers
from analysis_jobs.kinds.contract import Array, Table
from onggi.errors import Refused
from onggi.spec.job import JobSpec
from onggi.spec.variables import TableColumn

Positions = npt.NDArray[np.int64]
ROWS_AT_ONCE = 16_384
"""Some twenty columns of so many rows stay in a processor's second-level cache."""
_LARGEST_WHOLE = 2.0**53


def find_column(spec: JobSpec, name: str) -> TableColumn:
    """The column of that name, a variable's or an outcome's. Raises Refused ``describe.unknown_variable``."""
    for column in spec.columns:
        if column.name == name:
            return column
    raise Refused("describe.unknown_variable", variable=name)


def find_number(spec: JobSpec, name: str) -> TableColumn:
    """The same for a number. Raises Refused ``describe.needs_number`` for another kind of column."""
    column = find_column(spec, name)
    if column.kind != "number":
        raise Refused("describe.needs_number", variable=name)
    return column


def find_levels(spec: JobSpec, name: str) -> TableColumn:
    """The same for a flag or category. Raises Refused ``describe.needs_levels`` for a number."""
    column = find_column(spec, name)
    if column.kind == "number":
        raise Refused("describe.needs_levels", variable=name)
    return column


def levels_of(column: TableColumn) -> tuple[str, ...]:
    """The names of a flag's or category's levels, in order."""
    return column.level_names or ("no", "yes")


def read_number(table: Table, column: TableColumn) -> Array:
    """Each person's number, NaN where missing. Raises Refused ``describe.table_wrong``."""
    if column.name not in table.column_names:
        raise Refused("describe.table_wrong", variable=column.name)
    values = column_numbers(table.column(column.name))
    return np.where((values >= column.low) & (values <= column.high), values, np.nan)


def read_levels(table: Table, column: TableColumn) -> Positions:
    """The position of each person's level, -1 where missing. Raises Refused ``describe.table_wrong``."""
    values = read_number(table, column)
    present = ~np.isnan(values)
    found = np.where(present, values, -1.0)
    if (found != np.floor(found)).any():
        raise Refused("describe.table_wrong", variable=column.name)
    return found.astype(np.int64)


def read_bins(table: Table, column: TableColumn, cuts: tuple[float, ...]) -> Positions:
    """The interval of each person's number: a cut belongs to the interval above it; -1 where missing."""
    values = read_number(table, column)
    return np.where(np.isnan(values), -1, np.searchsorted(np.asarray(cuts), values, side="right"))


def check_cuts(column: TableColumn, cuts: tuple[float, ...]) -> None:
    """Raises Refused ``describe.cuts_wrong`` where cuts do not rise strictly inside the column's range."""
    if list(cuts) != sorted(set(cuts)) or not cuts or not column.low < cuts[0] <= cuts[-1] < column.high:
        raise Refused("describe.cuts_wrong", variable=column.name)


def bin_names(column: TableColumn, cuts: tuple[float, ...]) -> tuple[str, ...]:
    """Each interval in words; the last one holds its upper end, the others do not."""
    edges = (column.low, *cuts, column.high)
    return tuple(f"{_edge(low)} to {_edge(high)}" for low, high in pairwise(edges))


def _edge(edge: float) -> str:
    """Its shortest exact form: two intervals of one name would be one cell to a rule that goes by names."""
    return f"{edge:.0f}" if edge.is_integer() and abs(edge) < _LARGEST_WHOLE else repr(edge)

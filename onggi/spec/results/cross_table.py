"""Persons by two or three flags or categories, and how these go together."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from onggi.spec.base import Frozen
from onggi.spec.results.base import Estimate, ResultBase
from onggi.spec.results.table_one import GroupTest


class TwoByTwo(Frozen):
    """How the second row differs from the first in having the second column's level."""

    odds_ratio: Estimate
    risk_ratio: Estimate
    risk_difference: Estimate


class CrossedPersons(Frozen):
    """One table: everybody's, or that of one stratum. ``persons[row][column]``.

    `smallest_expected`: the least number of persons that a cell would hold if rows and columns had nothing
    to do with each other; under 5 the chi-square approximation is poor.
    """

    stratum: str
    persons: tuple[tuple[int, ...], ...]
    row_totals: tuple[int, ...]
    column_totals: tuple[int, ...]
    total: int
    test: GroupTest | None = None
    cramers_v: float | None = None
    smallest_expected: float | None = None
    two_by_two: TwoByTwo | None = None


class CrossTable(ResultBase):
    """A cross table with its margins; the first of `tables` is everybody's.

    What rests on counts (tests, ratios) is worked out from the cells that are shown.
    """

    result: Literal["cross_table"] = "cross_table"
    rows_variable: str
    row_levels: tuple[str, ...]
    columns_variable: str
    column_levels: tuple[str, ...]
    strata_variable: str | None = None
    tables: tuple[CrossedPersons, ...]
    rounded_to: int = Field(default=1, ge=1)

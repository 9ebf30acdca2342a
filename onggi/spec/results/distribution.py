"""How a number is spread, as counts on one grid."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from onggi.spec.base import Frozen
from onggi.spec.results.base import ResultBase


class GridQuantile(Frozen):
    """What the grid tells of a quantile.

    The smallest value that at least this share of the persons do not exceed lies between `low` and `high`,
    the ends of its interval. `interpolated` takes the persons of that interval to be spread evenly over it.
    """

    probability: float
    low: float
    high: float
    interpolated: float


class BinnedPersons(Frozen):
    """One group: its persons in each interval of the grid, and its quantiles."""

    group: str
    persons: tuple[int, ...]
    quantiles: tuple[GridQuantile, ...]


class Distribution(ResultBase):
    """A histogram with quantiles from its own grid; the first group is everybody.

    `edges` are the ends of the intervals, the first and the last those of the variable's declared range: they
    say nothing of a smallest or largest value. Quantiles are worked out from the counts that are shown.
    """

    result: Literal["distribution"] = "distribution"
    variable: str
    edges: tuple[float, ...]
    by: str | None = None
    groups: tuple[BinnedPersons, ...]
    rounded_to: int = Field(default=1, ge=1)

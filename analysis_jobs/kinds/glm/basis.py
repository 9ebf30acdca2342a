"""Chooses the coordinates in which a regression is computed, so that rounding under masks does not matter.

* The pooled means and spreads come from the survey, the dependence between columns from the moments. In the
  chosen basis the columns are almost orthonormal, whatever their units and however alike they are.
* Very similar columns need the moments twice: the first pass cannot tell small differences from rounding, so
  it is only used, with a small addition to the diagonal, to pull the columns apart for the second.
* The choice affects accuracy only: every hospital uses exactly these numbers, and so does the answer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from analysis_jobs.kinds.contract import Array, Arrays
from analysis_jobs.kinds.glm.design import Design
from analysis_jobs.kinds.glm.local import target_range
from analysis_jobs.kinds.glm.reproducible_algebra import (
    NotPositive,
    cholesky,
    lower_inverse,
    product,
    sum_of_squares,
    unpack,
)
from onggi.errors import Refused

_WELL_CONDITIONED = 1e-6
_SHIFT = 1e-11
_CONSTANT = 1e-8
_WIDEST_INVERSE = 1.5e9
"""Refused beyond: the answer is promised to eight digits for condition numbers up to 1e8."""


@dataclass(frozen=True, slots=True)
class Survey:
    """Pooled sizes, means and spreads, in the units of the variables."""

    persons: int
    events: int
    center: Array
    spread: Array
    outcome_center: float
    outcome_spread: float
    mean: float
    saturated: float


@dataclass(frozen=True, slots=True)
class Basis:
    """z = (x - center) @ basis, intercept apart. `final` when the columns are near orthonormal.

    `turn` leads from standardised columns to z; `passes` counts the moments that it rests on.
    """

    center: Array
    basis: Array
    turn: Array
    passes: int
    final: bool

    def arrays(self) -> dict[str, Array]:
        """As an ask carries it."""
        return {"center": self.center, "basis": self.basis}


def read_survey(design: Design, sums: Arrays, *, noise: float) -> Survey:
    """Means and spreads. `noise`: how far a masked sum may be off, 0 in clear.

    Raises:
        Refused: ``glm.no_complete_cases``, ``glm.too_few_rows`` or ``glm.one_class``.
    """
    persons, events = int(sums["persons"][0]), int(sums["events"][0])
    if persons == 0:
        raise Refused("glm.no_complete_cases")
    if persons <= design.size:
        raise Refused("glm.too_few_rows", parameters=design.size)
    if design.family != "gaussian" and events in ((0, persons) if design.family == "binomial" else (0,)):
        raise Refused("glm.one_class", variable=design.outcome.name)
    middle = np.array([(column.low + column.high) / 2 for column in design.columns])
    half = np.array([(column.high - column.low) / 2 for column in design.columns])
    floor = max(1e-13, 16 * noise / persons)
    mean = sums["sums"] / persons
    spread = np.sqrt(np.maximum(sums["squares"] / persons - mean * mean, floor))
    outcome_middle, outcome_half = target_range(design)
    outcome_mean = float(sums["outcome"][0]) / persons
    variance = max(float(sums["outcome"][1]) / persons - outcome_mean * outcome_mean, floor)
    center = outcome_middle + outcome_half * outcome_mean
    return Survey(
        persons=persons,
        events=events,
        center=middle + half * mean,
        spread=half * spread,
        outcome_center=center if design.family == "gaussian" else 0.0,
        outcome_spread=outcome_half * math.sqrt(variance) if design.family == "gaussian" else 1.0,
        mean=_starting_mean(design, events / persons, center),
        saturated=float(sums["outcome"][2]),
    )


def _starting_mean(design: Design, share: float, mean: float) -> float:
    if design.family == "gaussian":
        return 0.0
    return share if design.family == "binomial" else max(mean, 1e-300)


def outcome_unit(survey: Survey, design: Design) -> float:
    """A power of two near the mean count: dividing by it keeps sums in range and loses no digit."""
    if design.family != "poisson" or survey.mean <= 1:
        return 1.0
    return math.ldexp(1.0, math.frexp(survey.mean)[1])


def first_basis(survey: Survey) -> Basis:
    """Standardised columns."""
    size = len(survey.spread)
    return Basis(survey.center, np.diag(1.0 / survey.spread), np.eye(size), passes=0, final=False)


def refine_basis(design: Design, survey: Survey, before: Basis, sums: Arrays, *, noise: float) -> Basis:
    """The next basis from the moments in the last one.

    Raises:
        Refused: ``glm.collinear`` naming the first term that the terms before it determine.
    """
    moments = unpack(sums["moments"], design.size) / survey.persons
    mean = moments[0, 1:]
    covariance = moments[1:, 1:] - mean[:, None] * mean[None, :]
    second = before.passes > 0
    length = _lengths(design, covariance, smallest=0.0 if second else _CONSTANT)
    correlation = covariance / (length[:, None] * length[None, :])
    factor, final = _factor(design, correlation, second=second, noise=noise / survey.persons)
    step = lower_inverse(factor).T / length[:, None]
    turn = product(before.turn, step)
    if math.sqrt(sum_of_squares(turn)) > _WIDEST_INVERSE:
        raise Refused("glm.collinear", term=design.columns[int(np.argmax(np.diag(turn)))].name)
    center = before.center if second else before.center + survey.spread * mean
    return Basis(center, product(before.basis, step), turn, before.passes + 1, final)


def _lengths(design: Design, covariance: Array, *, smallest: float) -> Array:
    for column, variance in zip(design.columns, np.diag(covariance), strict=True):
        if not variance > smallest:
            raise Refused("glm.collinear", term=column.name)
    return np.sqrt(np.diag(covariance))


def _factor(design: Design, correlation: Array, *, second: bool, noise: float) -> tuple[Array, bool]:
    try:
        factor = cholesky(correlation)
        if second or 1.0 / sum_of_squares(lower_inverse(factor)) > _WELL_CONDITIONED:
            return factor, True
    except NotPositive as found:
        if second:
            raise Refused("glm.collinear", term=design.columns[found.column].name) from None
    shift = _SHIFT + 4 * noise * correlation.shape[0]
    return cholesky(correlation + shift * np.eye(correlation.shape[0])), False

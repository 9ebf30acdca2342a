"""Chooses the coordinates in which a regression is computed, so that rounding under masks does not matter.

* The pooled means and spreads come from the survey, the dependence between columns from the moments. In the
  chosen basis the columns are almost orthonormal, whatever their units and however alike they are.
* Very similar columns need the moments twice: the first pass cannot tell small differences from rounding, so
  it is only used, with a small addition to the diagonal, to pull the columns apart for the second.
* With hospitals' own intercepts the columns are looked at within each hospital: what does not vary there
  cannot be told apart from the intercepts.
* The choice affects accuracy only: every hospital uses exactly these numbers, and so does the answer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from analysis_jobs.kinds.contract import Array, Arrays
from analysis_jobs.kinds.glm.coordinates import target_range
from analysis_jobs.kinds.glm.design import Design, bounds
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
_RAREST = 1e-9
_WIDEST_INVERSE = 1.5e9
"""Refused beyond: the answer is promised to eight digits for condition numbers up to 1e8."""


@dataclass(frozen=True, slots=True)
class Survey:
    """Pooled sizes, means and spreads, in the units of the variables.

    `intercepts`: how many hospitals have one of their own. `outcome_spread` and `outcome_center` are what a
    hospital scales outcomes by (1 and 0 for counts and yes or no). `weight_unit` is the mean weight as a
    power of two, as a share of the range's end `weight_scale`; `mass` the sum of the weights.
    """

    persons: int
    events: int
    center: Array
    spread: Array
    outcome_center: float
    outcome_spread: float
    mean: float
    constant: float
    intercepts: int
    weight_unit: float
    weight_scale: float
    mass: float

    @property
    def size(self) -> int:
        """Coefficients, hospitals' own intercepts included."""
        return self.center.size + (self.intercepts or 1)


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
    intercepts = int(sums["intercepts"][0]) if design.site_effects else 0
    if persons == 0:
        raise Refused("glm.no_complete_cases")
    if persons <= len(design.columns) + (intercepts or 1):
        raise Refused("glm.too_few_rows", parameters=len(design.columns) + (intercepts or 1))
    impossible = {"binomial": (0, persons), "poisson": (0,)}.get(design.family, ())
    if events in impossible:
        raise Refused("glm.one_class", variable=design.outcome.name)
    middle = np.array([(column.low + column.high) / 2 for column in design.columns])
    half = np.array([(column.high - column.low) / 2 for column in design.columns])
    floor = max(1e-13, 16 * noise / persons)
    mean = sums["sums"] / persons
    spread = np.sqrt(np.maximum(sums["squares"] / persons - mean * mean, floor))
    mass = float(sums["mass"][0]) if design.weights is not None else float(persons)
    if not mass > 0:
        raise Refused("glm.out_of_range", iterations=0)
    outcome_middle, outcome_half = target_range(design)
    outcome_mean = float(sums["outcome"][0]) / mass
    variance = max(float(sums["outcome"][1]) / mass - outcome_mean * outcome_mean, floor)
    center = outcome_middle + outcome_half * outcome_mean
    unit = math.ldexp(1.0, math.frexp(center)[1]) if design.family == "gamma" else 1.0
    return Survey(
        persons=persons,
        events=events,
        center=middle + half * mean,
        spread=half * spread,
        outcome_center=center if design.family == "gaussian" else 0.0,
        outcome_spread=outcome_half * math.sqrt(variance) if design.family == "gaussian" else unit,
        mean=_starting_mean(design, events / persons, center / unit),
        constant=float(sums["outcome"][2]),
        intercepts=intercepts,
        weight_unit=1.0 if design.weights is None else math.ldexp(1.0, math.frexp(mass / persons)[1]),
        weight_scale=1.0 if design.weights is None else bounds(design.weights)[1],
        mass=mass,
    )


def _starting_mean(design: Design, share: float, mean: float) -> float:
    if design.family == "gaussian":
        return 0.0
    if design.family == "binomial":
        return share if design.weights is None else min(max(mean, _RAREST), 1 - _RAREST)
    return max(mean, 1e-300)


def outcome_unit(survey: Survey, design: Design) -> float:
    """A power of two near the mean count and weight: dividing by it keeps sums in range, without rounding."""
    if design.family != "poisson" or survey.mean <= 1:
        return survey.weight_unit
    return survey.weight_unit * math.ldexp(1.0, math.frexp(survey.mean)[1])


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
    if design.site_effects:  # centred at every hospital's own means
        mean, covariance = np.zeros(design.size), moments
    else:
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

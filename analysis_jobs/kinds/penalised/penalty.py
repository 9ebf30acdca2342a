"""The path of penalties, and what a penalty is in the coordinates of the fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis_jobs.kinds.contract import Array
from analysis_jobs.kinds.glm.reproducible_algebra import root_of
from analysis_jobs.kinds.penalised.plan import Plan

_LEAST_ALPHA = 1e-3
"""Ridge never brings a coefficient to zero: its path starts as if there were that much of the lasso."""


def penalties_of(plan: Plan, pulls: Array) -> Array:
    """The values of lambda, falling, in the units of the objective.

    Args:
        pulls: for every column, standardised, how much the objective falls per unit of its coefficient, at
            the model without terms. The largest is the smallest lasso penalty that leaves all at zero.
    """
    asked = plan.asked
    if asked.penalties:
        return np.array(asked.penalties)
    first = float(np.abs(pulls).max()) / max(asked.alpha, _LEAST_ALPHA)
    step = root_of(asked.path_ratio, asked.path_length - 1)
    path = [first]
    while len(path) < asked.path_length:
        path.append(path[-1] * step)
    return np.array(path)


_LEAST_RIDGE = 1e-12


@dataclass(frozen=True, slots=True)
class Weights:
    """For each fit and coefficient, intercept first, how heavily size and square are penalised."""

    soft: Array
    ridge: Array

    def of(self, fits: npt.NDArray[np.intp]) -> Weights:
        """Those of some fits."""
        return Weights(self.soft[fits], self.ridge[fits])

    def at(self, beta: Array) -> Array:
        """The penalty of each fit's coefficients."""
        total = np.zeros(len(beta))
        for column in range(beta.shape[1]):
            size = np.abs(beta[:, column])
            total = total + self.soft[:, column] * size + self.ridge[:, column] * size * size / 2
        return total


def weights_of(plan: Plan, penalties: Array, spreads: Array, *, outcome_unit: float, blur: float) -> Weights:
    """The weights of all fits, set by set.

    Args:
        penalties: shape (penalties,), in the units of the outcome.
        spreads: standard deviations of the columns in each set, shape (sets, columns).
        outcome_unit: what the objective's first term is divided by when a coefficient counts in units of it:
            the spread of a straight line's outcome (twice, for squares), the unit of counts.
        blur: how far rounding may move a mean of squares. So much ridge is added everywhere: columns that are
            the very same would otherwise be told apart by rounding alone.
    """
    alpha, sets = plan.asked.alpha, len(spreads)
    soft = np.zeros((sets, len(penalties), plan.design.size))
    ridge = np.zeros_like(soft)
    for one, spread in enumerate(spreads):
        soft[one, :, 1:] = (penalties * alpha / outcome_unit)[:, None] * spread
        squares = 1.0 if plan.design.family == "gaussian" else outcome_unit
        ridge[one, :, 1:] = (penalties * (1 - alpha) / squares)[:, None] * (spread * spread)
        ridge[one, :, 1:] += _LEAST_RIDGE + 4 * blur * plan.design.size
    flat = (sets * len(penalties), plan.design.size)
    return Weights(soft.reshape(flat), ridge.reshape(flat))

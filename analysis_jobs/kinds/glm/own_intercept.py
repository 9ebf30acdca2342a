"""Finds a hospital's own intercept, which stays there, and takes it out of what leaves.

The terms' coefficients of a model with an intercept for every hospital can be found without telling any
intercept: for given coefficients each hospital solves its own, one equation in one unknown, and sends sums in
which that unknown is already eliminated (Schur's complement). Added up these are exactly the score and the
information of the profile likelihood (Cox and Reid 1987, section 2), so that the pooled steps, the final
coefficients and their covariance are those of the model with one dummy column for each hospital.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from analysis_jobs.kinds.contract import Array
from analysis_jobs.kinds.glm.family import Curve

_STEPS = 200


def own_intercept(
    curve: Curve, outcomes: Sequence[Array], predictors: Sequence[Array], priors: Sequence[Array | None]
) -> float:
    """The intercept at which this hospital's weighted residuals add up to nothing. 0 where nobody counts.

    The outcomes are known to have one: both classes, any event, or whatever is above zero.
    """
    if not outcomes:
        return 0.0
    y, eta = np.concatenate(outcomes), np.concatenate(predictors)
    weight = np.ones_like(y) if priors[0] is None else np.concatenate([p for p in priors if p is not None])
    if curve == "gaussian":
        return float(weight @ (y - eta) / weight.sum())
    if curve == "poisson":
        return math.log(weight @ y) - _log_sum(np.log(weight) + eta)
    if curve == "gamma-log":
        return _log_sum(np.log(weight * y) - eta) - math.log(weight.sum())
    mean = float(weight @ y / weight.sum())
    if curve == "binomial":
        level = math.log(mean / (1 - mean))
        return _root(_binomial_equation(y, eta, weight), level - eta.max(), level - eta.min())
    # Below the first bound one mean is larger than all outcomes together, below the second all are too large.
    place = int(np.argmin(eta))
    lowest = max(-eta[place] + weight[place] / float(weight @ y), 1 / mean - eta.max())
    return _root(_inverse_equation(y, eta, weight), lowest, 1 / mean - eta.min())


def without_intercept(information: Array, linear: Array) -> tuple[Array, Array]:
    """Sums with the first coefficient eliminated. Zeros where no weight is left, as in an empty hospital."""
    weight = information[0, 0]
    if not weight > 0:
        return np.zeros_like(information[1:, 1:]), np.zeros_like(linear[1:])
    shared = information[1:, 0]
    return (
        information[1:, 1:] - shared[:, None] * shared[None, :] / weight,
        linear[1:] - shared * (linear[0] / weight),
    )


def _log_sum(logs: Array) -> float:
    largest = float(logs.max())
    return largest + math.log(float(np.exp(logs - largest).sum()))


Equation = Callable[[float], tuple[float, float]]
"""At an intercept: what should be zero, falling in the intercept, and how fast it falls."""


def _binomial_equation(y: Array, eta: Array, weight: Array) -> Equation:
    def at(level: float) -> tuple[float, float]:
        predictor = eta + level
        small = np.exp(-np.abs(predictor))
        share = 1.0 / (1.0 + small)
        mean = np.where(predictor >= 0, share, small * share)
        return float(weight @ (y - mean)), float(weight @ (small * share * share))

    return at


def _inverse_equation(y: Array, eta: Array, weight: Array) -> Equation:
    def at(level: float) -> tuple[float, float]:
        predictor = eta + level
        if not predictor.min() > 0:
            return math.inf, math.inf
        mean = 1.0 / predictor
        return float(weight @ (mean - y)), float(weight @ (mean * mean))

    return at


def _root(equation: Equation, low: float, high: float) -> float:
    """Newton's steps kept between bounds that close in on the root."""
    at = (low + high) / 2
    for _ in range(_STEPS):
        value, slope = equation(at)
        low, high = (at, high) if value > 0 else (low, at)
        step = value / slope if slope > 0 and math.isfinite(slope) else math.nan
        further = at + step
        if not low <= further <= high:
            further = (low + high) / 2
        if abs(further - at) <= 4e-16 * (1 + abs(at)):
            return further
        at = further
    return at

"""Puts estimates with known variances together: each estimates a value of its own, drawn around a common one.

With weights w_i = 1 / (v_i + tau^2) the common value is estimated by the weighted mean, with variance
1 / sum w_i (DerSimonian and Laird 1986). The methods differ in tau^2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from analysis_jobs.kinds.contract import Array
from onggi.errors import Refused
from onggi.spec.kinds.meta import Heterogeneity

_STEPS = 500
_CLOSE = 1e-13
_NEAR = 1e-6


@dataclass(frozen=True, slots=True)
class Pooled:
    """The common value, its standard errors (plain; of Hartung and Knapp), tau^2, and each one's share."""

    estimate: float
    standard_error: float
    knapp_hartung_error: float
    tau_squared: float
    shares: Array


def pool(estimates: Array, variances: Array, *, heterogeneity: Heterogeneity | None) -> Pooled:
    """The pooled numbers of at least two estimates; without a method tau^2 is 0 (a common value).

    Raises:
        Refused: ``meta.not_converged``.
    """
    find = {"DL": _dersimonian_laird, "REML": _restricted_likelihood, "PM": _paule_mandel}
    tau_squared = find[heterogeneity](estimates, variances) if heterogeneity else 0.0
    weights = 1.0 / (variances + tau_squared)
    total = float(weights.sum())
    estimate = float(weights @ estimates) / total
    spread = float(weights @ (estimates - estimate) ** 2) / (len(estimates) - 1)
    return Pooled(estimate, 1.0 / math.sqrt(total), math.sqrt(spread / total), tau_squared, weights / total)


def cochran_q(estimates: Array, variances: Array, *, tau_squared: float = 0.0) -> float:
    """The weighted sum of squares around the weighted mean."""
    weights = 1.0 / (variances + tau_squared)
    mean = float(weights @ estimates) / float(weights.sum())
    return float(weights @ (estimates - mean) ** 2)


def typical_variance(variances: Array) -> float:
    """The variance within, as one number (Higgins and Thompson 2002, equation 9)."""
    weights = 1.0 / variances
    total, squares = float(weights.sum()), float(weights @ weights)
    return (len(variances) - 1) * total / (total * total - squares)


def _dersimonian_laird(estimates: Array, variances: Array) -> float:
    excess = cochran_q(estimates, variances) - (len(estimates) - 1)
    weights = 1.0 / variances
    total, squares = float(weights.sum()), float(weights @ weights)
    return max(excess / (total - squares / total), 0.0)


def _paule_mandel(estimates: Array, variances: Array) -> float:
    """Where the weighted sum of squares is what it should be; it falls as tau^2 grows."""
    wanted = len(estimates) - 1
    if cochran_q(estimates, variances) <= wanted:
        return 0.0
    low, high = 0.0, float(np.ptp(estimates)) ** 2 + float(variances.max())
    while cochran_q(estimates, variances, tau_squared=high) > wanted:
        high *= 2
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if cochran_q(estimates, variances, tau_squared=middle) > wanted:
            low = middle
        else:
            high = middle
        if high - low <= _CLOSE * high:
            break
    return (low + high) / 2


def _restricted_likelihood(estimates: Array, variances: Array) -> float:
    """Fisher scoring (Viechtbauer 2005, equation 10) from the moment estimator, steps halved where they lower
    the restricted likelihood; then the slope's zero close by, since scoring may only creep towards it."""
    at = _dersimonian_laird(estimates, variances)
    best = _restricted_log_likelihood(estimates, variances, at)
    for _ in range(_STEPS):
        slope, information = _slope(estimates, variances, at)
        further = max(at + slope / information, 0.0)
        height = _restricted_log_likelihood(estimates, variances, further)
        while height < best and abs(further - at) > _NEAR * (at + variances.min()):
            further = (at + further) / 2
            height = _restricted_log_likelihood(estimates, variances, further)
        moved = abs(further - at)
        at, best = further, height
        if moved <= _NEAR * (at + variances.min()):
            return _zero_of_slope(estimates, variances, at)
    raise Refused("meta.not_converged")


def _zero_of_slope(estimates: Array, variances: Array, near: float) -> float:
    reach = _NEAR * (near + float(variances.min()))
    low, high = max(near - reach, 0.0), near + reach
    while _slope(estimates, variances, high)[0] > 0:
        low, high = high, high + 2 * (high - near)
    while low > 0 and _slope(estimates, variances, low)[0] < 0:
        low, high = max(near - 2 * (near - low), 0.0), low
    if low == 0 and not _slope(estimates, variances, 0.0)[0] > 0:
        return 0.0
    while high - low > _CLOSE * high:
        middle = (low + high) / 2
        if not low < middle < high:
            break
        low, high = (middle, high) if _slope(estimates, variances, middle)[0] > 0 else (low, middle)
    return (low + high) / 2


def _slope(estimates: Array, variances: Array, tau_squared: float) -> tuple[float, float]:
    """Twice the restricted likelihood's slope in tau^2, and twice its expected curvature."""
    weights = 1.0 / (variances + tau_squared)
    total, squares, cubes = (float((weights**power).sum()) for power in (1, 2, 3))
    residual = estimates - float(weights @ estimates) / total
    # With P the matrix that takes out the mean: y'PPy less the trace of P, and the trace of PP.
    slope = float((weights * residual) @ (weights * residual)) - (total - squares / total)
    return slope, squares - 2 * cubes / total + (squares / total) ** 2


def _restricted_log_likelihood(estimates: Array, variances: Array, tau_squared: float) -> float:
    weights = 1.0 / (variances + tau_squared)
    around = cochran_q(estimates, variances, tau_squared=tau_squared)
    return (float(np.log(weights).sum()) - math.log(float(weights.sum())) - around) / 2

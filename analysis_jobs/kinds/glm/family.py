"""The families of regression with their links: what one pass over persons computes.

* Every function works on whole blocks and stays finite for every linear predictor that it accepts.
* `prior` holds prior weights, one a person: each person's log-likelihood counts so many times.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from analysis_jobs.kinds.contract import Array

_LARGEST_EXPONENT = 700.0
Curve = Literal["gaussian", "binomial", "poisson", "gamma-log", "gamma-inverse"]
"""A family with its link; the first three have their canonical one."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """At given parameters, per person: the log-likelihood's slope in the linear predictor, and its curvature
    (the observed information). `expected` is the expected information where that differs. The deviance and
    Pearson's statistic (gamma only) are summed."""

    residual: Array
    weight: Array
    deviance: float
    expected: Array | None = None
    pearson: float = 0.0


def fit_at(curve: Curve, y: Array, predictor: Array, prior: Array | None = None) -> Fitted | None:
    """The pieces of one Newton step, or None where the mean would overflow or leave its range."""
    found = _unweighted_pieces(curve, y, predictor, prior)
    if found is None or prior is None:
        return found
    expected = None if found.expected is None else prior * found.expected
    return Fitted(prior * found.residual, prior * found.weight, found.deviance, expected, found.pearson)


def _unweighted_pieces(curve: Curve, y: Array, predictor: Array, prior: Array | None) -> Fitted | None:
    """Residuals and weights as if nobody had a prior weight; the sums already have them."""
    if curve == "gaussian":
        return _gaussian(y, predictor, prior)
    if curve == "binomial":
        return _binomial(y, predictor, prior)
    if curve == "poisson":
        return _poisson(y, predictor, prior)
    return _gamma(curve, y, predictor, prior)


def _total(values: Array, prior: Array | None) -> float:
    return float(np.sum(values)) if prior is None else float(prior @ values)


def _gaussian(y: Array, predictor: Array, prior: Array | None) -> Fitted:
    residual = y - predictor
    deviance = float(residual @ residual) if prior is None else float((prior * residual) @ residual)
    return Fitted(residual, np.ones_like(y), deviance)


def _binomial(y: Array, predictor: Array, prior: Array | None) -> Fitted:
    # exp of minus the magnitude never overflows, and log1p keeps the digits of tiny probabilities.
    small = np.exp(-np.abs(predictor))
    share = 1.0 / (1.0 + small)
    weight = small * share * share
    upper = predictor >= 0
    mean = np.where(upper, share, small * share)
    against = np.maximum(predictor, 0.0) - y * predictor
    deviance = 2.0 * (_total(np.log1p(small), prior) + _total(against, prior))
    return Fitted(y - mean, weight, deviance)


def _poisson(y: Array, predictor: Array, prior: Array | None) -> Fitted | None:
    if predictor.size and predictor.max() > _LARGEST_EXPONENT:
        return None
    mean = np.exp(predictor)
    surprise = y * (np.log(np.maximum(y, 1.0)) - predictor)
    return Fitted(y - mean, mean, 2.0 * _total(surprise - (y - mean), prior))


def _gamma(curve: Curve, y: Array, predictor: Array, prior: Array | None) -> Fitted | None:
    """`ratio` is outcome by mean. With the log link, steps use the observed information: the deviance is
    convex in the coefficients, and steps by the expected one would only creep towards its minimum."""
    if curve == "gamma-log":
        if predictor.size and np.abs(predictor).max() > _LARGEST_EXPONENT:
            return None
        ratio = y * np.exp(-predictor)
        residual, weight, expected = ratio - 1.0, ratio, np.ones_like(y)
    else:
        if predictor.size and not predictor.min() > 0:
            return None
        mean = 1.0 / predictor
        ratio = y * predictor
        residual, weight, expected = mean - y, mean * mean, None
    deviance = 2.0 * _total((ratio - 1.0) - np.log(ratio), prior)
    return Fitted(residual, weight, deviance, expected, _total((ratio - 1.0) ** 2, prior))


@dataclass(frozen=True, slots=True)
class Start:
    """Weights and working outcomes from the data alone, before any parameter is known."""

    weight: Array
    working: Array


def start_of(
    curve: Curve, y: Array, offset: Array | None, *, mean: float, prior: Array | None = None
) -> Start:
    """Means halfway between each outcome and the overall mean: the usual start of this iteration."""
    if curve == "gaussian":
        return Start(np.ones_like(y) if prior is None else prior, y)
    if curve == "binomial":
        halfway = (y + 0.5) / 2
        weight = halfway * (1 - halfway)
        working = np.log(halfway / (1 - halfway)) + (y - halfway) / weight
    else:
        halfway = (y + mean) / 2
        if curve == "gamma-inverse":
            weight = halfway * halfway
            working = 1.0 / halfway - (y - halfway) / weight
        else:
            weight = halfway if curve == "poisson" else np.ones_like(y)
            working = np.log(halfway) + (y - halfway) / halfway
    if prior is not None:
        weight = prior * weight
    return Start(weight, working if offset is None else working - offset)


def null_deviance(curve: Curve, y: Array, *, mean: float, prior: Array | None = None) -> float:
    """Deviance of the model that gives everybody the same mean. `mean` lies inside the family's range."""
    if curve == "gaussian":
        apart = (y - mean) ** 2
        return _total(apart, prior)
    fitted = fit_at(curve, y, np.full_like(y, level_of(curve, mean)), prior)
    return math.inf if fitted is None else fitted.deviance


def level_of(curve: Curve, mean: float) -> float:
    """The linear predictor of a mean."""
    if curve == "gaussian":
        return mean
    if curve == "binomial":
        return math.log(mean / (1 - mean))
    return 1.0 / mean if curve == "gamma-inverse" else math.log(mean)


def likelihood_constant(curve: Curve, y: Array, prior: Array | None = None) -> float:
    """What the log-likelihood holds beside the deviance, of the outcomes alone.

    Poisson: the log-likelihood of a model that meets every count exactly. Gamma: the sum of log outcomes.
    Gaussian with weights: the sum of their logs, each once. Summed over distinct counts where there are few:
    each is small, which masked sums need.
    """
    if curve == "gaussian":
        return 0.0 if prior is None else float(np.sum(np.log(prior)))
    if curve == "binomial":
        return 0.0
    if curve != "poisson":
        return _total(np.log(y), prior)
    counts, places = np.unique(y, return_inverse=True)
    terms = [
        (count * math.log(count) - count if count > 0 else 0.0) - math.lgamma(count + 1.0)
        for count in counts.tolist()
    ]
    if prior is None:
        times = np.bincount(places, minlength=counts.size)
        return math.fsum(term * int(number) for term, number in zip(terms, times, strict=True))
    return float(prior @ np.array(terms)[places]) if terms else 0.0

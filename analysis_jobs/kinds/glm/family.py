"""The three families of regression with their canonical links: what one pass over persons computes.

Every function works on whole blocks and stays finite for every linear predictor that it accepts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from analysis_jobs.kinds.contract import Array
from onggi.spec.kinds import Family

_LARGEST_EXPONENT = 700.0


@dataclass(frozen=True, slots=True)
class Fitted:
    """At given parameters, per person: outcome minus mean, and weight. The deviance is summed."""

    residual: Array
    weight: Array
    deviance: float


def fit_at(family: Family, y: Array, predictor: Array) -> Fitted | None:
    """The pieces of one Newton step, or None where the mean would overflow."""
    if family == "gaussian":
        residual = y - predictor
        return Fitted(residual, np.ones_like(y), float(residual @ residual))
    if family == "binomial":
        return _binomial(y, predictor)
    return _poisson(y, predictor)


def _binomial(y: Array, predictor: Array) -> Fitted:
    # exp of minus the magnitude never overflows, and log1p keeps the digits of tiny probabilities.
    small = np.exp(-np.abs(predictor))
    share = 1.0 / (1.0 + small)
    weight = small * share * share
    upper = predictor >= 0
    mean = np.where(upper, share, small * share)
    against = np.maximum(predictor, 0.0) - y * predictor
    deviance = 2.0 * float(np.sum(np.log1p(small)) + np.sum(against))
    return Fitted(y - mean, weight, deviance)


def _poisson(y: Array, predictor: Array) -> Fitted | None:
    if predictor.size and predictor.max() > _LARGEST_EXPONENT:
        return None
    mean = np.exp(predictor)
    surprise = y * (np.log(np.maximum(y, 1.0)) - predictor)
    deviance = 2.0 * float(np.sum(surprise - (y - mean)))
    return Fitted(y - mean, mean, deviance)


@dataclass(frozen=True, slots=True)
class Start:
    """Weights and working outcomes from the data alone, before any parameter is known."""

    weight: Array
    working: Array


def start_of(family: Family, y: Array, offset: Array | None, *, mean: float) -> Start:
    """Means halfway between each outcome and the overall mean: the usual start of this iteration."""
    if family == "gaussian":
        return Start(np.ones_like(y), y)
    if family == "binomial":
        halfway = (y + 0.5) / 2
        weight = halfway * (1 - halfway)
        working = np.log(halfway / (1 - halfway)) + (y - halfway) / weight
    else:
        halfway = (y + mean) / 2
        weight = halfway
        working = np.log(halfway) + (y - halfway) / halfway
    return Start(weight, working if offset is None else working - offset)


def null_deviance(family: Family, y: Array, *, mean: float) -> float:
    """Deviance of the model that gives everybody the same mean. `mean` lies inside the family's range."""
    if family == "gaussian":
        return float(np.sum((y - mean) ** 2))
    level = math.log(mean / (1 - mean)) if family == "binomial" else math.log(mean)
    fitted = fit_at(family, y, np.full_like(y, level))
    return math.inf if fitted is None else fitted.deviance


def saturated_log_likelihood(y: Array) -> float:
    """Poisson: log-likelihood of a model that meets every count exactly.

    Summed over distinct counts: there are few of them, and each is small, which masked sums need.
    """
    counts, times = np.unique(y, return_counts=True)
    terms = [
        (count * math.log(count) - count if count > 0 else 0.0) - math.lgamma(count + 1.0)
        for count in counts.tolist()
    ]
    return math.fsum(term * int(number) for term, number in zip(terms, times, strict=True))

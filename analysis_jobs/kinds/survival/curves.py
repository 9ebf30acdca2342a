"""Survival, its bounds and cumulative incidences from the counts at each step.

Everything is the usual estimator on times rounded up to the steps, whoever is censored within a step being
at risk during all of it:

* survival: Kaplan and Meier (1958), variance by Greenwood (1926), log-log intervals (Kalbfleisch and Prentice
  1980) as in R's ``conf.type="log-log"``, and plain ones.
* Had those censored within a step left when it began, the estimate would be smaller. The Kaplan-Meier
  estimate on the days themselves lies between the two: each factor 1 - d/n of a day has an n between those
  of both ends, and without censoring in between the factors of a step multiply to one.
* cumulative incidence: Aalen and Johansen (1978), variance by the delta method (Dinse and Larson 1986, 6),
  intervals by log(-log(incidence)).
* restricted mean: area under the curve, its variance as of a Kaplan-Meier mean (Klein and Moeschberger 2003).
* quantiles: the first step at which survival is at most 1 - p, its interval by inverting the log-log bounds
  (Brookmeyer and Crowley 1982).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from analysis_jobs.kinds.contract import Array
from onggi.spec.results.survival_curves import Incidence, RestrictedMean, SurvivalCurve, SurvivalQuantile

_ROUNDING = 1e-12
"""A product of steps that should be one half exactly may miss it by rounding."""


@dataclass(frozen=True, slots=True)
class Counts:
    """One group's persons: `ended` has shape (steps, causes + 1), censored first; `beyond` remained."""

    ended: Array
    beyond: float

    @property
    def at_risk(self) -> Array:
        """Persons under observation when each step begins."""
        ends = self.ended.sum(axis=1)
        later: Array = ends[::-1].cumsum()[::-1] + self.beyond
        return later

    @property
    def any_event(self) -> Array:
        """Events of any kind within each step."""
        total: Array = self.ended[:, 1:].sum(axis=1)
        return total


@dataclass(frozen=True, slots=True)
class Asked:
    """What a spec asks of each curve."""

    steps: tuple[int, ...]
    causes: tuple[str, ...]
    quantiles: tuple[float, ...]
    restricted_mean_days: int | None
    confidence: float

    @property
    def reach(self) -> float:
        """Standard errors from an estimate to the ends of its interval."""
        return NormalDist().inv_cdf((1 + self.confidence) / 2)


def curve_of(group: str, counts: Counts, asked: Asked) -> SurvivalCurve:
    """The curve of one group. Persons at risk may run out; nothing is estimated after that."""
    survival = _product(counts.at_risk, counts.any_event)
    variance = _greenwood(counts)
    low, high = _log_log(survival, variance, asked.reach)
    spread = [None if each is None else at * math.sqrt(each) for at, each in _both(survival, variance)]
    plain = [(at, None if by is None else asked.reach * by) for at, by in _both(survival, spread)]
    least = _product(counts.at_risk - counts.ended[:, 0], counts.any_event)
    return SurvivalCurve(
        group=group,
        n=int(counts.at_risk[0]),
        at_risk=_wholes(counts.at_risk),
        events=tuple(_wholes(counts.ended[:, cause]) for cause in range(1, counts.ended.shape[1])),
        censored=_wholes(counts.ended[:, 0]),
        beyond=int(counts.beyond),
        survival=tuple(survival.tolist()),
        survival_at_least=tuple(least.tolist()),
        standard_errors=tuple(spread),
        low=low,
        high=high,
        plain_low=tuple(None if by is None else max(at - by, 0.0) for at, by in plain),
        plain_high=tuple(None if by is None else min(at + by, 1.0) for at, by in plain),
        quantiles=tuple(_quantile(each, asked.steps, survival, low, high) for each in asked.quantiles),
        restricted_mean=_restricted_mean(counts, survival, least, asked),
        incidence=tuple(_incidences(counts, survival, asked)),
    )


def _both(survival: Array, other: Sequence[float | None]) -> list[tuple[float, float | None]]:
    return list(zip(survival.tolist(), other, strict=True))


def _wholes(values: Array) -> tuple[int, ...]:
    return tuple(int(value) for value in values.tolist())


def _product(at_risk: Array, events: Array) -> Array:
    """The running product of 1 - events/at_risk; a step with nobody at risk and no event changes nothing."""
    some = np.where(at_risk > 0, at_risk, 1.0)
    share = np.where(at_risk > 0, events / some, (events > 0).astype(np.float64))
    product: Array = np.asarray(np.cumprod(1.0 - np.minimum(share, 1.0)), dtype=np.float64)
    return product


def _greenwood(counts: Counts) -> list[float | None]:
    """The running sum of d / n(n - d): the variance of log survival; None once survival is zero."""
    total, found = 0.0, []
    for n, d in zip(counts.at_risk.tolist(), counts.any_event.tolist(), strict=True):
        total = total if d == 0 else math.inf if d >= n else total + d / (n * (n - d))
        found.append(None if math.isinf(total) else total)
    return found


def _log_log(
    survival: Array, variance: list[float | None], reach: float
) -> tuple[tuple[float | None, ...], tuple[float | None, ...]]:
    low: list[float | None] = []
    high: list[float | None] = []
    for at, each in _both(survival, variance):
        if each is None or not 0.0 < at < 1.0:
            low.append(None)
            high.append(None)
            continue
        by = reach * math.sqrt(each) / -math.log(at)
        low.append(at ** math.exp(by) if by < 700 else 0.0)
        high.append(at ** math.exp(-by))
    return tuple(low), tuple(high)


def _quantile(
    probability: float,
    steps: Sequence[int],
    survival: Array,
    low: Sequence[float | None],
    high: Sequence[float | None],
) -> SurvivalQuantile:
    left = 1.0 - probability

    def first(curve: Sequence[float | None]) -> int | None:
        return next(
            (day for day, at in zip(steps, curve, strict=True) if at is not None and at <= left + _ROUNDING),
            None,
        )

    # The lower bound of the curve falls first, so that it bounds the day from below.
    return SurvivalQuantile(
        probability=probability, day=first(survival.tolist()), low=first(low), high=first(high)
    )


def _restricted_mean(counts: Counts, survival: Array, least: Array, asked: Asked) -> RestrictedMean | None:
    until = asked.restricted_mean_days
    if until is None:
        return None
    ends = np.minimum(np.array(asked.steps, dtype=np.float64), until)
    widths = np.diff(np.concatenate([[0.0], ends]))
    before = np.concatenate([[1.0], survival[:-1]])
    areas = before * widths
    later = areas.sum() - np.cumsum(areas)  # the area from each step on
    n, d = counts.at_risk, counts.any_event
    counted = (d > 0) & (n > d)
    terms = np.where(counted, later**2 * d / np.where(counted, n * (n - d), 1.0), 0.0)
    return RestrictedMean(
        until=until,
        days=float(areas.sum()),
        at_least=float((least * widths).sum()),
        standard_error=math.sqrt(float(terms.sum())),
    )


def _incidences(counts: Counts, survival: Array, asked: Asked) -> list[Incidence]:
    if len(asked.causes) == 1:
        return []
    before = np.concatenate([[1.0], survival[:-1]])
    n = np.where(counts.at_risk > 0, counts.at_risk, 1.0)
    found = []
    for at, cause in enumerate(asked.causes, start=1):
        d = counts.ended[:, at]
        incidence = np.cumsum(before * d / n)
        errors = np.sqrt(_incidence_variance(n, counts.any_event, d, before, incidence))
        low, high = _incidence_bounds(incidence, errors, asked.reach)
        found.append(
            Incidence(
                cause=cause,
                incidence=tuple(incidence.tolist()),
                standard_errors=tuple(errors.tolist()),
                low=low,
                high=high,
            )
        )
    return found


def _incidence_variance(n: Array, every: Array, d: Array, before: Array, incidence: Array) -> Array:
    """The sums of the delta method, with (F(t) - F(s))^2 multiplied out so that each is a running sum."""
    some_left = n > every
    spread = np.where(some_left, every / np.where(some_left, n * (n - every), 1.0), 0.0)
    own = np.cumsum(before**2 * d * (n - d) / n**3)
    crossed = before * d / n**2
    squares = (
        incidence**2 * np.cumsum(spread)
        - 2 * incidence * np.cumsum(spread * incidence)
        + np.cumsum(spread * incidence**2)
    )
    products = incidence * np.cumsum(crossed) - np.cumsum(crossed * incidence)
    variance: Array = np.maximum(squares + own - 2 * products, 0.0)
    return variance


def _incidence_bounds(
    incidence: Array, errors: Array, reach: float
) -> tuple[tuple[float | None, ...], tuple[float | None, ...]]:
    low: list[float | None] = []
    high: list[float | None] = []
    for at, error in zip(incidence.tolist(), errors.tolist(), strict=True):
        if not 0.0 < at < 1.0:
            low.append(None)
            high.append(None)
            continue
        by = reach * error / (at * -math.log(at))
        low.append(at ** math.exp(by) if by < 700 else 0.0)
        high.append(at ** math.exp(-by))
    return tuple(low), tuple(high)

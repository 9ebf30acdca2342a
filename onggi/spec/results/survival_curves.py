"""Survival over declared steps: curves, restricted means, cumulative incidences, groups compared."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from onggi.spec.base import Frozen
from onggi.spec.kinds.survival import RankWeights
from onggi.spec.results.base import ResultBase


class SurvivalQuantile(Frozen):
    """The first step at which survival has fallen to 1 - `probability`, with its interval.

    None: the curve, or the bound of its interval, does not fall so far. The day on which the share was
    reached lies after the step before, and not after this one.
    """

    probability: float
    day: int | None
    low: int | None
    high: int | None


class RestrictedMean(Frozen):
    """Mean days lived without the event up to day `until`: the area under the curve.

    `days` belongs to times rounded up to the steps, and is the largest that the days themselves can give;
    `at_least` is the smallest. The standard error is the one of `days`.
    """

    until: int
    days: float
    at_least: float
    standard_error: float


class Incidence(Frozen):
    """Cumulative incidence of one kind of event where others may come first (Aalen and Johansen)."""

    cause: str
    incidence: tuple[float, ...]
    standard_errors: tuple[float, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]


class SurvivalCurve(Frozen):
    """One group's curve; entry k of each tuple belongs to step k.

    * `at_risk`: persons under observation and free of any event when the step begins; `events[cause][k]` and
      `censored[k]` are the persons for whom it ended within the step; `beyond` were watched, free of any
      event, to the end of the last step.
    * `survival`: free of the event, of all kinds of events where there are competing ones. The Kaplan-Meier
      estimate on the days themselves lies between `survival_at_least` and `survival`.
    * `low`, `high`: log-log intervals; `plain_low`, `plain_high`: symmetric ones, cut at 0 and 1. None where
      there is none (before the first event, and once nobody is left).
    """

    group: str
    n: int
    at_risk: tuple[int, ...]
    events: tuple[tuple[int, ...], ...]
    censored: tuple[int, ...]
    beyond: int
    survival: tuple[float, ...]
    survival_at_least: tuple[float, ...]
    standard_errors: tuple[float | None, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]
    plain_low: tuple[float | None, ...]
    plain_high: tuple[float | None, ...]
    quantiles: tuple[SurvivalQuantile, ...]
    restricted_mean: RestrictedMean | None
    incidence: tuple[Incidence, ...]


class RankTest(Frozen):
    """A weighted log-rank test of one hazard in all groups; competing events count as censored."""

    weights: RankWeights
    rho: float | None
    strata: tuple[str, ...]
    statistic: float
    dof: int
    p_value: float
    observed: tuple[int, ...]
    expected: tuple[float, ...]


class SurvivalCurves(ResultBase):
    """The pooled curves. `test` is None without groups, or where groups are never under observation together.

    Where counts are rounded (`rounded_to` above 1) the curves are those of the rounded counts; the test's
    statistic is the exact one.
    """

    result: Literal["survival_curves"] = "survival_curves"
    outcome: str
    causes: tuple[str, ...]
    steps: tuple[int, ...]
    confidence: float
    curves: tuple[SurvivalCurve, ...]
    test: RankTest | None
    rounded_to: int = Field(default=1, ge=1)

"""How long masked incidence rates over five hospitals take, beside pandas and statsmodels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.stats.rates import confint_poisson

from benchmarks.statistics.compared import Statistic, apart, read_columns
from benchmarks.statistics.made_up_cohort import FALL, StagedCohort
from benchmarks.statistics.questions import question
from onggi.spec.kinds import RatesParameters, RateStrata
from onggi.spec.results import Rates

_CUTS = (50.0, 60.0, 70.0, 80.0)
_STANDARD = (20.0, 25.0, 25.0, 20.0, 10.0)
_YEAR = 365.25


def _pooled(staged: StagedCohort) -> list[Any]:
    """[rate, low, high, standardised rate] of everybody and of each group, per 1,000 person-years."""
    frame = read_columns(staged.pooled, ("age", "treated", FALL.days_name, FALL.event_name))
    frame["band"] = pd.cut(frame["age"], [-np.inf, *_CUTS, np.inf], right=False, labels=False)
    frame["fell"] = frame[FALL.event_name] == 1
    cells = frame.groupby(["treated", "band"])[[FALL.days_name, "fell"]].sum()
    told = []
    for part in (cells.groupby(level=1).sum(), cells.loc[0.0], cells.loc[1.0]):
        years, events = part[FALL.days_name].to_numpy() / _YEAR, part["fell"].to_numpy()
        low, high = confint_poisson(events.sum(), years.sum(), method="exact-c")
        standardised = np.average(events / years, weights=_STANDARD)
        told.append([1e3 * value for value in (events.sum() / years.sum(), low, high, standardised)])
    return told


def _differences(answer: Rates, told: list[Any]) -> Sequence[float]:
    found = []
    for group, wanted in zip(answer.groups, told, strict=True):
        assert group.rate is not None, "there are events in every group"
        assert group.standardised is not None, "and a standard population"
        rate = group.rate
        found.append(apart([rate.value, rate.low, rate.high, group.standardised.value], wanted))
    return found


STATISTIC = Statistic(
    name="stat_rates",
    spec=question(
        RatesParameters(
            outcome=FALL.name,
            by="treated",
            strata=(RateStrata(variable="age", cuts=_CUTS),),
            standard=_STANDARD,
        ),
        result="rates",
        columns=("age", "treated"),
    ),
    peer="pandas' groupby with statsmodels' exact intervals (two groups, five ages, standardised directly)",
    agrees="Rates, intervals and standardised rates must agree to 1e-8.",
    tolerance=1e-8,
    pooled=_pooled,
    differences=_differences,
)
BENCHMARK = STATISTIC.benchmark()

"""How long masked survival curves over five hospitals take, beside statsmodels on the pooled table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from benchmarks.statistics.compared import Statistic, apart, read_columns
from benchmarks.statistics.made_up_cohort import FALL, StagedCohort
from benchmarks.statistics.questions import question
from onggi.spec.kinds import SurvivalParameters
from onggi.spec.results import SurvivalCurves

_GROUP = "treated"
_EVERY = 60
_STEPS = tuple(range(_EVERY, FALL.horizon_days, _EVERY))


def _pooled(staged: StagedCohort) -> tuple[list[Any], float]:
    """(survival with its errors by group, the rank test's statistic), on days rounded up to the steps."""
    frame = read_columns(staged.pooled, (FALL.days_name, FALL.event_name, _GROUP))
    days = np.ceil(frame[FALL.days_name].to_numpy() / _EVERY) * _EVERY
    # One kind of event is of interest to the test; for the curves either ends the time free of any.
    event, group = frame[FALL.event_name].to_numpy(), frame[_GROUP].to_numpy()
    seen = days <= _STEPS[-1]
    days, any_event, fall = np.minimum(days, _STEPS[-1] + 1), (event > 0) & seen, (event == 1) & seen
    curves = []
    for value in (0.0, 1.0):
        own = SurvfuncRight(days[group == value], any_event[group == value].astype(float))
        upto = own.surv_times <= _STEPS[-1]
        curves.append(np.array([own.surv_prob[upto], own.surv_prob_se[upto]]))
    return curves, float(survdiff(days, fall.astype(float), group)[0])


def _differences(answer: SurvivalCurves, told: tuple[list[Any], float]) -> Sequence[float]:
    curves, statistic = told
    assert answer.test is not None, "two groups are compared"
    found = [apart(answer.test.statistic, statistic)]
    for curve, wanted in zip(answer.curves, curves, strict=True):
        found.append(apart([curve.survival, curve.standard_errors], wanted))
    return found


STATISTIC = Statistic(
    name="stat_survival",
    spec=question(
        SurvivalParameters(outcome=FALL.name, steps=_STEPS, group=_GROUP),
        result="survival_curves",
        columns=(_GROUP,),
    ),
    peer="statsmodels' SurvfuncRight and survdiff (two groups, 30 steps; ours also gives incidences)",
    agrees="Curves, standard errors and the log-rank statistic must agree to 1e-8.",
    tolerance=1e-8,
    pooled=_pooled,
    differences=_differences,
)
BENCHMARK = STATISTIC.benchmark()

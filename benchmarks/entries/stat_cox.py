"""How long a masked Cox regression over five hospitals takes, beside statsmodels on the pooled table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from statsmodels.duration.hazard_regression import PHReg

from benchmarks.statistics.compared import Statistic, apart, read_columns, site_codes
from benchmarks.statistics.made_up_cohort import CONDITIONS, FALL, MEASURED, StagedCohort
from benchmarks.statistics.questions import question
from onggi.spec.kinds import CoxParameters
from onggi.spec.results import CoxFit

_TERMS = ("age", "treated", *MEASURED[:4], *CONDITIONS[:4])


def _pooled(staged: StagedCohort) -> Any:
    """(log hazard ratios, standard errors), with hospitals as strata as in the federated regression."""
    frame = read_columns(staged.pooled, (*_TERMS, FALL.days_name, FALL.event_name))
    fitted = PHReg(
        frame[FALL.days_name].to_numpy(),
        frame[list(_TERMS)].to_numpy(),
        status=(frame[FALL.event_name] == 1).to_numpy().astype(float),
        strata=site_codes(len(frame)),
        ties="efron",
    ).fit(method="newton")
    return np.array([fitted.params, fitted.bse])


def _differences(answer: CoxFit, told: Any) -> Sequence[float]:
    return [apart([answer.coefficients, answer.standard_errors], told)]


STATISTIC = Statistic(
    name="stat_cox",
    spec=question(
        CoxParameters(outcome=FALL.name, terms=_TERMS),
        result="cox_fit",
        columns=_TERMS,
    ),
    peer="statsmodels' PHReg (Efron, 10 columns, hospitals as strata; ours also tests proportional hazards)",
    agrees="Coefficients and standard errors must agree to 1e-6.",
    tolerance=1e-6,
    pooled=_pooled,
    differences=_differences,
    bound=3.0,
    repeats=3,
    warm_ups=0,
)
BENCHMARK = STATISTIC.benchmark()

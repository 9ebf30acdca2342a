"""How long a masked lasso path over five hospitals takes, beside statsmodels on the pooled table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import statsmodels.api as sm

from benchmarks.statistics.compared import Statistic, apart, read_columns
from benchmarks.statistics.made_up_cohort import CONDITIONS, MEASURED, StagedCohort
from benchmarks.statistics.questions import question
from onggi.spec.kinds import PenalisedParameters
from onggi.spec.results import RegularisedPath

_TERMS = (*MEASURED, *CONDITIONS)
_OUTCOME = "age"
_PENALTIES = (0.1, 0.03, 0.01)


def _pooled(staged: StagedCohort) -> Any:
    """A row of coefficients (intercept first, in the units of the columns) for each penalty."""
    frame = read_columns(staged.pooled, (*_TERMS, _OUTCOME))
    design, outcome = frame[list(_TERMS)].to_numpy(), frame[_OUTCOME].to_numpy()
    centers, spreads = design.mean(axis=0), design.std(axis=0)
    model = sm.OLS(outcome - outcome.mean(), (design - centers) / spreads)
    told, start = [], None
    for penalty in _PENALTIES:
        fitted = model.fit_regularized(
            alpha=penalty, L1_wt=1.0, start_params=start, maxiter=200, cnvrg_tol=1e-10
        )
        start = fitted.params
        slopes = fitted.params / spreads
        told.append([outcome.mean() - slopes @ centers, *slopes])
    return np.array(told)


def _differences(answer: RegularisedPath, told: Any) -> Sequence[float]:
    return [apart(answer.coefficients, told)]


STATISTIC = Statistic(
    name="stat_penalised",
    spec=question(
        PenalisedParameters(family="gaussian", outcome=_OUTCOME, terms=_TERMS, penalties=_PENALTIES, folds=0),
        result="regularised_path",
        columns=(_OUTCOME, *_TERMS),
    ),
    peer="statsmodels' OLS.fit_regularized (lasso, 20 columns, three penalties, each from the fit before)",
    agrees="Coefficients must agree to 1e-6.",
    tolerance=1e-6,
    pooled=_pooled,
    differences=_differences,
    repeats=3,
    warm_ups=0,
)
BENCHMARK = STATISTIC.benchmark()

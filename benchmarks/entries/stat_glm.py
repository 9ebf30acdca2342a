"""How long a masked logistic regression over five hospitals takes, beside statsmodels on the pooled table.

`glm_1m_rows` measures the whole product around such a regression, from its encrypted store to the held
result.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import statsmodels.api as sm

from benchmarks.statistics.compared import Statistic, apart, read_columns
from benchmarks.statistics.made_up_cohort import CONDITIONS, MEASURED, StagedCohort
from benchmarks.statistics.questions import question
from onggi.spec.kinds import GlmParameters
from onggi.spec.results import ModelFit

_TERMS = (*MEASURED, *CONDITIONS)


def _pooled(staged: StagedCohort) -> Any:
    frame = read_columns(staged.pooled, (*_TERMS, "ill"))
    design = sm.add_constant(frame[list(_TERMS)].to_numpy())
    fitted = sm.GLM(frame["ill"].to_numpy(), design, family=sm.families.Binomial()).fit()
    return np.array([fitted.params, fitted.bse])


def _differences(answer: ModelFit, told: Any) -> Sequence[float]:
    return [apart([answer.coefficients, answer.standard_errors], told)]


STATISTIC = Statistic(
    name="stat_glm",
    spec=question(
        GlmParameters(family="binomial", outcome="ill", terms=_TERMS),
        result="model_fit",
        columns=("ill", *_TERMS),
    ),
    peer="statsmodels' GLM (logistic, 20 columns)",
    agrees="Coefficients and standard errors must agree to 1e-6.",
    tolerance=1e-6,
    pooled=_pooled,
    differences=_differences,
    repeats=3,
)
BENCHMARK = STATISTIC.benchmark()

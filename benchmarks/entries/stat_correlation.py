"""How long masked correlations over five hospitals take, beside pandas on the pooled table."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from benchmarks.statistics.compared import Statistic, apart, read_columns
from benchmarks.statistics.made_up_cohort import MEASURED, WITH_GAPS, StagedCohort
from benchmarks.statistics.questions import question
from onggi.spec.kinds import CorrelationParameters
from onggi.spec.results import Correlation

_NAMES = ("age", *MEASURED, *WITH_GAPS)


def _pooled(staged: StagedCohort) -> pd.DataFrame:
    return read_columns(staged.pooled, _NAMES).dropna().corr()


def _differences(answer: Correlation, told: pd.DataFrame) -> Sequence[float]:
    return [apart(answer.matrix(), told.to_numpy())]


STATISTIC = Statistic(
    name="stat_correlation",
    spec=question(CorrelationParameters(variables=_NAMES), result="correlation", columns=_NAMES),
    peer="pandas' corr on complete rows (15 numbers, two with gaps)",
    agrees="Coefficients must agree to 1e-8.",
    tolerance=1e-8,
    pooled=_pooled,
    differences=_differences,
)
BENCHMARK = STATISTIC.benchmark()

"""How long a masked cross table over five hospitals takes, beside pandas and SciPy on the pooled table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from scipy import stats

from benchmarks.statistics.compared import Statistic, apart, read_columns
from benchmarks.statistics.made_up_cohort import StagedCohort
from benchmarks.statistics.questions import question
from onggi.spec.kinds import CrossTableParameters
from onggi.spec.results import CrossTable

_COLUMNS = ("treated", "ward", "ill")


def _pooled(staged: StagedCohort) -> list[tuple[Any, float]]:
    """(cells, chi-square) of everybody and of each stratum."""
    frame = read_columns(staged.pooled, _COLUMNS)
    strata = pd.crosstab([frame["ill"], frame["treated"]], frame["ward"])
    tables = [strata.groupby(level=1).sum(), strata.loc[0.0], strata.loc[1.0]]
    return [
        (table.to_numpy(), float(stats.chi2_contingency(table.to_numpy(), correction=False)[0]))
        for table in tables
    ]


def _differences(answer: CrossTable, told: list[tuple[Any, float]]) -> Sequence[float]:
    found = []
    for table, (cells, statistic) in zip(answer.tables, told, strict=True):
        assert table.test is not None, "every table is tested"
        found += [apart(table.persons, cells), apart(table.test.statistic, statistic)]
    return found


STATISTIC = Statistic(
    name="stat_cross_table",
    spec=question(
        CrossTableParameters(rows="treated", columns="ward", strata="ill"),
        result="cross_table",
        columns=_COLUMNS,
    ),
    peer="pandas.crosstab with SciPy's chi-square (two by four cells in two strata)",
    agrees="Counts must be equal, statistics agree to 1e-8.",
    tolerance=1e-8,
    pooled=_pooled,
    differences=_differences,
)
BENCHMARK = STATISTIC.benchmark()

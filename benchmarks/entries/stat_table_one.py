"""How long a masked Table 1 over five hospitals takes, beside pandas and SciPy on the pooled table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import stats

from benchmarks.statistics.compared import Statistic, apart, read_columns
from benchmarks.statistics.made_up_cohort import CONDITIONS, MEASURED, WITH_GAPS, StagedCohort
from benchmarks.statistics.questions import question
from onggi.spec.kinds import TableOneParameters
from onggi.spec.results import LevelsRow, TableOne

_NUMBERS = ("age", *MEASURED, *WITH_GAPS)
_LEVELS = (*CONDITIONS, "ward")
_BY = "treated"


def _pooled(staged: StagedCohort) -> dict[str, Any]:
    """Means, deviations, counts, differences and tests of every variable by group."""
    frame = read_columns(staged.pooled, (*_NUMBERS, *_LEVELS, _BY))
    told: dict[str, Any] = {}
    every = frame[list(_NUMBERS)].agg(["count", "mean", "std"])
    groups = frame.groupby(_BY)[list(_NUMBERS)].agg(["count", "mean", "std"])
    for name in _NUMBERS:
        own = groups[name]
        (n0, m0, s0), (n1, m1, s1) = own.to_numpy()
        test = stats.ttest_ind_from_stats(m0, s0, n0, m1, s1, n1, equal_var=False)
        told[name] = {
            "means": [every[name]["mean"], m0, m1],
            "deviations": [every[name]["std"], s0, s1],
            "missing": len(frame) - every[name]["count"],
            "difference": abs(m0 - m1) / np.sqrt((s0 * s0 + s1 * s1) / 2),
            "statistic": test.statistic,
        }
    for name in _LEVELS:
        counts = frame.groupby(_BY)[name].value_counts().unstack(0).sort_index().to_numpy()
        told[name] = {"counts": counts, "statistic": stats.chi2_contingency(counts, correction=False)[0]}
    return told


def _differences(answer: TableOne, told: dict[str, Any]) -> Sequence[float]:
    found = []
    for row in answer.variables:
        wanted = told[row.variable]
        assert row.test is not None, "two groups are compared"
        found.append(apart(abs(row.test.statistic), abs(wanted["statistic"])))
        if isinstance(row, LevelsRow):
            counts = np.array([level[1:] for level in row.persons])
            found.append(apart(counts[-len(wanted["counts"]) :], wanted["counts"]))
        else:
            found += [apart(row.means, wanted["means"]), apart(row.missing[0], wanted["missing"])]
            found += [apart(row.standard_deviations, wanted["deviations"])]
            found.append(apart(row.difference, wanted["difference"]))
    return found


STATISTIC = Statistic(
    name="stat_table_one",
    spec=question(
        TableOneParameters(variables=(*_NUMBERS, *_LEVELS), by=_BY),
        result="table_one",
        columns=(*_NUMBERS, *_LEVELS, _BY),
    ),
    peer="pandas' groupby with SciPy's tests (15 numbers, 8 flags and a category in two groups)",
    agrees="Counts, means, deviations, differences and test statistics must agree to 1e-8.",
    tolerance=1e-8,
    pooled=_pooled,
    differences=_differences,
)
BENCHMARK = STATISTIC.benchmark()

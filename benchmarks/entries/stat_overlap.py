"""How long a masked overlap of cohorts over five hospitals takes, beside pandas on the pooled table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analysis_jobs.variables.whole_columns import member_column, staged_name
from benchmarks.statistics.compared import Statistic, apart, read_columns
from benchmarks.statistics.made_up_cohort import COHORTS, StagedCohort
from benchmarks.statistics.questions import question
from onggi.spec.kinds import NamedCohort, OverlapParameters
from onggi.spec.results import OverlapTable

_MEMBERS = tuple(staged_name(member_column(at)) for at in range(len(COHORTS)))


def _pooled(staged: StagedCohort) -> tuple[Any, Any]:
    """Persons in exactly each combination of the cohorts, and in each cohort."""
    frame = read_columns(staged.pooled, _MEMBERS)
    return frame.groupby(list(_MEMBERS)).size(), frame.sum()


def _differences(answer: OverlapTable, told: tuple[Any, Any]) -> Sequence[float]:
    combinations, totals = told
    assert len(combinations) == len(answer.combinations), "some persons are in each combination"
    wanted = [combinations[tuple(int(inside) for inside in each)] for each in answer.combinations]
    return apart(answer.persons, wanted), apart(answer.totals, totals)


STATISTIC = Statistic(
    name="stat_overlap",
    spec=question(
        OverlapParameters(
            name=COHORTS[0], cohorts=tuple(NamedCohort(name=name, cohort={}) for name in COHORTS[1:])
        ),
        result="overlap_table",
    ),
    peer="pandas' groupby (31 combinations of five cohorts)",
    agrees="Counts must be equal.",
    tolerance=0.0,
    pooled=_pooled,
    differences=_differences,
)
BENCHMARK = STATISTIC.benchmark()

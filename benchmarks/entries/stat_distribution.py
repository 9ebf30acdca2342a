"""How long a masked histogram with quantiles over five hospitals takes, beside pandas and NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.statistics.compared import Statistic, apart, read_columns
from benchmarks.statistics.made_up_cohort import WARDS, StagedCohort
from benchmarks.statistics.questions import question
from onggi.spec.kinds import DistributionParameters
from onggi.spec.results import Distribution

_VARIABLE, _BY = "lab_a", "ward"
_CUTS = tuple(float(cut) for cut in range(65, 136, 2))
_QUANTILES = (0.25, 0.5, 0.75)


def _pooled(staged: StagedCohort) -> list[tuple[Any, Any]]:
    """(counts, quantiles) of everybody and of each group."""
    frame = read_columns(staged.pooled, (_VARIABLE, _BY)).dropna()
    edges = [-np.inf, *_CUTS, np.inf]
    grouped = frame.groupby(_BY)[_VARIABLE]
    parts = [frame[_VARIABLE], *(grouped.get_group(float(ward)) for ward in range(len(WARDS)))]
    return [
        (np.histogram(part.to_numpy(), bins=edges)[0], part.quantile(list(_QUANTILES)).to_numpy())
        for part in parts
    ]


def _differences(answer: Distribution, told: list[tuple[Any, Any]]) -> Sequence[float]:
    found = []
    for group, (counts, quantiles) in zip(answer.groups, told, strict=True):
        found.append(apart(group.persons, counts))
        for one, wanted in zip(group.quantiles, quantiles, strict=True):
            found.append(0.0 if one.low - 1e-9 <= wanted <= one.high + 1e-9 else 1.0)
    return found


STATISTIC = Statistic(
    name="stat_distribution",
    spec=question(
        DistributionParameters(variable=_VARIABLE, cuts=_CUTS, by=_BY, quantiles=_QUANTILES),
        result="distribution",
        columns=(_VARIABLE, _BY),
    ),
    peer="NumPy's histogram and pandas' quantiles (a number with gaps, 37 intervals, four groups)",
    agrees="Counts must be equal, and the library's quantiles lie within the grid's.",
    tolerance=0.0,
    pooled=_pooled,
    differences=_differences,
)
BENCHMARK = STATISTIC.benchmark()

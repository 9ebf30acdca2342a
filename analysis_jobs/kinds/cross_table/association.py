"""How the rows and columns of one table of persons go together, from the cells that are shown.

95 % intervals of two by two tables: Woolf (1955) for the odds ratio, Katz et al. (1978) for the risk ratio,
and the simple one with unpooled variances for the risk difference (Agresti 2013, section 3.1).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from analysis_jobs.kinds.group_tests import compare_shares, expected_counts
from onggi.probability import NORMAL_QUANTILE_975
from onggi.spec.results import CrossedPersons, Estimate, TwoByTwo


def crossed(
    stratum: str, persons: Sequence[Sequence[int]], *, row_totals: Sequence[int], column_totals: Sequence[int]
) -> CrossedPersons:
    """A table with everything that follows from its cells. Totals are given: rounded, they are no sums."""
    test = compare_shares(persons)
    shown = sum(map(sum, persons))
    smaller = min(len(persons), len(persons[0])) - 1
    if not all(map(sum, persons)) or not all(map(sum, zip(*persons, strict=True))):
        test = None  # an empty row or column is no smaller table: there is no test of this one
    return CrossedPersons(
        stratum=stratum,
        persons=tuple(tuple(line) for line in persons),
        row_totals=tuple(row_totals),
        column_totals=tuple(column_totals),
        total=sum(row_totals),
        test=test,
        cramers_v=math.sqrt(test.statistic / (shown * smaller)) if test is not None else None,
        smallest_expected=min(map(min, expected_counts(persons))) if shown else None,
        two_by_two=_two_by_two(persons),
    )


def _two_by_two(persons: Sequence[Sequence[int]]) -> TwoByTwo | None:
    """The second row against the first. None for other shapes and where a cell is empty."""
    if (len(persons), len(persons[0])) != (2, 2) or not all(map(all, persons)):
        return None
    (a, b), (c, d) = persons
    first, second = b / (a + b), d / (c + d)
    spread = math.sqrt(first * (1 - first) / (a + b) + second * (1 - second) / (c + d))
    return TwoByTwo(
        odds_ratio=_ratio((a / b) * (d / c), math.sqrt(1 / a + 1 / b + 1 / c + 1 / d)),
        risk_ratio=_ratio(second / first, math.sqrt(1 / b - 1 / (a + b) + 1 / d - 1 / (c + d))),
        risk_difference=Estimate(
            value=second - first,
            low=second - first - NORMAL_QUANTILE_975 * spread,
            high=second - first + NORMAL_QUANTILE_975 * spread,
        ),
    )


def _ratio(value: float, error: float) -> Estimate:
    """An interval that is symmetric on the logarithm's scale."""
    reach = math.exp(NORMAL_QUANTILE_975 * error)
    return Estimate(value=value, low=value / reach, high=value * reach)

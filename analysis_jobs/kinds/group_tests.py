"""Compares groups of persons: standardised differences and tests, from counts, means and standard deviations.

Everything is worked out from what a reader of the table sees, so that a rounded table's tests tell no more
than the table. None stands where a comparison has no value: nobody in a group, or nothing varies.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from analysis_jobs.kinds.glm.reproducible_algebra import NotPositive, cholesky, lower_inverse, product
from onggi.probability import chi_square_upper_tail, f_upper_tail, student_both_tails
from onggi.spec.results import GroupTest

_LEAST_SHARE = 1e-12
_NO_SPREAD = 1e-12


@dataclass(frozen=True, slots=True)
class Spread:
    """A number in one group: persons, mean and sample standard deviation."""

    persons: int
    mean: float
    deviation: float


def pooled_spread(groups: Sequence[Spread]) -> Spread | None:
    """All groups together (Chan, Golub and LeVeque 1983). None where fewer than two persons are in them."""
    persons = sum(group.persons for group in groups)
    told = [group for group in groups if group.persons]
    if persons < 2:
        return None
    mean = math.fsum(group.mean * (group.persons / persons) for group in told)
    unit = max((max(group.deviation, abs(group.mean - mean)) for group in told), default=0.0)
    if unit == 0:
        return Spread(persons, mean, 0.0)
    squares = math.fsum(
        (group.persons - 1) * (group.deviation / unit) ** 2
        + group.persons * ((group.mean - mean) / unit) ** 2
        for group in told
    )
    return Spread(persons, mean, unit * math.sqrt(squares / (persons - 1)))


def mean_difference(groups: Sequence[Spread | None]) -> float | None:
    """The largest absolute standardised mean difference of two groups (Austin 2009)."""
    found = [_mean_difference(one, other) for one, other in combinations(groups, 2)]
    return _largest(found)


def _mean_difference(one: Spread | None, other: Spread | None) -> float | None:
    if one is None or other is None:
        return None
    spread = math.hypot(one.deviation, other.deviation) / math.sqrt(2)
    return abs(one.mean - other.mean) / spread if spread > 0 else None


def share_difference(groups: Sequence[Sequence[int]]) -> float | None:
    """The same for levels: ``groups[group][level]`` persons (Austin 2009; Yang and Dalton 2012)."""
    return _largest([_share_difference(one, other) for one, other in combinations(groups, 2)])


def _share_difference(one: Sequence[int], other: Sequence[int]) -> float | None:
    if not sum(one) or not sum(other):
        return None
    first, second = np.array(one) / sum(one), np.array(other) / sum(other)
    # The first level follows from the others; one that nobody has adds nothing and would make S singular.
    kept = np.flatnonzero(first + second > _LEAST_SHARE)[1:]
    if not kept.size:
        return 0.0
    first, second = first[kept], second[kept]
    spread = -(np.outer(first, first) + np.outer(second, second)) / 2
    spread[np.diag_indices(kept.size)] += (first + second) / 2
    try:
        root = lower_inverse(cholesky(spread))
    except NotPositive:
        return None
    apart = product(root, first - second)
    squares = math.fsum((apart * apart).tolist())
    return math.sqrt(squares) if math.isfinite(squares) and squares < 1 / _LEAST_SHARE else None


def _largest(found: Sequence[float | None]) -> float | None:
    return max((each for each in found if each is not None), default=None)


def compare_means(groups: Sequence[Spread | None]) -> GroupTest | None:
    """Welch's t for two groups (1947), one-way analysis of variance (Fisher 1925) for more.

    Analysis of variance takes the groups' variances to be equal, Welch's test does not.
    """
    told = [group for group in groups if group is not None and group.persons > 1]
    if len(told) < 2 or len(told) < len(groups):
        return None
    return _welch(*told) if len(told) == 2 else _analysis_of_variance(told)


def _welch(one: Spread, other: Spread) -> GroupTest | None:
    errors = [group.deviation / math.sqrt(group.persons) for group in (one, other)]
    error = math.hypot(*errors)
    if not error > 0:
        return None
    parts = [
        (part / error) ** 4 / (group.persons - 1) for part, group in zip(errors, (one, other), strict=True)
    ]
    statistic, dof = (one.mean - other.mean) / error, 1 / sum(parts)
    p_value = student_both_tails(statistic, dof=dof)
    return GroupTest(test="welch_t", statistic=statistic, dof=dof, p_value=min(p_value, 1.0))


def _analysis_of_variance(groups: Sequence[Spread]) -> GroupTest | None:
    every = pooled_spread(groups)
    unit = max(group.deviation for group in groups)
    if every is None or not unit > 0:
        return None
    between = math.fsum(group.persons * ((group.mean - every.mean) / unit) ** 2 for group in groups)
    within = math.fsum((group.persons - 1) * (group.deviation / unit) ** 2 for group in groups)
    dof, rest = len(groups) - 1, every.persons - len(groups)
    statistic = (between / dof) / (within / rest)
    return GroupTest(
        test="one_way_anova",
        statistic=statistic,
        dof=dof,
        denominator_dof=rest,
        p_value=min(f_upper_tail(statistic, dof=dof, denominator_dof=rest), 1.0),
    )


def compare_shares(groups: Sequence[Sequence[int]]) -> GroupTest | None:
    """Pearson's chi-square (1900), without continuity correction; empty levels and groups do not count."""
    table = np.array(groups, dtype=np.float64)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    rows, columns = table.shape
    if rows < 2 or columns < 2 or rows < len(groups):
        return None
    expected = expected_counts(table.tolist())
    statistic = math.fsum(
        (count - wanted) ** 2 / wanted
        for line, wants in zip(table.tolist(), expected, strict=True)
        for count, wanted in zip(line, wants, strict=True)
    )
    dof = (rows - 1) * (columns - 1)
    p_value = chi_square_upper_tail(statistic, dof=dof)
    return GroupTest(test="pearson_chi_square", statistic=statistic, dof=dof, p_value=min(p_value, 1.0))


def expected_counts(table: Sequence[Sequence[float]]) -> list[list[float]]:
    """What each cell would hold if rows and columns had nothing to do with each other."""
    total = sum(map(sum, table))
    columns = [sum(column) for column in zip(*table, strict=True)]
    return [[sum(line) * column / total for column in columns] for line in table]

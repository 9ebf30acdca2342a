"""A Table 1 over many hospitals is the Table 1 of their rows together.

Counts are equal. A mean's error is measured against its standard deviation, everything else relatively:
1e-8 in clear and with replies rounded to 2^-32 as under masks.
"""

from __future__ import annotations

import math
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from onggi.spec.kinds import TableOneParameters
from onggi.spec.results import GroupTest, LevelsRow, NumberRow, TableOne
from tests.support.described_hospitals import RUNS, Hospitals, everyday_columns, hospitals, run
from tests.support.statistics_specs import Columns, asking, category, flag, number

VARIABLES = (
    number("age", 0, 120),
    number("crp", 0, 1),
    number("cells", 0, 1e10),
    flag("male"),
    category("stage", "i", "ii", "iii", "iv"),
    category("group", "a", "b", "c"),
    flag("treated"),
)
NUMBERS, LEVELS = ("age", "crp", "cells"), {"male": 2, "stage": 4}
GROUPS = {"group": 3, "treated": 2}


def table_one(columns: Columns, cuts: list[int], *, masked: bool, by: str | None, **given: Any) -> TableOne:
    asked = TableOneParameters(variables=(*NUMBERS, *LEVELS), by=by, **given)
    spec = asking(asked, variables=VARIABLES, sites=len(cuts) + 1, masked=masked)
    answer = run(spec, columns, cuts)
    assert isinstance(answer, TableOne)
    return answer


def in_columns(values: Any, columns: Columns, by: str | None) -> list[Any]:
    """Everybody's values, then each group's; with `by` only of persons who have a group."""
    if by is None:
        return [values]
    group = columns[by]
    return [values[~np.isnan(group)], *(values[group == at] for at in range(GROUPS[by]))]


def close(found: float | None, wanted: float) -> bool:
    if found is None or not math.isfinite(wanted):
        return found is None and not math.isfinite(wanted)
    return math.isclose(found, wanted, rel_tol=1e-8, abs_tol=1e-8)


def check_number(row: NumberRow, parts: list[Any]) -> None:
    known = [part[~np.isnan(part)] for part in parts]
    assert row.present == tuple(part.size for part in known)
    assert row.missing == tuple(int(np.isnan(part).sum()) for part in parts)
    for mean, deviation, values in zip(row.means, row.standard_deviations, known, strict=True):
        if values.size > 1:
            assert mean is not None
            assert deviation is not None
            # In double-double, so that the reference itself is exact.
            exact = math.fsum(values.tolist()) / values.size
            spread = math.sqrt(math.fsum(((values - exact) ** 2).tolist()) / (values.size - 1))
            assert abs(mean - exact) <= 1e-8 * spread + 1e-15 * abs(exact)
            assert deviation == pytest.approx(spread, rel=1e-8, abs=1e-300)
        else:
            assert deviation is None
            assert (mean is None) == (values.size == 0)


def check_differences(row: NumberRow | LevelsRow, wanted: list[float]) -> None:
    finite = [each for each in wanted if math.isfinite(each)]
    if finite:
        assert close(row.difference, max(finite))
    else:
        assert row.difference is None


def check_test(found: GroupTest | None, statistic: float, p_value: float) -> None:
    if not math.isfinite(statistic):
        assert found is None
        return
    assert found is not None
    assert found.statistic == pytest.approx(statistic, rel=1e-8, abs=1e-8)
    assert found.p_value == pytest.approx(p_value, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("by", [None, "treated", "group"])
@pytest.mark.parametrize("masked", RUNS)
@settings(max_examples=12, deadline=None, derandomize=True)
@given(where=hospitals(least=40))
def test_federated_table_equals_pooled_table(by: str | None, masked: bool, where: Hospitals) -> None:
    columns = everyday_columns(where.persons, where.seed)
    answer = table_one(columns, where.cuts, masked=masked, by=by)
    everyone = in_columns(np.ones(where.persons), columns, by)
    assert answer.persons == tuple(part.size for part in everyone)
    assert answer.sites == where.sites
    for row in answer.variables:
        parts = in_columns(columns[row.variable], columns, by)
        if isinstance(row, NumberRow):
            check_number(row, parts)
        else:
            counts = [[int((part == level).sum()) for part in parts] for level in range(LEVELS[row.variable])]
            assert [list(level) for level in row.persons] == counts
            assert row.missing == tuple(int(np.isnan(part).sum()) for part in parts)
        if by is None:
            assert (row.difference, row.test) == (None, None)
            continue
        groups = [part[~np.isnan(part)] for part in parts[1:]]
        if isinstance(row, NumberRow):
            check_differences(row, [number_difference(one, other) for one, other in combinations(groups, 2)])
            wanted = (
                stats.ttest_ind(*groups, equal_var=False) if len(groups) == 2 else stats.f_oneway(*groups)
            )
            check_test(row.test, float(wanted.statistic), float(wanted.pvalue))
        else:
            sizes = [np.bincount(each.astype(int), minlength=LEVELS[row.variable]) for each in groups]
            check_differences(row, [level_difference(one, other) for one, other in combinations(sizes, 2)])
            if np.array(sizes).sum(axis=0).all() and np.array(sizes).sum(axis=1).all():
                wanted = stats.chi2_contingency(np.array(sizes), correction=False)
                check_test(row.test, float(wanted.statistic), float(wanted.pvalue))


def number_difference(one: Any, other: Any) -> float:
    if one.size < 2 or other.size < 2:
        return math.nan
    spread = math.sqrt((one.var(ddof=1) + other.var(ddof=1)) / 2)
    return abs(float(one.mean() - other.mean())) / spread if spread else math.nan


def level_difference(one: Any, other: Any) -> float:
    """Yang and Dalton's formula with a general inverse: singular where a level is empty in both groups."""
    if not one.sum() or not other.sum():
        return math.nan
    p, q = one / one.sum(), other / other.sum()
    kept = np.flatnonzero(p + q)[1:]
    if not kept.size:
        return 0.0
    p, q = p[kept], q[kept]
    s = (np.diag(p) - np.outer(p, p) + np.diag(q) - np.outer(q, q)) / 2
    if np.linalg.cond(s) > 1e10:
        return math.nan
    return math.sqrt(float((p - q) @ np.linalg.solve(s, p - q)))


@pytest.mark.parametrize("masked", RUNS)
@settings(max_examples=15, deadline=None, derandomize=True)
@given(where=hospitals(least=40, most=300))
def test_who_lacks_a_complete_variable_stands_nowhere(masked: bool, where: Hospitals) -> None:
    columns = everyday_columns(where.persons, where.seed)
    answer = table_one(columns, where.cuts, masked=masked, by="treated", complete=("age", "stage"))
    kept = ~np.isnan(columns["age"]) & ~np.isnan(columns["stage"])
    alone = table_one(
        {name: values[kept] for name, values in columns.items()}, [], masked=masked, by="treated"
    )
    assert answer.persons == alone.persons
    for one, other in zip(answer.variables, alone.variables, strict=True):
        assert one.missing == other.missing
        if isinstance(one, NumberRow) and isinstance(other, NumberRow):
            assert one.present == other.present
            assert one.means == pytest.approx(other.means, rel=1e-9)
        if isinstance(one, LevelsRow) and isinstance(other, LevelsRow):
            assert one.persons == other.persons


@pytest.mark.parametrize("masked", RUNS)
@pytest.mark.parametrize("width", [1e-3, 1.0, 1e4, 1e7])
def test_a_narrow_number_in_a_wide_range_keeps_its_digits(masked: bool, width: float) -> None:
    rng = np.random.default_rng(5)
    values = 0.25 * width + rng.normal(0, 0.01, 500)
    spec = asking(
        TableOneParameters(variables=("x",)), variables=(number("x", -width, width),), sites=3, masked=masked
    )
    answer = run(spec, {"x": values}, [100, 100])
    assert isinstance(answer, TableOne)
    [row] = answer.variables
    assert isinstance(row, NumberRow)
    kept = values[np.abs(values) <= width]
    exact = math.fsum(kept.tolist()) / kept.size
    spread = math.sqrt(math.fsum(((kept - exact) ** 2).tolist()) / (kept.size - 1))
    assert row.means[0] is not None
    assert abs(row.means[0] - exact) <= 1e-8 * spread + 4e-16 * width
    assert row.standard_deviations[0] == pytest.approx(spread, rel=1e-8)


@pytest.mark.parametrize("masked", RUNS)
@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    values=st.lists(st.floats(-1e300, 1e300, allow_nan=False) | st.just(math.nan), min_size=1, max_size=30),
    groups=st.lists(st.integers(0, 1), min_size=30, max_size=30),
    cut=st.integers(0, 30),
)
def test_odd_numbers_are_answered_with_finite_numbers(
    masked: bool, values: list[float], groups: list[int], cut: int
) -> None:
    columns = {"x": np.array(values), "g": np.array(groups[: len(values)], dtype=float)}
    asked = TableOneParameters(variables=("x",), by="g")
    spec = asking(asked, variables=(number("x", -1e300, 1e300), flag("g")), sites=2, masked=masked)
    answer = run(spec, columns, [min(cut, len(values))])
    assert isinstance(answer, TableOne)
    [row] = answer.variables
    assert isinstance(row, NumberRow)
    known = columns["x"][~np.isnan(columns["x"])]
    assert row.present[0] == known.size
    if known.size > 1:
        # Values that the declared range cannot tell apart count as one: disclosure rules refuse them.
        assert row.means[0] == pytest.approx(math.fsum(known / known.size), rel=1e-7, abs=1e289)

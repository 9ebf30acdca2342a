"""Histograms and cross tables over many hospitals are those of their rows together: counts are equal.

What follows from the counts (quantiles, chi-square, ratios) is held against NumPy, SciPy and statsmodels.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import Table2x2
from statsmodels.stats.proportion import confint_proportions_2indep

from analysis_jobs.kinds.distribution.grid_quantiles import grid_quantile
from onggi.spec.kinds import CrossTableParameters, DistributionParameters
from onggi.spec.results import CrossedPersons, CrossTable, Distribution
from tests.support.described_hospitals import RUNS, Hospitals, everyday_columns, hospitals, run
from tests.support.statistics_specs import asking, category, flag, number

CUTS = {
    "age": (120.0, (35.0, 47.5, 50.0, 60.0, 75.0)),
    "crp": (1.0, (5e-5, 1e-4, 3e-4, 1e-3)),
    "cells": (1e10, (3.6e9, 4e9, 4.1e9, 4.9e9)),
}
"""The largest believable value and the cuts: years, and numbers in tiny and in huge units."""
STAGE = category("stage", "i", "ii", "iii", "iv")
GROUP = category("group", "a", "b", "c")


@pytest.mark.parametrize("name", CUTS)
@pytest.mark.parametrize("by", [None, "group"])
@pytest.mark.parametrize("masked", RUNS)
@settings(max_examples=8, deadline=None, derandomize=True)
@given(where=hospitals())
def test_federated_histogram_equals_pooled_histogram(
    name: str, by: str | None, masked: bool, where: Hospitals
) -> None:
    columns = everyday_columns(where.persons, where.seed)
    if not (~np.isnan(columns[name]) & ~np.isnan(columns["group"])).any():
        return
    top, cuts = CUTS[name]
    asked = DistributionParameters(variable=name, cuts=cuts, by=by, quantiles=(0.1, 0.5, 0.999))
    spec = asking(asked, variables=(number(name, 0, top), GROUP), sites=where.sites, masked=masked)
    answer = run(spec, columns, where.cuts)
    assert isinstance(answer, Distribution)
    known = columns[name] if by is None else columns[name][~np.isnan(columns["group"])]
    groups = [known, *(columns[name][columns["group"] == at] for at in range(3 if by else 0))]
    assert [each.group for each in answer.groups] == ["overall", *(("a", "b", "c") if by else ())]
    for told, values in zip(answer.groups, groups, strict=True):
        values = values[~np.isnan(values)]
        assert told.persons == tuple(np.histogram(values, bins=answer.edges)[0])
        assert len(told.quantiles) == (3 if values.size else 0)
        for each in told.quantiles:
            exact = np.quantile(values, each.probability, method="inverted_cdf")
            assert each.low <= exact <= each.high
            assert each.low <= each.interpolated <= each.high


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    persons=st.lists(st.integers(0, 9), min_size=1, max_size=8).filter(any),
    probability=st.floats(0.001, 0.999),
)
def test_interpolation_is_that_of_the_cumulated_counts(persons: list[int], probability: float) -> None:
    edges = np.cumsum([0.0, *(1.0 + at for at in range(len(persons)))])
    told = grid_quantile(edges.tolist(), persons, probability)
    shares = np.concatenate([[0], np.cumsum(persons)]) / sum(persons)
    wanted = np.interp(probability, shares, edges)
    flat = np.isclose(shares, probability, rtol=1e-12).sum() > 1  # an empty interval: any point of it will do
    assert flat or told.interpolated == pytest.approx(wanted, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("strata", [None, "group"])
@pytest.mark.parametrize(("rows", "columns"), [("male", "treated"), ("stage", "male"), ("treated", "stage")])
@pytest.mark.parametrize("masked", RUNS)
@settings(max_examples=8, deadline=None, derandomize=True)
@given(where=hospitals(least=30))
def test_federated_cross_table_equals_pooled_cross_table(
    strata: str | None, rows: str, columns: str, masked: bool, where: Hospitals
) -> None:
    data = everyday_columns(where.persons, where.seed)
    asked = CrossTableParameters(rows=rows, columns=columns, strata=strata)
    variables = (flag("male"), flag("treated"), STAGE, GROUP)
    spec = asking(asked, variables=variables, sites=where.sites, masked=masked)
    answer = run(spec, data, where.cuts)
    assert isinstance(answer, CrossTable)
    known = ~np.isnan(data["stage"]) if "stage" in (rows, columns) else np.ones(where.persons, dtype=bool)
    if strata is not None:
        known &= ~np.isnan(data["group"])
    parts = [known, *(known & (data["group"] == at) for at in range(3 if strata else 0))]
    for told, inside in zip(answer.tables, parts, strict=True):
        wanted = np.zeros((len(answer.row_levels), len(answer.column_levels)), dtype=int)
        np.add.at(wanted, (data[rows][inside].astype(int), data[columns][inside].astype(int)), 1)
        assert told.persons == tuple(map(tuple, wanted))
        assert told.row_totals == tuple(wanted.sum(axis=1))
        assert told.column_totals == tuple(wanted.sum(axis=0))
        assert told.total == inside.sum()
        check_association(told, wanted)


def check_association(told: CrossedPersons, table: Any) -> None:
    if not table.sum(axis=0).all() or not table.sum(axis=1).all():
        assert (told.test, told.cramers_v, told.two_by_two) == (None, None, None)
        return
    wanted = stats.chi2_contingency(table, correction=False)
    assert told.test is not None
    assert told.test.statistic == pytest.approx(wanted.statistic, rel=1e-10, abs=1e-10)
    assert told.test.p_value == pytest.approx(wanted.pvalue, rel=1e-8)
    assert told.test.dof == wanted.dof
    assert told.smallest_expected == pytest.approx(wanted.expected_freq.min(), rel=1e-12)
    association = stats.contingency.association(table, method="cramer", correction=False)
    assert told.cramers_v == pytest.approx(association, rel=1e-9, abs=1e-8)
    if table.shape != (2, 2) or not table.all():
        assert told.two_by_two is None
        return
    assert told.two_by_two is not None
    # statsmodels compares the first row with the second, in having the first column's level.
    turned = Table2x2(table[::-1, ::-1])
    for mine, value, interval in (
        (told.two_by_two.odds_ratio, turned.oddsratio, turned.oddsratio_confint()),
        (told.two_by_two.risk_ratio, turned.riskratio, turned.riskratio_confint()),
    ):
        assert (mine.value, mine.low, mine.high) == pytest.approx((value, *interval), rel=1e-10)
    (a, b), (c, d) = table
    difference = told.two_by_two.risk_difference
    low, high = confint_proportions_2indep(d, c + d, b, a + b, method="wald", compare="diff")
    assert difference.value == pytest.approx(d / (c + d) - b / (a + b), rel=1e-12, abs=1e-15)
    assert (difference.low, difference.high) == pytest.approx((low, high), rel=1e-10)
    assert math.isfinite(difference.high)

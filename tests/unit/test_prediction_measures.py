"""Measures of a prediction from cells alone: definitions, and where they end."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from analysis_jobs.kinds.prediction.bins import Cells, bin_of
from analysis_jobs.kinds.prediction.calibration import expected_observed, hosmer_lemeshow, risk_groups
from analysis_jobs.kinds.prediction.decision_curve import at_thresholds, net_benefit
from analysis_jobs.kinds.prediction.roc import discrimination
from analysis_jobs.kinds.prediction.shares import share
from onggi.probability import chi_square_upper_tail

EDGES = (0.2, 0.4, 0.6, 0.8)
RATINGS = Cells(EDGES, events=(3, 2, 2, 11, 33), others=(33, 6, 6, 11, 2))
"""109 computed tomographs in five ratings: Hanley and McNeil (1982), table I."""


def _ranks(cells: Cells) -> tuple[list[int], list[int]]:
    with_it = [at for at, count in enumerate(cells.events) for _ in range(count)]
    without = [at for at, count in enumerate(cells.others) for _ in range(count)]
    return with_it, without


counts = st.lists(st.integers(0, 6), min_size=5, max_size=5)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(events=counts.filter(any), others=counts.filter(any))
def test_area_and_bounds_are_those_of_all_pairs(events: list[int], others: list[int]) -> None:
    cells = Cells(EDGES, tuple(events), tuple(others))
    with_it, without = _ranks(cells)
    pairs = [(one, other) for one in with_it for other in without]
    above = sum(one > other for one, other in pairs)
    tied = sum(one == other for one, other in pairs)
    found = discrimination(cells)
    assert found.auc.value == pytest.approx((above + tied / 2) / len(pairs), abs=1e-12)
    assert found.auc_least == pytest.approx(above / len(pairs), abs=1e-12)
    assert found.auc_most == pytest.approx((above + tied) / len(pairs), abs=1e-12)
    trapezoid = -np.trapezoid(
        [point.true_positive_rate for point in found.roc], [point.false_positive_rate for point in found.roc]
    )
    assert found.auc.value == pytest.approx(trapezoid, abs=1e-12)
    assert 0 <= found.auc.low <= found.auc.high <= 1


def test_a_risk_at_an_edge_lies_above_it() -> None:
    assert bin_of(np.array([0.0, 0.19, 0.2, 0.8, 1.0]), EDGES).tolist() == [0, 0, 1, 4, 4]


def test_classification_and_net_benefit_by_their_definitions() -> None:
    (at,) = at_thresholds(RATINGS, (0.6,))
    assert (at.true_positives, at.false_positives) == (44, 13)
    assert (at.true_negatives, at.false_negatives) == (45, 7)
    assert at.sensitivity is not None
    assert at.sensitivity.value == 44 / 51
    assert at.positive_predictive_value is not None
    assert at.positive_predictive_value.value == 44 / 57
    assert at.net_benefit == pytest.approx(44 / 109 - 13 / 109 * 0.6 / 0.4)
    assert at.net_benefit_all == pytest.approx(51 / 109 - 58 / 109 * 0.6 / 0.4)


def test_treating_all_benefits_nobody_at_a_threshold_of_the_observed_share() -> None:
    assert net_benefit(true_positives=30, false_positives=70, persons=100, threshold=0.3) == pytest.approx(0)


@pytest.mark.parametrize(("part", "whole"), [(0, 12), (12, 12), (1, 3), (77, 1000)])
def test_intervals_of_shares_are_wilsons(part: int, whole: int) -> None:
    found = share(part, whole)
    assert found is not None
    low, high = proportion_confint(part, whole, method="wilson")
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-12), pytest.approx(high, abs=1e-12))
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert share(0, 0) is None


@pytest.mark.parametrize("dof", [1, 2, 3, 8, 9, 100])
@pytest.mark.parametrize("value", [0.0, 1e-9, 0.3, 5.0, 80.0, 900.0, 1e15])
def test_the_tail_of_chi_square(value: float, dof: int) -> None:
    assert chi_square_upper_tail(value, dof=dof) == pytest.approx(
        stats.chi2.sf(value, dof), rel=1e-9, abs=1e-300
    )


def test_groups_without_anybody_count_for_nothing() -> None:
    cells = Cells((0.3, 0.6), events=(10, 0, 20), others=(30, 0, 10))
    groups = risk_groups(cells, (0.25, None, 0.75))
    assert groups[1].observed is None
    value, dof, p_value = hosmer_lemeshow(groups, developed_here=False)
    assert value == pytest.approx((20 - 22.5) ** 2 / (30 * 0.75 * 0.25))
    assert (dof, p_value) == (2, pytest.approx(stats.chi2.sf(value, 2)))
    assert hosmer_lemeshow(groups, developed_here=True)[1:] == (0, None)
    assert expected_observed(groups).value == pytest.approx(32.5 / 30)

"""Tails and quantiles agree with SciPy's."""

from __future__ import annotations

import pytest
from scipy import stats

from onggi.probability import (
    NORMAL_QUANTILE_975,
    chi_square_upper_tail,
    f_upper_tail,
    gamma_quantile,
    poisson_interval,
    student_both_tails,
)

FAR = [0.0, 1e-9, 0.3, 1.0, 4.2, 25.0, 180.0, 900.0]


@pytest.mark.parametrize("x", FAR)
@pytest.mark.parametrize("dof", [1, 2, 7.5, 40, 999, 250_000])
def test_tails_of_chi_square_student_and_f(x: float, dof: float) -> None:
    assert chi_square_upper_tail(x, dof=dof) == pytest.approx(stats.chi2.sf(x, dof), rel=1e-9, abs=1e-300)
    assert student_both_tails(-x, dof=dof) == pytest.approx(2 * stats.t.sf(x, dof), rel=1e-9, abs=1e-290)
    for groups in (1, 3, 19):
        told = f_upper_tail(x, dof=groups, denominator_dof=dof)
        assert told == pytest.approx(stats.f.sf(x, groups, dof), rel=1e-8, abs=1e-290)


@pytest.mark.parametrize("x", [110_000.0, 99_000.0, 100_900.0])
def test_a_chi_square_with_very_many_degrees_of_freedom(x: float) -> None:
    assert chi_square_upper_tail(x, dof=100_000) == pytest.approx(stats.chi2.sf(x, 100_000), rel=1e-8)


@pytest.mark.parametrize("shape", [0.2, 1, 2.5, 10, 343.25, 50_000, 1_000_000])
@pytest.mark.parametrize("probability", [1e-6, 0.025, 0.5, 0.975, 0.999999])
def test_quantiles_of_gamma(shape: float, probability: float) -> None:
    found = gamma_quantile(probability, shape=shape)
    assert found == pytest.approx(stats.gamma.ppf(probability, shape), rel=2e-9)


@pytest.mark.parametrize(
    ("events", "low", "high"), [(0, 0.0, 3.688879), (1, 0.025318, 5.571643), (10, 4.795389, 18.390356)]
)
def test_garwoods_intervals_are_the_published_ones(events: int, low: float, high: float) -> None:
    assert poisson_interval(events) == pytest.approx((low, high), abs=1e-6)


def test_infinity_has_no_tail() -> None:
    assert f_upper_tail(float("inf"), dof=1, denominator_dof=4) == 0
    assert student_both_tails(float("inf"), dof=4) == 0
    assert stats.norm.ppf(0.975) == pytest.approx(NORMAL_QUANTILE_975, abs=1e-15)

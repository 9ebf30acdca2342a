"""Rates over many hospitals are those of their rows together: counts are equal, and so are days of
person-time.

Crude rates are held against statsmodels' and SciPy's exact intervals, standardised ones against the
formulas of Fay and Feuer (1997) written with SciPy's gamma distribution.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from scipy import stats
from statsmodels.stats.rates import confint_poisson

from onggi.spec.kinds import RatesParameters, RateStrata
from onggi.spec.results import Estimate, Rates
from tests.support.described_hospitals import RUNS, Hospitals, everyday_columns, hospitals, run
from tests.support.statistics_specs import Columns, asking, flag, in_order_of, number

FALL = {"name": "fall", "event": {"domain": "death"}, "horizon_days": 1000, "prior_events": "missing"}
COMPETED = FALL | {"competing": [{"domain": "condition", "concepts": [1]}]}
STRATA = (RateStrata(variable="age", cuts=(50, 65)), RateStrata(variable="male"))
STANDARD = (30.0, 25.0, 20.0, 15.0, 7.0, 3.0)
REFERENCE = (100.0, 150.0, 300.0, 320.0, 500.0, 512.5)
YEAR = 365.25


def followed_up(where: Hospitals) -> Columns:
    columns = dict(everyday_columns(where.persons, where.seed))
    rng = np.random.default_rng(where.seed + 1)
    days = rng.integers(0, 1001, where.persons).astype(float)
    what = rng.choice([0.0, 1.0, 2.0], where.persons, p=[0.4, 0.5, 0.1])
    missing = rng.random(where.persons) < 0.05
    columns |= {
        "fall_days": np.where(missing, np.nan, days),
        "fall_event": np.where(missing, np.nan, what),
    }
    return in_order_of(columns, "fall_event") if where.seed % 2 else columns


def rates(columns: Columns, cuts: list[int], *, masked: bool, **given: Any) -> Rates:
    variables = (number("age", 0, 120), flag("male"), flag("treated"))
    asked = RatesParameters(outcome="fall", **given)
    spec = asking(asked, variables=variables, outcomes=(COMPETED,), sites=len(cuts) + 1, masked=masked)
    answer = run(spec, columns, cuts)
    assert isinstance(answer, Rates)
    return answer


def check(found: Estimate | None, value: float, interval: Any) -> None:
    assert found is not None
    assert found.value == pytest.approx(value, rel=1e-12)
    assert (found.low, found.high) == pytest.approx(tuple(interval), rel=1e-9)


@pytest.mark.parametrize("by", [None, "treated"])
@pytest.mark.parametrize("masked", RUNS)
@settings(max_examples=15, deadline=None, derandomize=True)
@given(where=hospitals(least=80))
def test_federated_rates_equal_pooled_rates(by: str | None, masked: bool, where: Hospitals) -> None:
    columns = followed_up(where)
    answer = rates(
        columns,
        where.cuts,
        masked=masked,
        by=by,
        strata=STRATA,
        standard=STANDARD,
        reference_rates=REFERENCE,
    )
    known = ~np.isnan(columns["fall_days"]) & ~np.isnan(columns["age"])
    parts = [known, *(known & (columns["treated"] == at) for at in range(2 if by else 0))]
    band = np.searchsorted([50, 65], columns["age"], side="right")
    for at, (group, inside) in enumerate(zip(answer.groups, parts, strict=True)):
        event = inside & (columns["fall_event"] == 1)
        years = columns["fall_days"][inside].sum() / YEAR
        assert (group.persons, group.events) == (inside.sum(), event.sum())
        assert group.person_years == pytest.approx(years, rel=1e-14)
        check(
            group.rate,
            1000 * event.sum() / years,
            1000 * np.array(confint_poisson(event.sum(), years, method="exact-c")),
        )
        cells = answer.strata[6 * at : 6 * at + 6]
        counts, times = [], []
        for place, cell in enumerate(cells):
            here = inside & (band == place // 2) & (columns["male"] == place % 2)
            counts.append(int((here & event).sum()))
            times.append(columns["fall_days"][here].sum() / YEAR)
            assert (cell.group, cell.persons, cell.events) == (group.group, here.sum(), counts[-1])
            assert cell.person_years == pytest.approx(times[-1], rel=1e-14)
        check_ratio(group.ratio, group.expected, counts, times)
        if all(times):
            check_standardised(group.standardised, np.array(counts), np.array(times))
        else:
            assert group.standardised is None


def check_ratio(
    found: Estimate | None, expected: float | None, counts: list[int], times: list[float]
) -> None:
    wanted = float(np.dot(REFERENCE, times)) / 1000
    assert expected == pytest.approx(wanted, rel=1e-12)
    observed = sum(counts)
    low = stats.chi2.ppf(0.025, 2 * observed) / 2 if observed else 0.0
    check(found, observed / wanted, (low / wanted, stats.chi2.ppf(0.975, 2 * observed + 2) / 2 / wanted))


def check_standardised(found: Estimate | None, counts: Any, times: Any) -> None:
    weights = 1000 * np.array(STANDARD) / sum(STANDARD) / times
    value, variance, most = weights @ counts, weights**2 @ counts, weights.max()
    low = stats.gamma.ppf(0.025, value**2 / variance, scale=variance / value) if value else 0.0
    above, spread = value + most, variance + most**2
    check(found, value, (low, stats.gamma.ppf(0.975, above**2 / spread, scale=spread / above)))


@pytest.mark.parametrize("masked", RUNS)
@settings(max_examples=15, deadline=None, derandomize=True)
@given(where=hospitals(least=30))
def test_events_of_strata_stay_away_where_reference_rates_alone_are_given(
    masked: bool, where: Hospitals
) -> None:
    columns = followed_up(where)
    given: dict[str, Any] = {"masked": masked, "by": "treated", "strata": STRATA}
    answer = rates(columns, where.cuts, reference_rates=REFERENCE, **given)
    whole = rates(columns, where.cuts, reference_rates=REFERENCE, standard=STANDARD, **given)
    assert all(cell.events is None and cell.rate is None for cell in answer.strata)
    assert [each.ratio for each in answer.groups] == [each.ratio for each in whole.groups]
    assert [each.rate for each in answer.groups] == [each.rate for each in whole.groups]
    assert all(each.standardised is None for each in answer.groups)


@pytest.mark.parametrize("masked", RUNS)
def test_the_person_time_of_long_follow_up_adds_up_without_rounding(masked: bool) -> None:
    outcome = FALL | {"horizon_days": 36_525}
    spec = asking(RatesParameters(outcome="fall"), outcomes=(outcome,), sites=4, masked=masked)
    days = np.arange(30_000) % 36_526.0
    columns = {"fall_days": days, "fall_event": (days % 7 == 0).astype(float)}
    answer = run(spec, columns, [1, 2, 29_000])
    assert isinstance(answer, Rates)
    assert answer.groups[0].person_years == days.sum() / YEAR

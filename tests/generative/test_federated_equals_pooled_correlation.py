"""Correlations over many hospitals are those of their rows together, to 1e-9, in clear and under masks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from onggi.errors import Refused
from onggi.spec.kinds import CorrelationParameters
from onggi.spec.results import Correlation
from tests.support.described_hospitals import RUNS, Hospitals, everyday_columns, hospitals, run
from tests.support.statistics_specs import asking, number

VARIABLES = (number("age", 0, 120), number("crp", 0, 1), number("cells", 0, 1e10))


def correlate(columns: Any, cuts: list[int], *, masked: bool, variables: Any = VARIABLES) -> Correlation:
    asked = CorrelationParameters(variables=tuple(each.name for each in variables))
    spec = asking(asked, variables=variables, sites=len(cuts) + 1, masked=masked)
    answer = run(spec, columns, cuts)
    assert isinstance(answer, Correlation)
    return answer


@pytest.mark.parametrize("masked", RUNS)
@settings(max_examples=25, deadline=None, derandomize=True)
@given(where=hospitals(least=30))
def test_federated_correlation_equals_pooled_correlation(masked: bool, where: Hospitals) -> None:
    columns = dict(everyday_columns(where.persons, where.seed))
    columns["cells"] = columns["cells"] + 1e7 * np.nan_to_num(columns["age"])
    answer = correlate(columns, where.cuts, masked=masked)
    known = ~np.isnan(columns["age"]) & ~np.isnan(columns["crp"])
    assert answer.n == known.sum()
    assert len(answer.pairs) == 3
    for pair in answer.pairs:
        wanted = stats.pearsonr(columns[pair.first][known], columns[pair.second][known])
        assert pair.coefficient == pytest.approx(wanted.statistic, abs=1e-9)
        assert pair.p_value == pytest.approx(wanted.pvalue, rel=1e-6, abs=1e-12)
        interval = wanted.confidence_interval()
        assert (pair.low, pair.high) == pytest.approx((interval.low, interval.high), abs=1e-8)
    order = [[columns[one][known] for one in answer.variables]]
    assert np.allclose(answer.matrix(), np.corrcoef(order[0]), atol=1e-9)


@pytest.mark.parametrize("masked", RUNS)
@pytest.mark.parametrize("width", [1.0, 1e4, 1e7])
@pytest.mark.parametrize("likeness", [0.0, 1e-3])
def test_narrow_and_very_similar_numbers_keep_their_digits(
    masked: bool, width: float, likeness: float
) -> None:
    rng = np.random.default_rng(3)
    x = 0.25 * width + rng.normal(0, 0.01, 700)
    y = x + (likeness or 1) * rng.normal(0, 0.01, 700)
    variables = (number("x", -width, width), number("y", -width, width))
    answer = correlate({"x": x, "y": y}, [5, 5, 300], masked=masked, variables=variables)
    u, v = x - math.fsum(x) / 700, y - math.fsum(y) / 700
    exact = math.fsum(u * v) / math.sqrt(math.fsum(u * u) * math.fsum(v * v))
    assert answer.pairs[0].coefficient == pytest.approx(exact, abs=1e-8)


CANNOT = ("too_few", "constant", "collinear")


def answer_or_code(columns: Any, cuts: list[int], **given: Any) -> Correlation | str:
    try:
        return correlate(columns, cuts, **given)
    except Refused as refused:
        return refused.code


@pytest.mark.parametrize("masked", RUNS)
@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    values=st.lists(
        st.tuples(*(st.floats(-1e300, 1e300, allow_nan=False) | st.just(math.nan) for _ in range(2))),
        min_size=1,
        max_size=25,
    ),
    cut=st.integers(0, 25),
)
def test_odd_numbers_are_answered_or_refused_with_a_code(
    masked: bool, values: list[tuple[float, float]], cut: int
) -> None:
    x, y = np.array(values).T
    variables = (number("x", -1e300, 1e300), number("y", -1e300, 1e300))
    answer = answer_or_code({"x": x, "y": y}, [min(cut, len(values))], masked=masked, variables=variables)
    if isinstance(answer, str):
        assert answer in ("describe.nobody", *(f"correlation.{why}" for why in CANNOT))
        return
    [pair] = answer.pairs
    assert -1 <= pair.low <= pair.coefficient <= pair.high <= 1


@pytest.mark.parametrize("masked", RUNS)
@pytest.mark.parametrize("sign", [1.0, -3.0])
def test_constant_and_collinear_numbers_are_refused_by_name(masked: bool, sign: float) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(50, 5, 200)
    variables = (number("x", 0, 100), number("y", -1000, 1000))
    with pytest.raises(Refused) as refused:
        correlate({"x": x, "y": sign * x + 7}, [50], masked=masked, variables=variables)
    assert refused.value.code == "correlation.collinear"
    assert refused.value.facts == {"first": "x", "second": "y"}
    with pytest.raises(Refused) as refused:
        correlate({"x": x, "y": np.full(200, 0.1)}, [50], masked=masked, variables=variables)
    assert (refused.value.code, refused.value.facts) == ("correlation.constant", {"variable": "y"})

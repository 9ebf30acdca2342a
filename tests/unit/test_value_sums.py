"""The additive rule on a number's sum keeps what the rules on its largest two contributors keep."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onggi.errors import Refused
from privacy.disclosure.looks import listen_to_looks
from privacy.disclosure.rounding import round_to_digits, round_to_error
from privacy.disclosure.value_sums import ValueSums, check_values


def check(values: list[float], *, threshold: int = 10) -> None:
    x = np.array(values)
    sums = ValueSums(
        persons=x.size,
        contributors=np.count_nonzero(x),
        sizes=float(np.abs(x).sum()),
        squares=float(x @ x),
        scaled=float((x / 100).sum()),
        scaled_squares=float((x / 100) @ (x / 100)),
        noise=0.0,
    )
    check_values("cell", sums, threshold=threshold, effective=5)


def passes(values: list[float], *, threshold: int = 10) -> bool:
    try:
        check(values, threshold=threshold)
    except Refused:
        return False
    return True


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.floats(0, 100) | st.sampled_from([0.0, 100.0]), min_size=1, max_size=25))
def test_what_passes_keeps_the_rules_on_the_two_largest(values: list[float]) -> None:
    if not passes(values):
        return
    *rest, second, largest = sorted(values)
    assert largest + second <= 0.64 * sum(values)
    assert sum(rest) >= 0.1 * largest
    assert sum(value > 0 for value in values) >= 10
    assert min(values) < largest


def test_ordinary_skewed_values_pass_and_one_hospital_bill_does_not() -> None:
    rng = np.random.default_rng(3)
    assert passes(rng.lognormal(1, 1, 30).clip(0, 100).tolist())
    assert not passes([*rng.uniform(0, 1, 30).tolist(), 90.0])


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ([1.0, *[0.0] * 50], "disclosure.small_cell"),
        ([0.0] * 50, "disclosure.small_cell"),
        ([5.0] * 50, "disclosure.one_value"),
        ([100.0, *[0.1] * 50], "disclosure.effective_sample"),
    ],
)
def test_each_rule_refuses_with_its_code_and_without_a_number(values: list[float], code: str) -> None:
    with listen_to_looks() as heard, pytest.raises(Refused) as refused:
        check(values)
    assert refused.value.code == code
    assert set(refused.value.facts) <= {"cell", "threshold"}
    assert [each.kept for each in heard] == [*[True] * (len(heard) - 1), False]


def test_estimates_keep_a_tenth_of_their_error_and_sums_four_digits() -> None:
    assert round_to_digits(123_456.0, digits=4) == 123_500.0
    assert round_to_digits(0.0, digits=4) == 0.0
    assert round_to_digits(-0.000123456, digits=4) == -0.0001235
    assert round_to_error(63.123456, error=0.5, digits=4) == 63.12
    assert round_to_error(63.123456, error=50, digits=4) == 63.0
    assert round_to_error(63_123.456, error=5000, digits=4) == 63_100.0
    assert round_to_error(63.123456, error=0.0, digits=4) == 63.12
    assert (
        round_to_digits(1.7976e308, digits=4)
        == round_to_error(1.7976e308, error=1e308, digits=4)
        == 1.7976e308
    )
    assert round_to_error(0.5, error=5e-324, digits=4) == 0.5
    for finer, coarser in pairwise([1e-12, 1e-6, 1.0, 1e6]):
        assert abs(round_to_error(1e6 / 7, error=finer, digits=4) - 1e6 / 7) <= finer / 10
        assert round_to_error(1e6 / 7, error=finer, digits=4) != round_to_error(
            1e6 / 7, error=coarser, digits=4
        )

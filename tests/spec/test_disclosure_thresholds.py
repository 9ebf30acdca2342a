"""Groups of fewer persons than the threshold are not described, zero and subtraction included."""

from __future__ import annotations

import pytest

from onggi.errors import Refused
from privacy.disclosure.rounding import round_to_base
from privacy.disclosure.thresholds import (
    check_effective_sample,
    check_funnel,
    check_persons,
    check_residual_dof,
    is_small,
)

title = "What describes fewer persons than the threshold is refused, and the refusal shows no number"


def verdict(check: object, *given: object, **rules: object) -> str:
    try:
        check(*given, **rules)  # type: ignore[operator]  # the tables below hold the checks with their arguments
    except Refused as refused:
        return f"{refused.code} {refused.facts.get('cell', '')}".strip()
    return "shown"


@pytest.mark.parametrize(
    ("persons", "expected"),
    [
        (10, "shown"),
        (9, "disclosure.small_cell cp=2"),
        (1, "disclosure.small_cell cp=2"),
        (0, "disclosure.small_cell cp=2"),  # "nobody has it" is told of every person counted
        (float("nan"), "disclosure.small_cell cp=2"),  # no number is no evidence
    ],
)
def test_a_cell(persons: float, expected: str) -> None:
    assert verdict(check_persons, {"cp=1": 50, "cp=2": persons}, threshold=10) == expected


def test_a_zero_that_cannot_be_otherwise_says_nothing() -> None:
    assert is_small(0, threshold=10)
    assert not is_small(0, threshold=10, structural_zero=True)
    assert is_small(1, threshold=10, structural_zero=True)


@pytest.mark.parametrize(
    ("funnel", "expected"),
    [
        ((920, 628, 370, 217), "shown"),
        ((920, 910, 300, 200), "shown"),  # ten dropped out: enough
        ((920, 911, 300, 200), "disclosure.small_difference step 1"),  # 920 - 911 shows a group of nine
        ((920, 628, 627, 200), "disclosure.small_difference step 2"),
        ((920, 920, 300, 200), "shown"),  # nobody dropped out: that speaks of a large step
        ((920, 50, 50, 30), "shown"),
        ((920, 49, 49, 30), "disclosure.small_difference step 2"),  # nobody of 49 lacks it
        ((920, 300, 12, 12), "disclosure.small_difference step 3"),
        ((920, 628, 370, 9), "disclosure.small_cell step 3"),
        ((920, 628, 370, 0), "disclosure.small_cell step 3"),
        ((9, 9, 9, 9), "disclosure.small_cell step 0"),
    ],
)
def test_a_funnel(funnel: tuple[int, ...], expected: str) -> None:
    steps = [f"step {k}" for k in range(len(funnel))]
    assert verdict(check_funnel, steps, funnel, threshold=10, zero_drop_is_small=False) == expected


def test_a_site_may_hold_that_everybody_staying_is_telling() -> None:
    steps, funnel = ["all", "HIV test positive"], (300, 300)
    assert verdict(check_funnel, steps, funnel, threshold=10, zero_drop_is_small=False) == "shown"
    strict = verdict(check_funnel, steps, funnel, threshold=10, zero_drop_is_small=True)
    assert strict == "disclosure.small_difference HIV test positive"


@pytest.mark.parametrize(
    ("n", "parameters", "expected"),
    [(853, 10, "shown"), (20, 10, "shown"), (19, 10, "disclosure.low_dof"), (5, 10, "disclosure.low_dof")],
)
def test_residual_degrees_of_freedom(n: int, parameters: int, expected: str) -> None:
    assert verdict(check_residual_dof, n=n, parameters=parameters, minimum=10) == expected


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ([1.0] * 10, "shown"),
        ([1e-30] * 10, "shown"),  # what counts is how evenly the weight is spread, not how much there is
        ([1.0] * 9, "disclosure.effective_sample"),
        ([1.0] + [1e-9] * 1000, "disclosure.effective_sample"),  # one person among a thousand
        ([0.0] * 1000, "disclosure.effective_sample"),
        ([float("nan")] * 50, "disclosure.effective_sample"),
    ],
)
def test_effective_sample_size(weights: list[float], expected: str) -> None:
    total, squares = sum(weights), sum(weight**2 for weight in weights)
    found = verdict(check_effective_sample, weight_sum=total, weight_squares=squares, threshold=10)
    assert found == expected


def test_rounding_goes_to_the_nearest_multiple() -> None:
    assert [round_to_base(n, base=5) for n in (10, 11, 12, 13, 14, 15, 217, 628)] == [
        10, 10, 10, 15, 15, 15, 215, 630,
    ]  # fmt: skip
    assert [round_to_base(n, base=1) for n in (0, 7)] == [0, 7]
    with pytest.raises(ValueError, match="not negative"):
        round_to_base(-1, base=5)

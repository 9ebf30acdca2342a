"""Whatever lies in the tables, survival kinds answer with numbers or refuse with a code: no nan, no crash."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis_jobs.kinds.pooled import run_fixed_point, run_in_clear
from onggi.errors import Refused
from onggi.words import find_words
from tests.support.statistics_specs import category, flag, number, split
from tests.support.survival_specs import cox_spec, death, survival_spec

HORIZON = 50
VARIABLES = [
    number("wide", -1e12, 1e12),
    number("tiny", -1e-9, 1e-9),
    category("g", "a", "b", "c"),
    flag("s"),
]
RUNS = [pytest.param(run_in_clear, id="clear"), pytest.param(run_fixed_point, id="fixed-point")]


def numbers_in(told: Any) -> Iterator[float]:
    if isinstance(told, dict):
        for each in told.values():
            yield from numbers_in(each)
    elif isinstance(told, list | tuple):
        for each in told:
            yield from numbers_in(each)
    elif isinstance(told, int | float):
        yield told


@st.composite
def tables(draw: st.DrawFn) -> tuple[dict[str, Any], list[int]]:
    """Few or some rows; columns constant, huge, equal, full of gaps; days and events of one kind."""
    n = draw(st.integers(0, 80))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))

    def column(low: float, high: float, *, whole: bool = False) -> Any:
        odd = ["constant", "two", "edge", "gaps", "one apart"]
        how = draw(st.sampled_from(["spread"] * 15 + odd))
        values = rng.uniform(low, high, n)
        if how == "constant":
            values = np.full(n, rng.uniform(low, high))
        elif how == "two":
            values = rng.choice([low, high], n)
        elif how == "edge":
            values = np.full(n, high)
        elif how == "one apart":
            values = np.where(np.arange(n) == 0, high, low)
        values = np.clip(np.round(values), low, high) if whole else values
        return np.where(rng.random(n) < 0.4, np.nan, values) if how == "gaps" else values

    columns = {
        "wide": column(-1e12, 1e12),
        "tiny": column(-1e-9, 1e-9),
        "g": column(0, 2, whole=True),
        "s": column(0, 1, whole=True),
        "death_days": column(0, HORIZON, whole=True),
        "death_event": column(0, 2, whole=True),
    }
    return columns, draw(st.lists(st.integers(0, n), max_size=4))


def answer_or_code(run: Any, spec: Any, columns: dict[str, Any], cuts: list[int]) -> str:
    try:
        answer = run(spec, split(columns, cuts))
    except Refused as refused:
        return refused.code if find_words(refused.code) is not None else ""
    assert all(math.isfinite(value) for value in numbers_in(answer.model_dump()))
    return "answered"


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("ties", ["efron", "breslow"])
@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    case=tables(), robust=st.booleans(), strata=st.booleans(), transform=st.sampled_from(["log", "identity"])
)
def test_a_regression_answers_or_refuses(
    run: Any, ties: Any, case: Any, robust: bool, strata: bool, transform: Any
) -> None:
    columns, cuts = case
    spec = cox_spec(
        death(HORIZON, competing=1),
        VARIABLES,
        sites=len(cuts) + 1,
        masked=run is run_fixed_point,
        ties=ties,
        robust=robust,
        time_transform=transform,
        strata=("s",) if strata else (),
    )
    assert answer_or_code(run, spec, columns, cuts)


@pytest.mark.parametrize("run", RUNS)
@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    case=tables(),
    steps=st.sets(st.integers(0, HORIZON), min_size=1, max_size=12),
    weights=st.sampled_from(["logrank", "wilcoxon", "tarone-ware", "peto", "fleming-harrington"]),
    group=st.booleans(),
)
def test_curves_answer_or_refuse(run: Any, case: Any, steps: set[int], weights: Any, group: bool) -> None:
    columns, cuts = case
    spec = survival_spec(
        death(HORIZON, competing=1),
        sorted(steps),
        variables=VARIABLES,
        sites=len(cuts) + 1,
        group="g" if group else None,
        strata=("s",) if group else (),
        weights=weights,
        restricted_mean_days=max(steps) or None,
        quantiles=(0.1, 0.5, 0.999),
        confidence=0.999,
    )
    code = answer_or_code(run, spec, columns, cuts)
    names = ["death_days", "death_event", *(["g", "s"] if group else [])]
    complete = np.all([np.isfinite(columns[name]) for name in names], axis=0)
    assert (code == "answered") == bool(complete.any())

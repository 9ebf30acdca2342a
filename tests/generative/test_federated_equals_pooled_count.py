"""A count over many hospitals is the count over their rows together, to the person."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis_jobs.kinds.pooled import run_fixed_point, run_in_clear
from onggi.spec.results import CountTable
from tests.support.statistics_specs import count_spec


def hospital(steps: list[int]) -> pa.Table:
    return pa.table({"cohort_step": pa.array(steps, pa.int32())})


@st.composite
def federations(draw: st.DrawFn) -> tuple[int, list[list[int]]]:
    rules = draw(st.integers(0, 4))
    rows = st.lists(st.integers(0, rules), max_size=30)
    return rules, draw(st.lists(rows, min_size=1, max_size=20))


@settings(max_examples=80, deadline=None, derandomize=True)
@given(federations(), st.booleans())
def test_federated_count_equals_pooled_count(case: tuple[int, list[list[int]]], masked: bool) -> None:
    rules, hospitals = case
    spec = count_spec(*(f"rule {k}" for k in range(rules)), sites=len(hospitals), masked=masked)
    run = run_fixed_point if masked else run_in_clear
    answer = run(spec, [hospital(rows) for rows in hospitals])
    everybody = [step for rows in hospitals for step in rows]
    assert isinstance(answer, CountTable)
    assert answer.persons == tuple(sum(step >= k for step in everybody) for k in range(rules + 1))
    assert answer.sites == len(hospitals)


@pytest.mark.parametrize("sites", [1, 7, 20])
def test_large_counts_stay_exact(sites: int) -> None:
    rng = np.random.default_rng(sites)
    rows = [rng.integers(0, 3, 50_000).tolist() for _ in range(sites)]
    answer = run_fixed_point(
        count_spec("one", "two", sites=sites, masked=True), [hospital(part) for part in rows]
    )
    pooled = np.concatenate([np.array(part) for part in rows])
    assert answer.persons == tuple(int((pooled >= k).sum()) for k in range(3))  # type: ignore[union-attr]  # a count answers with a table

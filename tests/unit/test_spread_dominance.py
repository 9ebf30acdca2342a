"""On how many persons a group's spread rests, and whether their values are all one and the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onggi.errors import Refused
from privacy.disclosure.looks import listen_to_looks
from privacy.disclosure.spread_dominance import are_alike, check_spread, effective_spread


def powers(values: list[float]) -> list[float]:
    u = np.array(values)
    return [float((u**power).sum()) for power in (1, 2, 3, 4)]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    few=st.integers(1, 40),
    common=st.floats(-0.9, 0.9),
    step=st.floats(0.02, 0.1),
)
def test_few_who_differ_from_all_others_count_as_that_many(few: int, common: float, step: float) -> None:
    values = [common] * 1000 + [common + step] * few
    size = effective_spread(persons=1000 + few, powers=powers(values), noise=0.0)
    assert size == pytest.approx(few, rel=0.15)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    common=st.floats(-0.9, 0.9),
    step=st.floats(0, 0.1),
    sites=st.integers(1, 1000),
)
def test_one_who_differs_never_passes_however_little(common: float, step: float, sites: int) -> None:
    values = [common] * 5000 + [common + step]
    size = effective_spread(persons=5001, powers=powers(values), noise=sites * 2.0**-32)
    assert size < 1.5


@pytest.mark.parametrize(
    ("shape", "part"), [("uniform", 5 / 9), ("normal", 1 / 3)], ids=["even spread", "bell curve"]
)
def test_ordinary_groups_count_as_a_good_part_of_their_size(shape: str, part: float) -> None:
    rng = np.random.default_rng(0)
    drawn = rng.uniform(-1, 1, 20_000) if shape == "uniform" else np.clip(rng.normal(0, 0.2, 20_000), -1, 1)
    size = effective_spread(persons=20_000, powers=powers(drawn.tolist()), noise=0.0)
    assert size / 20_000 == pytest.approx(part, rel=0.05)


def test_nobody_is_no_spread() -> None:
    assert effective_spread(persons=0, powers=[0.0] * 4, noise=0.0) == 0


def test_a_refusal_names_the_group_and_is_heard() -> None:
    few, many = powers([0.5] * 1000 + [0.9] * 9), powers([0.5] * 1000 + [0.9] * 10)
    with listen_to_looks() as heard:
        check_spread("risk 0 to 0.2", persons=1010, powers=many, noise=0.0, threshold=10)
        with pytest.raises(Refused) as refused:
            check_spread("risk 0 to 0.2", persons=1009, powers=few, noise=0.0, threshold=10)
    assert refused.value.code == "disclosure.few_differ"
    assert refused.value.facts == {"cell": "risk 0 to 0.2", "threshold": 10}
    assert [(each.code, each.kept) for each in heard] == [
        ("disclosure.few_differ", True),
        ("disclosure.few_differ", False),
    ]


def test_values_are_alike_where_every_place_is_all_or_none() -> None:
    assert are_alike(persons=7, places=[0, 7, 7, 0])
    assert not are_alike(persons=7, places=[0, 7, 6, 0])
    assert are_alike(persons=0, places=[0, 0])

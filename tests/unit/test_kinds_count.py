"""The count: names of steps, what a hospital counts, what is refused and what is shown."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from analysis_jobs.kinds.contract import Ask
from analysis_jobs.kinds.count.kind import KIND
from analysis_jobs.kinds.count.steps import step_names
from analysis_jobs.kinds.pooled import run_fixed_point, run_in_clear
from onggi.errors import NotTrusted, Refused
from onggi.spec.results import CountTable
from tests.support.statistics_specs import count_spec

ASK = Ask(0, "funnel", {})


def hospital(*reached: int) -> pa.Table:
    """reached[k] persons stopped after k rules."""
    steps = [step for step, persons in enumerate(reached) for _ in range(persons)]
    return pa.table({"cohort_step": pa.array(steps, pa.int32())})


def test_steps_are_named_and_told_apart() -> None:
    cohort = {"InclusionRules": [{"name": "age"}, {"name": "age"}, {"expression": {}}, {"name": "  "}]}
    assert step_names(cohort) == ("Primary events", "age", "age (2)", "Rule 3", "Rule 4")
    assert step_names({}) == ("Primary events",)
    for broken in ({"InclusionRules": "age"}, {"InclusionRules": ["age"]}):
        with pytest.raises(Refused, match=r"^count\.cohort_unreadable"):
            step_names(broken)


def test_a_small_site_is_refused_in_clear_and_hidden_under_masks() -> None:
    spec = count_spec("age 50+", sites=2)
    tables = [hospital(30, 40), hospital(30, 4)]
    with pytest.raises(Refused) as refused:
        run_in_clear(spec, tables, check=True)
    assert (refused.value.code, refused.value.facts["cell"]) == ("disclosure.small_cell", "age 50+")
    answer = run_fixed_point(count_spec("age 50+", sites=2, masked=True), tables, check=True)
    assert isinstance(answer, CountTable)
    assert answer.persons == (104, 44)


def test_a_small_pooled_difference_is_refused_before_unmasking() -> None:
    spec = count_spec("age 50+", sites=2, masked=True)
    with pytest.raises(Refused, match=r"^disclosure\.small_difference"):
        run_fixed_point(spec, [hospital(3, 40), hospital(4, 40)], check=True)


@pytest.mark.parametrize(
    ("exact", "persons", "base"),
    [(True, (217, None, 152, None), 1), (False, (215, None, 150, None), 5)],
)
def test_release_withholds_then_rounds(exact: bool, persons: tuple[int | None, ...], base: int) -> None:
    spec = count_spec("one", "two", "three")
    answer = run_in_clear(spec, [hospital(6, 59, 147, 5)])
    released = KIND.release(spec, answer, exact=exact)
    assert isinstance(released, CountTable)
    assert (released.persons, released.rounded_to) == (persons, base)
    assert released.withheld == (None, "difference_too_small", None, "too_few_persons")
    with pytest.raises(TypeError):
        KIND.release(spec, released, exact=exact)


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"other": [1]}),
        pa.table({"cohort_step": pa.array([0, None], pa.int32())}),
        pa.table({"cohort_step": pa.array([0, 2], pa.int32())}),
        pa.table({"cohort_step": pa.array([-1], pa.int32())}),
    ],
)
def test_a_table_that_does_not_fit_is_refused(table: pa.Table) -> None:
    with pytest.raises(Refused, match=r"^count\.table_wrong"):
        KIND.local(count_spec("one"), table, ASK)


@pytest.mark.parametrize("sums", [[5.0], [5.0, 6.0], [5.5, 1.0], [5.0, -1.0]])
def test_impossible_sums_are_not_believed(sums: list[float]) -> None:
    with pytest.raises(NotTrusted, match=r"^count\.sum_impossible"):
        KIND.next(count_spec("one"), [{"persons": np.array(sums)}], sites=3)


def test_another_ask_is_refused() -> None:
    with pytest.raises(Refused, match=r"^kinds\.ask_unknown"):
        KIND.local(count_spec("one"), hospital(1, 1), Ask(1, "funnel", {}))

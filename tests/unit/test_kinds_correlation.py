"""What a correlation refuses and what it shows beside a rounded number of persons."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analysis_jobs.kinds.contract import Ask
from analysis_jobs.kinds.correlation.kind import KIND
from analysis_jobs.kinds.pooled import run_fixed_point, run_in_clear
from onggi.errors import NotTrusted, Refused
from onggi.spec.job import JobSpec
from onggi.spec.kinds import CorrelationParameters
from onggi.spec.results import Correlation
from tests.support.statistics_specs import asking, count_spec, flag, number, split, table_of

SURVEY = Ask(0, "survey", {})
VARIABLES = (number("age", 0, 120), number("crp", 0, 50), number("pressure", 0, 300), flag("male"))


def columns(n: int = 203) -> dict[str, Any]:
    rng = np.random.default_rng(9)
    age = rng.normal(60, 10, n)
    found = {"age": age, "crp": rng.exponential(3, n), "pressure": 70 + age + rng.normal(0, 12, n)}
    return found | {"male": (rng.random(n) < 0.5).astype(float)}


def spec(*names: str, **changes: Any) -> JobSpec:
    asked = CorrelationParameters(variables=names or ("age", "crp", "pressure"))
    return asking(asked, variables=VARIABLES, **changes)


def refusal(data: dict[str, Any]) -> Refused:
    summary = KIND.local(spec(), table_of(data), SURVEY)
    found = []
    for check in (
        lambda: KIND.check_site(spec(), SURVEY, summary),
        lambda: KIND.check_pooled(spec(), SURVEY, summary.evidence),
    ):
        with pytest.raises(Refused) as refused:
            check()
        found.append(refused.value)
    assert str(found[0]) == str(found[1])
    return found[0]


def test_parameters_that_make_no_sense() -> None:
    for names, code in (
        (("age", "male"), "describe.needs_number"),
        (("age", "x"), "describe.unknown_variable"),
    ):
        with pytest.raises(Refused) as refused:
            KIND.check_spec(spec(*names))
        assert refused.value.code == code
    with pytest.raises(Refused, match=r"^kinds\.wrong_kind"):
        KIND.check_spec(count_spec("one"))
    for wrong in (("age",), ("age", "age")):
        with pytest.raises(ValueError, match="CorrelationParameters"):
            CorrelationParameters(variables=wrong)


def test_few_persons_are_refused() -> None:
    assert refusal(columns(9)).code == "disclosure.small_cell"
    assert refusal(columns(11)).code == "disclosure.low_dof"
    data = columns()
    data["crp"][11:] = np.nan
    assert refusal(data).code == "disclosure.low_dof"
    data["crp"][:12] = 1.5 + np.arange(12)
    KIND.check_pooled(spec(), SURVEY, KIND.local(spec(), table_of(data), SURVEY).evidence)


def test_dominated_and_constant_numbers_are_refused() -> None:
    data = columns()
    data["crp"] = np.where(np.arange(203) < 9, 40.0, 0.0)
    assert refusal(data).facts == {"cell": "crp, other than 0", "threshold": 10}
    data["crp"] = np.where(np.arange(203) < 4, 40.0, 0.001)
    assert refusal(data).code == "disclosure.effective_sample"
    data["crp"] = np.full(203, 4.0)
    assert (refusal(data).code, refusal(data).facts) == ("disclosure.one_value", {"cell": "crp"})


def test_an_empty_hospital_is_refused_in_clear_and_takes_part_under_masks() -> None:
    tables = split(columns(), [0, 1])
    with pytest.raises(Refused, match=r"^disclosure\.small_cell"):
        run_in_clear(spec(sites=3), tables, check=True)
    answer = run_fixed_point(spec(sites=3, masked=True), tables, check=True)
    assert isinstance(answer, Correlation)
    assert (answer.n, answer.sites) == (203, 3)


def test_nobody_and_impossible_sums() -> None:
    data = columns()
    data["age"][:] = np.nan
    with pytest.raises(Refused, match=r"^describe\.nobody"):
        run_in_clear(spec(), [table_of(data)])
    sums = dict(KIND.local(spec(), table_of(columns()), SURVEY).arrays)
    with pytest.raises(NotTrusted, match=r"^describe\.sum_impossible"):
        KIND.next(spec(), [sums | {"persons": np.array([3.5])}], sites=1)


@pytest.mark.parametrize(
    "ask",
    [
        Ask(0, "rows", {}),
        Ask(0, "survey", {"extra": np.zeros(1)}),
        Ask(1, "products", {"center": np.zeros(3)}),
        Ask(1, "products", {"center": np.zeros(3), "unit": np.zeros(3)}),
        Ask(1, "products", {"center": np.full(3, np.nan), "unit": np.ones(3)}),
    ],
)
def test_malformed_asks_are_refused(ask: Ask) -> None:
    with pytest.raises(Refused, match=r"^kinds\.ask_unknown"):
        KIND.local(spec(), table_of(columns()), ask)
    with pytest.raises(Refused, match=r"^kinds\.ask_unknown"):
        KIND.layout(spec(), ask, participants=3)


def test_what_is_shown_is_worked_out_from_rounded_persons() -> None:
    exact = run_in_clear(spec(), [table_of(columns())])
    shown = KIND.release(spec(), exact, exact=False)
    assert isinstance(exact, Correlation)
    assert isinstance(shown, Correlation)
    assert KIND.release(spec(), exact, exact=True) == exact
    assert (exact.n, shown.n, shown.rounded_to) == (203, 205, 5)
    for before, after in zip(exact.pairs, shown.pairs, strict=True):
        assert after.coefficient == round(after.coefficient, 3) != before.coefficient
        assert after.coefficient == pytest.approx(before.coefficient, abs=0.005)
        assert after.low < after.coefficient < after.high
    with pytest.raises(Refused, match=r"^disclosure\.small_cell"):
        KIND.release(spec(), exact.model_copy(update={"n": 9}), exact=True)
    with pytest.raises(Refused, match=r"^disclosure\.low_dof"):
        KIND.release(spec(), exact.model_copy(update={"n": 11}), exact=True)

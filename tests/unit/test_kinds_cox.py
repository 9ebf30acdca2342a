"""Cox's regression: its design, its questions, its disclosure checks, and crafted coefficients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analysis_jobs.kinds.contract import Array, Arrays, Ask
from analysis_jobs.kinds.cox.design import make_design
from analysis_jobs.kinds.cox.kind import KIND
from analysis_jobs.kinds.cox.local import scale_days
from analysis_jobs.kinds.cox.risk_sets import (
    information_of,
    pass_over,
    score_of,
    score_residuals,
)
from analysis_jobs.kinds.cox.rows import Persons, complete_cases
from analysis_jobs.kinds.pooled import run_fixed_point, run_in_clear
from analysis_jobs.kinds.ranges import SUM_LIMIT
from onggi.errors import Refused
from onggi.report.cox_fit import sheets
from onggi.spec.results import CoxFit
from tests.support.statistics_specs import category, count_spec, flag, number, split, table_of
from tests.support.survival_specs import cox_spec, death

VARIABLES = [number("x"), category("cp", "a", "b", "c"), flag("s")]
HORIZON = 100


def columns(n: int = 400, seed: int = 1) -> dict[str, Array]:
    rng = np.random.default_rng(seed)
    x, cp = rng.normal(size=n), rng.integers(0, 3, n).astype(float)
    days = np.minimum(np.ceil(rng.exponential(40 * np.exp(-0.5 * x))), HORIZON)
    event = np.where(days < HORIZON, rng.random(n) < 0.7, 0).astype(float)
    own = {"x": x, "cp": cp, "s": rng.integers(0, 2, n).astype(float)}
    return own | {"death_days": days, "death_event": event}


def spec_of(**given: Any) -> Any:
    return cox_spec(death(HORIZON), VARIABLES, **({"strata": ("s",)} | given))


def conversation(spec: Any, table: Any) -> list[Ask]:
    asks: list[Ask] = []
    history: list[Arrays] = []
    while isinstance(found := KIND.next(spec, history, sites=1), Ask):
        asks.append(found)
        history.append(KIND.local(spec, table, found).arrays)
    return asks


def test_terms_are_named_in_order() -> None:
    assert make_design(spec_of(references={"cp": "b"})).names == ("x", "cp_a", "cp_c")
    labels = [cell.label for cell in make_design(spec_of()).cells]
    assert labels == ["cp=a", "cp=b", "cp=c", "s=no", "s=yes"]


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("glm.unknown_variable", {"terms": ("absent",)}),
        ("survival.unknown_variable", {"strata": ("absent",)}),
        ("survival.group_kind", {"terms": ("cp",), "strata": ("x",)}),
        ("glm.reference_unknown", {"references": {"cp": "z"}}),
    ],
)
def test_parameters_that_make_no_sense(code: str, given: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        KIND.check_spec(spec_of(**given))
    assert refused.value.code == code


def test_another_kinds_spec_is_refused() -> None:
    with pytest.raises(Refused, match=r"^kinds\.wrong_kind"):
        KIND.check_spec(count_spec("one"))


def test_where_day_zero_counts_the_logarithm_is_that_of_the_next_day() -> None:
    days = np.arange(0.0, HORIZON + 1)
    from_one = scale_days(make_design(cox_spec(death(HORIZON), VARIABLES)), days[1:])
    from_zero = scale_days(make_design(cox_spec(death(HORIZON - 1, starts_after=-1), VARIABLES)), days[:-1])
    assert np.allclose(from_one, from_zero)
    assert (from_one[0], from_one[-1]) == (-1.0, 1.0)
    one_day = scale_days(make_design(cox_spec(death(1), VARIABLES)), np.array([0.0, 1.0]))
    assert np.isfinite(one_day).all()


def test_two_columns_of_one_name() -> None:
    variables = [*VARIABLES[:2], number("cp_b")]
    with pytest.raises(Refused, match=r"^glm\.name_twice"):
        KIND.check_spec(cox_spec(death(HORIZON), variables))


def test_the_conversation_ends_with_the_tests() -> None:
    names = [ask.name for ask in conversation(spec_of(), table_of(columns()))]
    assert names[0] == "survey"
    assert set(names[1:-1]) == {"step"}
    assert names[-1] == "tests"


def test_every_reply_keeps_its_layout_and_ranges() -> None:
    spec, table = spec_of(sites=7, robust=True), table_of(columns())
    for ask in conversation(spec, table):
        layout, reply = KIND.layout(spec, ask, participants=7), KIND.local(spec, table, ask)
        for entries, arrays in ((layout.arrays, reply.arrays), (layout.evidence, reply.evidence)):
            assert {entry.name: entry.shape for entry in entries} == {
                name: array.shape for name, array in arrays.items()
            }
            for entry in entries:
                assert max(abs(entry.low), abs(entry.high)) * 7 <= SUM_LIMIT
                assert ((arrays[entry.name] >= entry.low) & (arrays[entry.name] <= entry.high)).all()


def test_the_same_sums_give_the_same_question_to_the_bit() -> None:
    first, second = (conversation(spec_of(), table_of(columns())) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        assert {name: array.tobytes() for name, array in one.arrays.items()} == {
            name: array.tobytes() for name, array in other.arrays.items()
        }


@pytest.mark.parametrize(
    "ask",
    [
        Ask(1, "days", {}),
        Ask(0, "survey", {"beta": np.zeros(3)}),
        Ask(1, "step", {"beta": np.zeros(3)}),
        Ask(1, "step", {"beta": np.zeros(2), "basis": np.eye(3)}),
        Ask(1, "tests", {"beta": np.full(3, np.nan), "basis": np.eye(3)}),
    ],
)
def test_questions_that_this_statistic_does_not_ask(ask: Ask) -> None:
    for answer in (
        lambda: KIND.local(spec_of(), table_of(columns()), ask),
        lambda: KIND.layout(spec_of(), ask, participants=2),
    ):
        with pytest.raises(Refused, match=r"^kinds\.ask_unknown"):
            answer()


def slow_pass(days: Array, event: Array, stratum: Array, x: Array, beta: Array, *, efron: bool) -> Any:
    """Log-likelihood, score, information and score residuals, straight from their definitions."""
    n, size = x.shape
    r = np.exp(x @ beta)
    likelihood, score, information = 0.0, np.zeros(size), np.zeros((size, size))
    residuals = np.zeros((n, size))
    for each in sorted({(at, day) for at, day, dead in zip(stratum, days, event, strict=True) if dead}):
        in_risk = (stratum == each[0]) & (days >= each[1])
        dead = in_risk & (days == each[1]) & (event == 1)
        tied = int(dead.sum())
        for draw in range(tied):
            count = in_risk - (draw / tied if efron else 0.0) * dead
            weight = count * r / (count * r).sum()
            mean = weight @ x
            likelihood -= np.log((count * r).sum())
            information += (x * weight[:, None]).T @ x - np.outer(mean, mean)
            residuals[dead] -= (mean - x[dead]) / tied
            residuals -= (x - mean) * weight[:, None]
            score += x[dead].mean(axis=0) - mean
        likelihood += float((x[dead] @ beta).sum())
    return likelihood, score, information, residuals


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("coarse", [1, 25])
def test_one_pass_is_what_the_definitions_say(ties: Any, coarse: int) -> None:
    data = columns(120, 7)
    data["death_days"] = np.minimum(np.ceil(data["death_days"] / coarse) * coarse, HORIZON)
    spec = spec_of(ties=ties)
    persons: Persons = complete_cases(spec, make_design(spec), table_of(data))
    beta = np.array([0.4, -0.3, 0.8])
    one = pass_over(persons, persons.x, beta, ties)
    assert one is not None
    x = np.column_stack([data["x"], data["cp"] == 1, data["cp"] == 2]).astype(float)
    likelihood, score, information, residuals = slow_pass(
        data["death_days"], data["death_event"], data["s"], x, beta, efron=ties == "efron"
    )
    assert one.log_likelihood == pytest.approx(likelihood, rel=1e-12)
    assert np.allclose(score_of(persons, one), score, atol=1e-10)
    assert np.allclose(information_of(persons, one), information, atol=1e-10)
    order = np.lexsort((-data["death_days"], data["s"]))
    assert np.allclose(score_residuals(persons, one), residuals[order], atol=1e-10)
    assert (one.expected >= 0).all()
    assert one.expected.sum() == pytest.approx(data["death_event"].sum(), rel=1e-12)


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_a_hospital_with_next_to_no_rows_changes_nothing_but_its_own_share(rows: int) -> None:
    """Risk sets of one person say nothing; no reply of such a hospital has another form."""
    data = columns()
    spec = cox_spec(death(HORIZON), VARIABLES[:2], sites=2)
    few = {name: values[:rows] for name, values in data.items()}
    for ask in conversation(spec, table_of(data)):
        reply = KIND.local(spec, table_of(few), ask)
        assert all(np.isfinite(array).all() for array in reply.arrays.values())
    apart = run_fixed_point(spec, split(data, [rows]))
    assert isinstance(apart, CoxFit)
    assert apart.n == 400
    nothing = {name: np.full(3, np.nan) for name in data}
    beside = run_fixed_point(spec, [table_of(data), table_of(nothing)])
    alone = run_fixed_point(spec, [table_of(data)])
    assert isinstance(beside, CoxFit)
    assert isinstance(alone, CoxFit)
    assert beside.coefficients == pytest.approx(alone.coefficients, rel=1e-9)


@pytest.mark.parametrize("cell", ["persons", "death: event", "death: no event", "cp=b", "s=yes"])
def test_every_small_cell_is_refused(cell: str) -> None:
    data = columns(300)
    if cell == "persons":
        data = {name: values[:9] for name, values in data.items()}
    elif cell == "death: event":
        data["death_event"] = np.where(np.cumsum(data["death_event"]) > 9, 0.0, data["death_event"])
    elif cell == "death: no event":
        data["death_event"] = np.where(np.cumsum(1 - data["death_event"]) > 9, 1.0, data["death_event"])
    else:
        name, value = ("cp", 1.0) if cell == "cp=b" else ("s", 1.0)
        data[name] = np.where((data[name] == value) & (np.cumsum(data[name] == value) > 9), 0.0, data[name])
    for run in (run_in_clear, run_fixed_point):
        with pytest.raises(Refused) as refused:
            run(spec_of(), [table_of(data)], check=True)
        assert refused.value.code == "disclosure.small_cell"
        assert refused.value.facts["cell"] == cell


def test_more_terms_than_events_bear() -> None:
    data = columns(60)
    data["death_event"] = np.where(np.cumsum(data["death_event"]) > 12, 0.0, data["death_event"])
    for run in (run_in_clear, run_fixed_point):
        with pytest.raises(Refused, match=r"^disclosure\.low_dof"):
            run(spec_of(), [table_of(data)], check=True)


def test_coefficients_that_single_out_persons_are_refused() -> None:
    """With a large coefficient the person with the largest value bears nearly every expected event."""
    data = columns() | {"death_days": np.where(np.arange(400) == 0, HORIZON, columns()["death_days"])}
    data["x"][0] = 30.0
    spec = spec_of()
    for name in ("step", "tests"):
        crafted = Ask(1, name, {"basis": np.eye(3), "beta": np.array([5.0, 0.0, 0.0])})
        summary = KIND.local(spec, table_of(data), crafted)
        with pytest.raises(Refused, match=r"^disclosure\.effective_sample"):
            KIND.check_site(spec, crafted, summary)
        with pytest.raises(Refused, match=r"^disclosure\.effective_sample"):
            KIND.check_pooled(spec, crafted, summary.evidence)


def test_robust_errors_that_rest_on_a_few_persons_are_refused() -> None:
    data = columns()
    data["x"][:2] = [90.0, -90.0]
    spec = spec_of(robust=True)
    crafted = Ask(5, "tests", {"basis": np.eye(3), "beta": np.array([0.001, 0.0, 0.0])})
    summary = KIND.local(spec, table_of(data), crafted)
    with pytest.raises(Refused, match=r"^disclosure\.effective_sample"):
        KIND.check_pooled(spec, crafted, summary.evidence)
    KIND.check_pooled(spec_of(), crafted, {name: summary.evidence[name] for name in ("persons", "weights")})


@pytest.mark.parametrize("beta", [1e300, 1e4])
def test_a_reply_that_leaves_the_range_holds_zeros(beta: float) -> None:
    spec, table = spec_of(robust=True), table_of(columns())
    crafted = Ask(5, "tests", {"basis": np.eye(3), "beta": np.array([beta, 0.0, 0.0])})
    summary = KIND.local(spec, table, crafted)
    assert summary.arrays["overflow"] == 1.0
    assert all(not array.any() for name, array in summary.arrays.items() if name != "overflow")
    KIND.check_pooled(spec, crafted, summary.evidence)


def test_days_that_allow_no_test_of_proportional_hazards() -> None:
    data = columns()
    data["death_days"] = np.where(data["death_event"] == 1, 20.0, HORIZON)
    answer = run_in_clear(spec_of(), [table_of(data)])
    assert isinstance(answer, CoxFit)
    assert answer.proportional_hazards is None
    assert {sheet.name for sheet in sheets(answer)} == {"coefficients", "covariance", "tests", "facts"}


def test_release_judges_the_answer_again() -> None:
    answer = run_in_clear(spec_of(), [table_of(columns())], check=True)
    assert isinstance(answer, CoxFit)
    assert KIND.release(spec_of(), answer, exact=False) == answer
    for changes in ({"events": 9}, {"events": answer.n - 9}, {"n": 9}):
        with pytest.raises(Refused, match=r"^disclosure\.small_cell"):
            KIND.release(spec_of(), answer.model_copy(update=changes), exact=True)
    with pytest.raises(Refused, match=r"^disclosure\.low_dof"):
        KIND.release(spec_of(), answer.model_copy(update={"events": 12}), exact=True)


def test_the_sheets_hold_every_number() -> None:
    answer = run_in_clear(spec_of(robust=True), [table_of(columns())])
    assert isinstance(answer, CoxFit)
    assert answer.proportional_hazards is not None
    told = {cell for sheet in sheets(answer) for row in sheet.rows for cell in row}
    tests = (answer.wald, answer.score, answer.likelihood_ratio, answer.proportional_hazards.all_terms)
    tests = (*tests, *answer.proportional_hazards.score, *answer.proportional_hazards.scaled_residuals)
    assert {number for test in tests for number in (test.statistic, test.p_value)} <= told
    assert {*answer.coefficients, *answer.standard_errors, *answer.robust_errors} <= told
    assert {number for row in answer.covariance for number in row} <= told
    assert {answer.n, answer.events, answer.log_likelihood, answer.null_log_likelihood} <= told

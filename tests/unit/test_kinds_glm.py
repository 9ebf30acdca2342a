"""The regression's rules: its design, its questions, its disclosure checks, and crafted parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analysis_jobs.kinds.contract import Array, Arrays, Ask
from analysis_jobs.kinds.glm import local
from analysis_jobs.kinds.glm.design import make_design
from analysis_jobs.kinds.glm.kind import KIND
from analysis_jobs.kinds.pooled import run_fixed_point, run_in_clear
from analysis_jobs.kinds.ranges import SUM_LIMIT
from onggi.errors import Refused
from onggi.spec.results import ModelFit
from onggi.spec.variables import Variable
from tests.support.statistics_specs import category, count_spec, flag, glm_spec, number, split, table_of

VARIABLES = [flag("y"), number("x"), category("cp", "a", "b", "c")]


def columns(n: int = 400, seed: int = 1) -> dict[str, Array]:
    rng = np.random.default_rng(seed)
    x, cp = rng.normal(size=n), rng.integers(0, 3, n).astype(float)
    y = (rng.random(n) < 1 / (1 + np.exp(-x))).astype(float)
    return {"y": y, "x": x, "cp": cp}


def conversation(spec: Any, table: Any) -> list[Ask]:
    asks: list[Ask] = []
    history: list[Arrays] = []
    while isinstance(found := KIND.next(spec, history, sites=1), Ask):
        asks.append(found)
        history.append(KIND.local(spec, table, found).arrays)
    return asks


def test_terms_are_named_in_order() -> None:
    spec = glm_spec(VARIABLES, family="binomial", references={"cp": "b"})
    assert make_design(spec).terms == ("intercept", "x", "cp_a", "cp_c")
    assert make_design(glm_spec(VARIABLES, family="binomial")).terms == ("intercept", "x", "cp_b", "cp_c")


@pytest.mark.parametrize(
    ("code", "variables", "given"),
    [
        ("glm.unknown_variable", VARIABLES, {"terms": ("absent",)}),
        ("glm.outcome_kind", [number("y"), number("x")], {}),
        ("glm.outcome_kind", [category("y", "a", "b"), number("x")], {"family": "gaussian"}),
        ("glm.outcome_not_count", [number("y", -1, 5), number("x")], {"family": "poisson"}),
        ("glm.offset_kind", [flag("y"), number("x"), flag("o")], {"offset": "o"}),
        ("glm.reference_unknown", VARIABLES, {"references": {"cp": "z"}}),
        ("glm.reference_unknown", VARIABLES, {"references": {"x": "a"}}),
        ("glm.name_twice", [*VARIABLES, number("cp_b")], {}),
        ("glm.name_twice", [flag("y"), number("intercept")], {}),
    ],
)
def test_parameters_that_make_no_sense(code: str, variables: list[Variable], given: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        KIND.check_spec(glm_spec(variables, **({"family": "binomial"} | given)))
    assert refused.value.code == code


def test_another_kinds_spec_is_refused() -> None:
    with pytest.raises(Refused, match=r"^kinds\.wrong_kind"):
        KIND.check_spec(count_spec("one"))


def test_the_conversation_has_four_kinds_of_question() -> None:
    asks = conversation(glm_spec(VARIABLES, family="binomial"), table_of(columns()))
    names = [ask.name for ask in asks]
    assert names[:3] == ["survey", "moments", "start"]
    assert set(names[3:]) == {"step"}
    assert [ask.ordinal for ask in asks] == list(range(len(asks)))


def test_every_reply_keeps_its_layout_and_ranges() -> None:
    spec = glm_spec([*VARIABLES, number("o")], family="binomial", offset="o", sites=7)
    table = table_of(columns() | {"o": np.linspace(-1, 1, 400)})
    for ask in conversation(spec, table):
        layout, reply = KIND.layout(spec, ask, participants=7), KIND.local(spec, table, ask)
        for entries, arrays in ((layout.arrays, reply.arrays), (layout.evidence, reply.evidence)):
            assert {entry.name: entry.shape for entry in entries} == {
                name: array.shape for name, array in arrays.items()
            }
            for entry in entries:
                assert max(abs(entry.low), abs(entry.high)) * 7 <= SUM_LIMIT
                assert ((arrays[entry.name] >= entry.low) & (arrays[entry.name] <= entry.high)).all()
                assert not entry.whole or (arrays[entry.name] % 1 == 0).all()
        assert {"persons", "weights"} <= reply.evidence.keys()


def test_the_same_sums_give_the_same_question_to_the_bit() -> None:
    spec, table = glm_spec(VARIABLES, family="binomial"), table_of(columns())
    first, second = conversation(spec, table), conversation(spec, table_of(columns()))
    for one, other in zip(first, second, strict=True):
        assert {name: array.tobytes() for name, array in one.arrays.items()} == {
            name: array.tobytes() for name, array in other.arrays.items()
        }


def test_kept_and_recomputed_designs_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = glm_spec(VARIABLES, family="binomial")
    kept = run_in_clear(spec, [table_of(columns())])
    monkeypatch.setattr(local, "KEEP_BYTES", 0)
    assert run_in_clear(spec, [table_of(columns())]) == kept


def test_values_outside_their_range_are_missing() -> None:
    spec = glm_spec([flag("y"), number("x", -3, 3)], family="binomial")
    data = columns()
    del data["cp"]
    data["x"][:7] = 55.0
    data["x"][7:9] = np.nan
    answer = run_in_clear(spec, [table_of(data)])
    assert isinstance(answer, ModelFit)
    assert answer.n == int((np.abs(data["x"]) <= 3).sum())


@pytest.mark.parametrize("column", ["y", "cp"])
def test_half_a_flag_or_level_is_refused(column: str) -> None:
    data = columns()
    data[column][3] = 0.5
    with pytest.raises(Refused, match=r"^glm\.table_wrong"):
        run_in_clear(glm_spec(VARIABLES, family="binomial"), [table_of(data)])


def test_a_missing_column_is_refused() -> None:
    data = columns()
    del data["cp"]
    with pytest.raises(Refused, match=r"^glm\.table_wrong"):
        run_in_clear(glm_spec(VARIABLES, family="binomial"), [table_of(data)])


@pytest.mark.parametrize("cell", ["persons", "y=yes", "y=no", "cp=a", "cp=b", "cp=c"])
def test_every_small_cell_is_refused_reference_and_zero_included(cell: str) -> None:
    data = columns(300)
    name, _, value = cell.partition("=")
    if name == "persons":
        data = {key: values[:9] for key, values in data.items()}
    else:
        wanted = {"yes": 1.0, "no": 0.0, "a": 0.0, "b": 1.0, "c": 2.0}[value]
        data[name][data[name] == wanted] = (wanted + 1) % (2 if name == "y" else 3)
        data[name][:9] = wanted
    spec = glm_spec(VARIABLES, family="binomial")
    survey = Ask(0, "survey", {})
    summary = KIND.local(spec, table_of(data), survey)
    for check in (
        lambda: KIND.check_site(spec, survey, summary),
        lambda: KIND.check_pooled(spec, survey, summary.evidence),
    ):
        with pytest.raises(Refused) as refused:
            check()
        assert (refused.value.code, refused.value.facts["cell"]) == ("disclosure.small_cell", cell)


def test_an_empty_hospital_is_refused_in_clear_and_takes_part_under_masks() -> None:
    tables = split(columns(), [0])
    with pytest.raises(Refused, match=r"^disclosure\.small_cell"):
        run_in_clear(glm_spec(VARIABLES, sites=2, family="binomial"), tables, check=True)
    masked = glm_spec(VARIABLES, sites=2, family="binomial", masked=True)
    answer = run_fixed_point(masked, tables, check=True)
    assert isinstance(answer, ModelFit)
    assert (answer.n, answer.sites) == (400, 2)


def test_too_few_residual_degrees_of_freedom_are_refused() -> None:
    variables = [number("y"), *(number(f"x{k}") for k in range(8))]
    rng = np.random.default_rng(0)
    data = {each.name: rng.normal(size=18) for each in variables}
    spec = glm_spec(variables, family="gaussian", masked=True)
    with pytest.raises(Refused, match=r"^disclosure\.low_dof"):
        run_fixed_point(spec, [table_of(data)], check=True)


@pytest.mark.parametrize("family", ["binomial", "poisson"])
def test_crafted_parameters_that_isolate_one_person_are_refused(family: str) -> None:
    data = columns()
    data["x"][17] = 9.0  # one person far from all others
    outcome = flag("y") if family == "binomial" else number("y", 0, 50)
    spec = glm_spec([outcome, *VARIABLES[1:]], family=family)
    table = table_of(data)
    honest = conversation(spec, table)[-1]
    crafted = dict(honest.arrays)
    # The predictor is 0 at x = 9 and falls steeply on both sides of what the others have.
    crafted["basis"], crafted["center"] = np.eye(3), np.array([9.0, 0.0, 0.0])
    crafted["beta"] = np.array([0.0, 30.0, 0.0, 0.0])
    ask = Ask(honest.ordinal, "step", crafted)
    summary = KIND.local(spec, table, ask)
    for evidence_check in (
        lambda: KIND.check_site(spec, ask, summary),
        lambda: KIND.check_pooled(spec, ask, summary.evidence),
    ):
        with pytest.raises(Refused, match=r"^disclosure\.effective_sample"):
            evidence_check()


def test_an_overflowing_step_answers_with_zeros_only() -> None:
    data = columns()
    spec = glm_spec([number("y", 0, 50), *VARIABLES[1:]], family="poisson")
    table = table_of(data)
    honest = conversation(spec, table)[-1]
    for size in (40.0, 5000.0):
        ask = Ask(honest.ordinal, "step", honest.arrays | {"beta": np.array([size, 1.0, 0.0, 0.0])})
        summary = KIND.local(spec, table, ask)
        assert summary.arrays["overflow"][0] == 1
        assert not any(summary.arrays[name].any() for name in summary.arrays if name != "overflow")
        KIND.check_pooled(spec, ask, summary.evidence)


@pytest.mark.parametrize("family", ["gaussian", "binomial", "poisson"])
@pytest.mark.parametrize(
    "crafted",
    [
        {"beta": np.full(4, 1e308)},
        {"beta": np.array([-1e308, 1e308, 0, 0])},
        {"basis": np.full((3, 3), 1e300)},
        {"unit": np.array([1e-300])},
    ],
)
def test_extreme_parameters_never_answer_with_what_is_no_number(
    family: str, crafted: dict[str, Array]
) -> None:
    outcome = flag("y") if family == "binomial" else number("y", 0, 50)
    spec, table = glm_spec([outcome, *VARIABLES[1:]], family=family), table_of(columns())
    honest = conversation(spec, table)[-1]
    ask = Ask(honest.ordinal, "step", honest.arrays | crafted)
    summary = KIND.local(spec, table, ask)
    for array in (*summary.arrays.values(), *summary.evidence.values()):
        assert np.isfinite(array).all()
    if not summary.arrays["overflow"][0]:
        with pytest.raises(Refused, match=r"^disclosure\.effective_sample"):
            KIND.check_pooled(spec, ask, summary.evidence)


@pytest.mark.parametrize("wrong", [{"mean": np.ones(1)}, {"unit": np.zeros(1)}, {"outcome": np.zeros(2)}])
def test_scales_that_make_no_sense_are_refused(wrong: dict[str, Array]) -> None:
    spec, table = glm_spec(VARIABLES, family="binomial"), table_of(columns())
    start = conversation(spec, table)[2]
    with pytest.raises(Refused, match=r"^kinds\.ask_unknown"):
        KIND.local(spec, table, Ask(2, "start", start.arrays | wrong))


@pytest.mark.parametrize(
    "ask",
    [
        Ask(0, "rows", {}),
        Ask(0, "survey", {"extra": np.zeros(1)}),
        Ask(1, "moments", {"center": np.zeros(2), "basis": np.eye(3)}),
        Ask(1, "moments", {"center": np.full(3, np.nan), "basis": np.eye(3)}),
    ],
)
def test_malformed_asks_are_refused(ask: Ask) -> None:
    spec = glm_spec(VARIABLES, family="binomial")
    with pytest.raises(Refused, match=r"^kinds\.ask_unknown"):
        KIND.local(spec, table_of(columns()), ask)
    with pytest.raises(Refused, match=r"^kinds\.ask_unknown"):
        KIND.layout(spec, ask, participants=3)


def test_release_checks_the_answer_again() -> None:
    spec = glm_spec(VARIABLES, family="binomial")
    answer = run_in_clear(spec, [table_of(columns())])
    assert isinstance(answer, ModelFit)
    assert KIND.release(spec, answer, exact=False) == answer
    with pytest.raises(Refused, match=r"^disclosure\.small_cell"):
        KIND.release(spec, answer.model_copy(update={"events": 4}), exact=True)
    with pytest.raises(Refused, match=r"^disclosure\.low_dof"):
        KIND.release(spec, answer.model_copy(update={"n": 13, "events": None}), exact=True)


def test_iterations_are_bounded() -> None:
    spec = glm_spec(VARIABLES, family="binomial", maximum_iterations=1)
    with pytest.raises(Refused, match=r"^glm\.not_converged"):
        run_in_clear(spec, [table_of(columns())])

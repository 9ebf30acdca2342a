"""The regression's rules: its design, its questions, its disclosure checks, and crafted parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from analysis_jobs.kinds.contract import Array, Arrays, Ask
from analysis_jobs.kinds.glm import coordinates
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
        ("glm.weights_kind", [flag("y"), number("x"), flag("w")], {"terms": ("x",), "weights": "w"}),
        ("glm.weights_kind", [flag("y"), number("x"), number("w")], {"terms": ("x",), "weights": "w"}),
        ("glm.outcome_not_positive", [number("y", 0, 5), number("x")], {"family": "gamma"}),
        ("glm.outcome_not_positive", [flag("y"), number("x")], {"family": "gamma"}),
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
    monkeypatch.setattr(coordinates, "KEEP_BYTES", 0)
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


def further_spec(**given: Any) -> Any:
    variables = [*VARIABLES, number("w", 0, 1000)]
    return glm_spec(variables, family="binomial", weights="w", terms=("x", "cp"), **given)


def weighted(n: int = 400) -> dict[str, Array]:
    return columns(n) | {"w": np.random.default_rng(5).uniform(0.5, 2, n)}


def test_a_plain_regression_keeps_its_bytes() -> None:
    plain = glm_spec(VARIABLES, family="binomial").model_dump(mode="json")["parameters"]
    assert not plain.keys() & {"link", "weights", "site_effects", "robust", "without"}


@pytest.mark.parametrize(
    "given",
    [
        {"family": "gaussian", "link": "log"},
        {"without": (("z",),)},
        {"without": (("x", "x"),)},
        {"weights": "x"},
    ],
)
def test_parameters_that_contradict_each_other_are_malformed(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        glm_spec(VARIABLES, terms=("x", "cp"), **({"family": "binomial"} | given))


def test_one_weight_above_all_others_is_refused_at_the_first_question() -> None:
    data = weighted()
    data["w"][11] = 900.0
    survey = Ask(0, "survey", {})
    summary = KIND.local(further_spec(), table_of(data), survey)
    for check in (
        lambda: KIND.check_site(further_spec(), survey, summary),
        lambda: KIND.check_pooled(further_spec(), survey, summary.evidence),
    ):
        with pytest.raises(Refused, match=r"^disclosure\.effective_sample"):
            check()


def test_a_person_of_no_weight_does_not_count() -> None:
    data = weighted()
    data["w"][:50] = 0.0
    answer = run_in_clear(further_spec(), [table_of(data)])
    assert isinstance(answer, ModelFit)
    assert answer.n == 350


@pytest.mark.parametrize("robust", ["HC0", "HC1", "HC3"])
def test_every_further_reply_keeps_its_layout_and_ranges(robust: str) -> None:
    spec = further_spec(robust=robust, without=(("x",), ("cp",)), site_effects=True, sites=7)
    table = table_of(weighted())
    asks = conversation(spec, table)
    assert asks[-1].name == "robust"
    for ask in asks:
        layout, reply = KIND.layout(spec, ask, participants=7), KIND.local(spec, table, ask)
        for entries, arrays in ((layout.arrays, reply.arrays), (layout.evidence, reply.evidence)):
            assert {entry.name: entry.shape for entry in entries} == {
                name: array.shape for name, array in arrays.items()
            }
            for entry in entries:
                assert ((arrays[entry.name] >= entry.low) & (arrays[entry.name] <= entry.high)).all()


def test_nothing_that_leaves_moves_with_a_hospitals_own_level() -> None:
    """With own intercepts, two hospitals that differ in the level alone send the very same sums."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=200)
    y = 0.3 * x + rng.normal(size=200)
    spec = glm_spec([number("y"), number("x")], family="gaussian", site_effects=True)
    ask = conversation(spec, table_of({"y": y, "x": x}))[-1]
    sent = [KIND.local(spec, table_of({"y": y + level, "x": x}), ask).arrays for level in (0.0, 17.0)]
    for name, array in sent[0].items():
        assert np.allclose(array, sent[1][name], rtol=0, atol=1e-11)


def test_a_hospital_without_a_say_sends_nothing_of_its_persons() -> None:
    data = columns()
    data["y"][:] = 1.0
    spec = glm_spec(VARIABLES, family="binomial", site_effects=True)
    for ask in conversation(spec, table_of(columns())):
        reply = KIND.local(spec, table_of(data), ask)
        assert not any(array.any() for array in (*reply.arrays.values(), *reply.evidence.values()))
    assert not any(each.rows.any() for each in KIND.sets(spec, table_of(data)))


def test_a_robust_round_in_which_one_person_weighs_most_is_refused() -> None:
    data = columns()
    data["x"][17] = 90.0
    spec = glm_spec([number("y", -1e4, 1e4), *VARIABLES[1:]], family="gaussian", robust="HC0")
    data["y"] = data["y"] + np.random.default_rng(0).normal(size=400)
    data["y"][17] = 9000.0
    table = table_of(data)
    ask = conversation(spec, table)[-1]
    crafted = Ask(ask.ordinal, ask.name, ask.arrays | {"beta": np.zeros(4)})
    summary = KIND.local(spec, table, crafted)
    with pytest.raises(Refused, match=r"^disclosure\.effective_sample"):
        KIND.check_pooled(spec, crafted, summary.evidence)


def test_a_person_alone_in_a_level_has_no_hc3() -> None:
    rng = np.random.default_rng(0)
    lonely = np.zeros(60)
    lonely[7] = 1.0
    data = {"y": rng.normal(size=60), "x": rng.normal(size=60), "f": lonely}
    spec = glm_spec([number("y"), number("x"), flag("f")], family="gaussian", robust="HC3")
    with pytest.raises(Refused, match=r"^glm\.leverage"):
        run_in_clear(spec, [table_of(data)])


def test_a_robust_question_that_nobody_asked_for_is_refused() -> None:
    spec = glm_spec(VARIABLES, family="binomial", robust="HC0")
    ask = conversation(spec, table_of(columns()))[-1]
    with pytest.raises(Refused, match=r"^kinds\.ask_unknown"):
        KIND.local(glm_spec(VARIABLES, family="binomial"), table_of(columns()), ask)

"""The penalised regression's rules: its questions, its disclosure checks, crafted questions, known values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from analysis_jobs.kinds.contract import Array, Arrays, Ask
from analysis_jobs.kinds.glm.reproducible_algebra import logarithm, root_of
from analysis_jobs.kinds.penalised.kind import KIND
from analysis_jobs.kinds.pooled import run_fixed_point, run_in_clear
from analysis_jobs.kinds.ranges import SUM_LIMIT
from onggi.errors import Refused
from onggi.spec.job import JobSpec
from onggi.spec.kinds import PenalisedParameters
from onggi.spec.results import RegularisedPath
from tests.support.shared_data import shared_data
from tests.support.statistics_specs import asking, category, count_spec, flag, number, split, table_of

REFERENCE = Path(__file__).resolve().parents[1] / "data" / "reference" / "penalised.json"
VARIABLES = (flag("y"), number("x"), category("cp", "a", "b", "c"))


def columns(n: int = 400, seed: int = 1) -> dict[str, Array]:
    rng = np.random.default_rng(seed)
    x, cp = rng.normal(size=n), rng.integers(0, 3, n).astype(float)
    y = (rng.random(n) < 1 / (1 + np.exp(-x))).astype(float)
    return {"y": y, "x": x, "cp": cp}


def spec_of(variables: Any = VARIABLES, *, sites: int = 1, masked: bool = False, **given: Any) -> JobSpec:
    given = {"family": "binomial", "outcome": "y", "terms": ("x", "cp"), "path_length": 6} | given
    return asking(PenalisedParameters(**given), sites=sites, masked=masked, variables=variables)


def conversation(spec: JobSpec, table: Any) -> list[Ask]:
    asks: list[Ask] = []
    history: list[Arrays] = []
    while isinstance(found := KIND.next(spec, history, sites=1), Ask):
        asks.append(found)
        history.append(KIND.local(spec, table, found).arrays)
    return asks


@pytest.mark.parametrize(
    "given",
    [
        {"penalties": (0.1, 0.2)},
        {"penalties": (0.1, 0.1)},
        {"penalties": (0.1, 0.0)},
        {"folds": 2},
        {"alpha": 1.1},
        {"terms": ("x", "y")},
        {"family": "gamma"},
        {"family": "gamma", "link": "inverse"},
        {"link": "log"},
    ],
)
def test_malformed_parameters(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        spec_of(**given)


def test_parameters_that_make_no_sense_are_refused() -> None:
    for code, spec in (
        ("glm.unknown_variable", spec_of(terms=("absent",))),
        ("glm.outcome_kind", spec_of((number("y"), *VARIABLES[1:]))),
        ("glm.reference_unknown", spec_of(references={"cp": "z"})),
        ("glm.outcome_not_positive", spec_of(family="gamma", link="log")),
        ("glm.outcome_not_positive", spec_of((number("y", 0), *VARIABLES[1:]), family="gamma", link="log")),
        ("kinds.wrong_kind", count_spec("one")),
    ):
        with pytest.raises(Refused) as refused:
            KIND.check_spec(spec)
        assert refused.value.code == code
    many = [number(f"x{at}") for at in range(190)]
    wide = spec_of((flag("y"), *many), terms=tuple(each.name for each in many), path_length=100)
    with pytest.raises(Refused, match=r"^penalised\.too_large"):
        KIND.check_spec(wide)


def test_a_straight_line_needs_two_questions_and_a_curve_some_more() -> None:
    line = spec_of((number("y"), *VARIABLES[1:]), family="gaussian")
    assert [ask.name for ask in conversation(line, table_of(columns()))] == ["survey", "moments"]
    names = [ask.name for ask in conversation(spec_of(), table_of(columns()))]
    assert names[:2] == ["survey", "moments"]
    assert set(names[2:]) == {"step"}


@pytest.mark.parametrize("family", ["gaussian", "binomial", "poisson", "gamma"])
def test_every_reply_keeps_its_layout_and_ranges(family: str) -> None:
    outcome = flag("y") if family == "binomial" else number("y", 0.5 if family == "gamma" else 0, 50)
    link = "log" if family == "gamma" else None
    spec = spec_of((outcome, *VARIABLES[1:], number("o")), family=family, link=link, offset="o", sites=7)
    data = columns() | {"o": np.linspace(-1, 1, 400)}
    table = table_of(data | {"y": data["y"] + 1} if family == "gamma" else data)
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


def test_the_same_sums_give_the_same_question_to_the_bit() -> None:
    first, second = (conversation(spec_of(), table_of(columns())) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        assert {name: array.tobytes() for name, array in one.arrays.items()} == {
            name: array.tobytes() for name, array in other.arrays.items()
        }


def test_finished_fits_are_not_asked_about_any_more() -> None:
    steps = [ask.arrays["set"].size for ask in conversation(spec_of(), table_of(columns()))[2:]]
    assert steps[0] == 6  # the models without terms: everybody, and everybody but each of five folds
    assert steps[1] == 36
    assert steps[-1] < 36


@pytest.mark.parametrize("cell", ["persons", "y=yes", "y=no", "cp=a", "cp=b", "cp=c"])
def test_every_cell_of_every_fold_must_be_large_enough(cell: str) -> None:
    data = columns(600)
    name, _, value = cell.partition("=")
    third = np.arange(600) % 5 == 2
    if name == "persons":
        data["x"] = np.where(third & (np.cumsum(third) > 9), np.nan, data["x"])
    else:
        wanted = {"yes": 1.0, "no": 0.0, "a": 0.0, "b": 1.0, "c": 2.0}[value]
        other = (wanted + 1) % (2 if name == "y" else 3)
        inside = third & (data[name] == wanted)
        data[name] = np.where(inside & (np.cumsum(inside) > 9), other, data[name])
    survey = Ask(0, "survey", {})
    summary = KIND.local(spec_of(), table_of(data), survey)
    for check in (
        lambda: KIND.check_site(spec_of(), survey, summary),
        lambda: KIND.check_pooled(spec_of(), survey, summary.evidence),
    ):
        with pytest.raises(Refused) as refused:
            check()
        assert refused.value.code == "disclosure.small_cell"
        assert refused.value.facts["cell"] == f"fold 3: {cell}"


def test_too_few_degrees_of_freedom_without_a_fold_are_refused() -> None:
    variables = (number("y"), *(number(f"x{k}") for k in range(25)))
    rng = np.random.default_rng(0)
    data = {each.name: rng.normal(size=44) for each in variables}
    spec = spec_of(
        variables,
        family="gaussian",
        terms=tuple(each.name for each in variables[1:]),
        folds=4,
        masked=True,
    )
    with pytest.raises(Refused, match=r"^disclosure\.low_dof"):
        run_fixed_point(spec, [table_of(data)], check=True)


def test_outcomes_that_are_not_positive_do_not_count_in_a_gamma_path() -> None:
    data = columns(600)
    spec = spec_of((number("y", 0.5, 9), *VARIABLES[1:]), family="gamma", link="log", folds=0)
    positive = data | {"y": np.where(data["y"] > 0, np.exp(data["x"] / 2) + 0.6, np.linspace(-3, 0, 600))}
    answer = run_in_clear(spec, [table_of(positive)])
    assert isinstance(answer, RegularisedPath)
    assert (answer.family, answer.link, answer.events) == ("gamma", "log", None)
    kept = {name: values[positive["y"] > 0] for name, values in positive.items()}
    assert answer == run_in_clear(spec, [table_of(kept)])
    assert answer.n == len(kept["y"])
    with pytest.raises(Refused, match=r"^glm\.no_complete_cases"):
        run_in_clear(spec, [table_of(positive | {"y": np.zeros(600)})])


def test_a_gamma_path_lets_no_single_outcome_stand_for_all() -> None:
    data = columns()
    variables = (number("y", 0.1, 1e6), *VARIABLES[1:])
    spec = spec_of(variables, family="gamma", link="log", folds=0)
    data["y"] = np.where(np.arange(400) == 17, 9e5, 1.0 + data["y"])
    with pytest.raises(Refused, match=r"^disclosure\.effective_sample"):
        run_fixed_point(spec, [table_of(data)], check=True)
    usual = data | {"y": np.exp(data["x"] / 2 + np.linspace(-1, 1, 400))}
    usual["x"][17] = 4.0
    table = table_of(usual)
    ask = next(ask for ask in conversation(spec, table) if ask.name == "step")
    crafted = {name: array.copy() for name, array in ask.arrays.items()} | {"set": np.zeros(1)}
    crafted["center"], crafted["spread"] = np.zeros(3), np.ones(3)
    crafted["beta"] = np.array([[40.0, -10.0, 0.0, 0.0]])  # a mean of 1 at x = 4, a huge one for all others
    question = Ask(ask.ordinal, "step", crafted)
    summary = KIND.local(spec, table, question)
    assert not summary.arrays["overflow"].any()
    for check in (
        lambda: KIND.check_site(spec, question, summary),
        lambda: KIND.check_pooled(spec, question, summary.evidence),
    ):
        with pytest.raises(Refused, match=r"^disclosure\.effective_sample"):
            check()


@pytest.mark.parametrize("held_out", [False, True])
def test_crafted_coefficients_that_isolate_one_person_are_refused(held_out: bool) -> None:
    data = columns()
    data["x"][17] = 9.0  # in the third fold
    table = table_of(data)
    ask = next(ask for ask in conversation(spec_of(), table) if ask.name == "step")
    crafted = {name: array.copy() for name, array in ask.arrays.items()}
    crafted["center"], crafted["spread"] = np.array([9.0, 0.0, 0.0]), np.ones(3)
    # The predictor is 0 at x = 9 and far from it for everybody else.
    crafted["set"] = np.array([3.0 if held_out else 0.0])
    crafted["beta"] = np.array([[0.0, 30.0, 0.0, 0.0]])
    question = Ask(ask.ordinal, "step", crafted)
    summary = KIND.local(spec_of(), table, question)
    if held_out:  # the training persons alone would be seen first; here they pass
        summary.evidence["weights"][:] = 400.0
    for check in (
        lambda: KIND.check_site(spec_of(), question, summary),
        lambda: KIND.check_pooled(spec_of(), question, summary.evidence),
    ):
        with pytest.raises(Refused, match=r"^disclosure\.effective_sample"):
            check()


def test_an_overflowing_fit_answers_with_zeros_only_and_the_others_go_on() -> None:
    spec = spec_of((number("y", 0, 50), *VARIABLES[1:]), family="poisson")
    table = table_of(columns())
    ask = next(ask for ask in conversation(spec, table) if ask.name == "step")
    beta = ask.arrays["beta"].copy()
    beta[1] = [5000.0, 1.0, 0.0, 0.0]
    beta[2] = [40.0, 1.0, 0.0, 0.0]
    question = Ask(ask.ordinal, "step", ask.arrays | {"beta": beta})
    summary = KIND.local(spec, table, question)
    assert summary.arrays["overflow"].tolist() == [0, 1, 1, 0, 0, 0]
    for name in ("information", "score", "deviance", "held_out"):
        assert not summary.arrays[name][1:3].any()
        assert np.isfinite(summary.arrays[name]).all()
    assert summary.arrays["information"][0].any()
    KIND.check_pooled(spec, question, summary.evidence)


@pytest.mark.parametrize(
    "wrong",
    [
        {"set": np.array([0.5])},
        {"set": np.array([6.0])},
        {"set": np.array([-1.0])},
        {"set": np.zeros(0), "beta": np.zeros((0, 4))},
        {"set": np.zeros(37), "beta": np.zeros((37, 4))},
        {"beta": np.zeros((1, 3))},
        {"beta": np.full((1, 4), np.nan)},
        {"spread": np.zeros(3)},
        {"unit": np.zeros(1)},
        {"more": np.zeros(1)},
    ],
)
def test_malformed_questions_are_refused(wrong: dict[str, Array]) -> None:
    table = table_of(columns())
    ask = next(ask for ask in conversation(spec_of(), table) if ask.name == "step")
    one = {"set": np.zeros(1), "beta": np.zeros((1, 4))}
    for act in (
        lambda q: KIND.local(spec_of(), table, q),
        lambda q: KIND.layout(spec_of(), q, participants=3),
    ):
        with pytest.raises(Refused, match=r"^kinds\.ask_unknown"):
            act(Ask(2, "step", {**ask.arrays, **one, **wrong}))
        with pytest.raises(Refused, match=r"^kinds\.ask_unknown"):
            act(Ask(0, "rows", {}))


def test_an_empty_hospital_takes_part_under_masks() -> None:
    answer = run_fixed_point(spec_of(sites=2, masked=True), split(columns(), [0]), check=True)
    assert isinstance(answer, RegularisedPath)
    assert (answer.n, answer.sites) == (400, 2)
    assert KIND.release(spec_of(), answer, exact=False) == answer
    with pytest.raises(Refused, match=r"^disclosure\.small_cell"):
        KIND.release(spec_of(), answer.model_copy(update={"events": 4}), exact=True)
    with pytest.raises(Refused, match=r"^disclosure\.low_dof"):
        KIND.release(spec_of(), answer.model_copy(update={"n": 13, "events": None}), exact=True)


def test_a_table_without_a_column_is_refused() -> None:
    data = columns()
    del data["cp"]
    with pytest.raises(Refused, match=r"^glm\.table_wrong"):
        run_in_clear(spec_of(), [table_of(data)])


def test_logarithms_and_roots_agree_with_the_library() -> None:
    for value in (1e-300, 1e-9, 0.3, 0.70710678, 1.0, 1.5, 7.0, 1e200):
        assert logarithm(value) == pytest.approx(np.log(value), rel=1e-15, abs=1e-16)
    for value, degree in ((1e-3, 49), (0.5, 1), (1e-6, 99), (0.25, 2)):
        assert root_of(value, degree) == pytest.approx(value ** (1 / degree), rel=1e-14)


def known() -> Any:
    return json.loads(REFERENCE.read_text(encoding="utf-8"))["values"]


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(("name", "alpha"), [("ridge", 0.0), ("elastic", 0.5), ("lasso", 1.0)])
def test_diabetes_among_the_pima_as_scikit_learn_has_it(name: str, alpha: float, masked: bool) -> None:
    rows = np.genfromtxt(shared_data("tabular", "pima_indians_diabetes.csv"), delimiter=",")
    terms = ("pregnant", "glucose", "pressure", "triceps", "insulin", "mass", "pedigree", "age")
    data = dict(zip((*terms, "y"), rows.T, strict=True))
    variables = (flag("y"), *(number(each, 0, 1000) for each in terms))
    spec = spec_of(
        variables,
        sites=3,
        masked=masked,
        terms=terms,
        alpha=alpha,
        penalties=tuple(fit["penalty"] for fit in known()["binomial"]),
    )
    answer = (run_fixed_point if masked else run_in_clear)(spec, split(data, [100, 500]))
    assert isinstance(answer, RegularisedPath)
    for own, fit in zip(answer.coefficients, known()["binomial"], strict=True):
        # What remains is scikit-learn's: its solver for the lasso stops at steps of 1e-13, not at slopes.
        assert np.allclose(own, fit[name], rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(
    ("family", "name", "alpha"),
    [
        ("gaussian", "ridge", 0.0),
        ("gaussian", "elastic", 0.5),
        ("gaussian", "lasso", 1.0),
        ("poisson", "ridge", 0.0),
        ("gamma", "ridge", 0.0),
        ("gamma", "elastic", 0.5),
        ("gamma", "lasso", 1.0),
    ],
)
def test_length_of_stay_in_support_as_scikit_learn_and_statsmodels_have_it(
    family: str, name: str, alpha: float, masked: bool
) -> None:
    import csv

    with shared_data("tabular", "support2.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = {"y": "slos", "age": "age", "meanbp": "meanbp", "hrt": "hrt", "temp": "temp", "ill": "num.co"}
    names["coma"] = "scoma"
    data = {
        own: np.array([float(row[theirs]) if row[theirs] else np.nan for row in rows])
        for own, theirs in names.items()
    }
    ranges = {"y": (1, 400), "age": (0, 110)}
    variables = tuple(number(own, *ranges.get(own, (0, 400))) for own in names)
    values = known()
    fits = values["gaussian"]["fits"] if family == "gaussian" else values[family]
    spec = spec_of(
        variables,
        sites=4,
        masked=masked,
        family=family,
        link="log" if family == "gamma" else None,
        terms=tuple(names)[1:],
        alpha=alpha,
        folds=0,
        penalties=tuple(fit["penalty"] for fit in fits),
    )
    answer = (run_fixed_point if masked else run_in_clear)(spec, split(data, [2000, 2500, 6000]))
    assert isinstance(answer, RegularisedPath)
    assert answer.n == values["gaussian"]["n"]
    for own, fit in zip(answer.coefficients, fits, strict=True):
        assert np.allclose(own, fit[name], rtol=1e-7, atol=1e-9)

"""An evaluation's rules: what makes sense, what too few persons would show, and models made to show one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from analysis_jobs.kinds.contract import Array, Arrays, Ask
from analysis_jobs.kinds.evaluation.kind import KIND
from analysis_jobs.kinds.pooled import run_fixed_point, run_in_clear
from analysis_jobs.kinds.ranges import SUM_LIMIT
from onggi.errors import Refused
from onggi.spec.job import JobSpec
from onggi.spec.kinds import EvaluationParameters, LogisticModel, ModelTerm
from onggi.spec.outcomes import Outcome, OutcomeEvent
from onggi.spec.results import ModelEvaluation
from tests.support.statistics_specs import asking, category, count_spec, flag, number, split, table_of

X, GROUP = number("x", -50, 50), category("group", "a", "b", "c")
VARIABLES = (flag("y"), X, GROUP, flag("rare"))
SLOPE = (ModelTerm(variable="x", coefficient=1.0),)


def asked(*terms: ModelTerm, **changes: Any) -> EvaluationParameters:
    model = LogisticModel(intercept=-0.5, terms=terms or SLOPE)
    return EvaluationParameters(
        **({"outcome": "y", "model": model, "edges": (0.25, 0.5), "thresholds": (0.5,)} | changes)
    )


def job(*terms: ModelTerm, variables: Any = VARIABLES, **changes: Any) -> JobSpec:
    return asking(asked(*terms, **changes), variables=tuple(variables))


def columns(n: int = 600, seed: int = 1) -> dict[str, Array]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    y = (rng.random(n) < 1 / (1 + np.exp(-x))).astype(float)
    return {"y": y, "x": x, "group": rng.integers(0, 3, n).astype(float), "rare": np.zeros(n)}


def conversation(spec: JobSpec, table: Any) -> list[Ask]:
    asks: list[Ask] = []
    history: list[Arrays] = []
    while isinstance(found := KIND.next(spec, history, sites=1), Ask):
        asks.append(found)
        history.append(KIND.local(spec, table, found).arrays)
    return asks


def evaluated(spec: JobSpec, data: dict[str, Array]) -> ModelEvaluation:
    found = run_in_clear(spec, [table_of(data)])
    assert isinstance(found, ModelEvaluation)
    return found


OUTCOME = Outcome(name="death", event=OutcomeEvent(domain="death"), horizon_days=365, prior_events="ignore")


@pytest.mark.parametrize(
    ("code", "spec"),
    [
        ("evaluation.unknown_variable", lambda: job(outcome="absent")),
        ("evaluation.unknown_variable", lambda: job(ModelTerm(variable="absent", coefficient=1))),
        ("evaluation.unknown_variable", lambda: job(by="absent")),
        ("evaluation.unknown_variable", lambda: job(model=None, risk="absent")),
        ("evaluation.outcome_kind", lambda: job(outcome="group")),
        ("evaluation.outcome_predicts", lambda: job(ModelTerm(variable="y", coefficient=1))),
        ("evaluation.outcome_predicts", lambda: job(by="y")),
        ("evaluation.level_unknown", lambda: job(ModelTerm(variable="group", coefficient=1))),
        ("evaluation.level_unknown", lambda: job(ModelTerm(variable="group", level="z", coefficient=1))),
        ("evaluation.level_unknown", lambda: job(ModelTerm(variable="x", level="a", coefficient=1))),
        ("evaluation.risk_range", lambda: job(model=None, risk="x")),
        ("evaluation.risk_range", lambda: job(model=None, risk="rare")),
        ("evaluation.bands_wrong", lambda: job(by="x")),
        ("evaluation.bands_wrong", lambda: job(by="x", by_edges=(-50.0,))),
        ("evaluation.bands_wrong", lambda: job(by="group", by_edges=(1.0,))),
    ],
)
def test_parameters_that_make_no_sense(code: str, spec: Callable[[], JobSpec]) -> None:
    with pytest.raises(Refused) as refused:
        KIND.check_spec(spec())
    assert refused.value.code == code


@pytest.mark.parametrize("name", ["death_event", "death_days"])
def test_an_outcome_with_censoring_is_refused_as_such(name: str) -> None:
    spec = asking(asked(outcome=name), variables=VARIABLES, outcomes=(OUTCOME,))
    with pytest.raises(Refused, match=r"^evaluation\.censored"):
        KIND.check_spec(spec)


def test_another_kinds_spec_is_refused() -> None:
    with pytest.raises(Refused, match=r"^kinds\.wrong_kind"):
        KIND.check_spec(count_spec("one"))


@pytest.mark.parametrize(
    "changes",
    [
        {"model": None},
        {"risk": "x"},
        {"edges": ()},
        {"edges": (0.5, 0.25)},
        {"edges": (0.5, 0.5 + 1e-9), "thresholds": ()},
        {"edges": (0.0, 0.5)},
        {"thresholds": (0.3,)},
        {"by_edges": (1.0,)},
        {"model": {"intercept": 0.0, "terms": []}},
    ],
)
def test_malformed_parameters_are_none(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        EvaluationParameters.model_validate(asked().model_dump() | changes)


def test_what_is_not_asked_is_not_written() -> None:
    plain = asked(thresholds=()).model_dump(mode="json")
    assert plain.keys() == {"kind", "outcome", "model", "edges"}
    assert plain["model"]["terms"] == [{"variable": "x", "coefficient": 1.0}]


def test_the_conversation_asks_for_groups_once_then_steps() -> None:
    asks = conversation(job(), table_of(columns()))
    assert [ask.name for ask in asks][:1] == ["groups"]
    assert {ask.name for ask in asks[1:]} == {"step"}
    assert [ask.ordinal for ask in asks] == list(range(len(asks)))


def test_every_reply_keeps_its_layout_and_ranges() -> None:
    spec, table = job(by="group"), table_of(columns())
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
    first, second = (conversation(job(by="group"), table_of(columns())) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        assert {name: array.tobytes() for name, array in one.arrays.items()} == {
            name: array.tobytes() for name, array in other.arrays.items()
        }


@pytest.mark.parametrize(
    "change",
    [{"name": "rows"}, {"arrays": {}}, {"spread": np.zeros(1)}, {"beta": np.full((1, 2), np.nan)}],
)
def test_malformed_asks_are_refused(change: dict[str, Any]) -> None:
    step = conversation(job(), table_of(columns()))[1]
    arrays = change.pop("arrays", dict(step.arrays) | {k: v for k, v in change.items() if k != "name"})
    ask = Ask(1, change.get("name", "step"), arrays)
    with pytest.raises(Refused, match=r"^kinds\.ask_unknown"):
        KIND.local(job(), table_of(columns()), ask)
    with pytest.raises(Refused, match=r"^kinds\.ask_unknown"):
        KIND.layout(job(), ask, participants=3)


def test_a_table_of_another_form_is_refused() -> None:
    data = columns()
    for wrong in ({"y": data["y"] / 2}, {"x": None}):
        changed = {name: values for name, values in (data | wrong).items() if values is not None}
        with pytest.raises(Refused, match=r"^evaluation\.table_wrong"):
            run_in_clear(job(), [table_of(changed)])


def test_data_that_cannot_answer_are_refused() -> None:
    data = columns()
    for code, changes in (
        ("evaluation.no_complete_cases", {"x": np.full(600, np.nan)}),
        ("evaluation.one_class", {"y": np.ones(600)}),
        ("evaluation.predictions_alike", {"x": np.full(600, 0.7)}),
        ("evaluation.not_recalibrated", {"x": np.where(data["y"] == 1, 2.0, -2.0)}),
    ):
        with pytest.raises(Refused) as refused:
            run_in_clear(job(), [table_of(data | changes)])
        assert refused.value.code == code


def test_who_lacks_the_dividing_value_is_in_no_population() -> None:
    data = columns()
    data["group"][:40] = np.nan
    found = evaluated(job(by="group"), data)
    assert [each.name for each in found.populations] == ["", "group=a", "group=b", "group=c"]
    assert found.populations[0].persons == 560
    assert sum(each.persons for each in found.populations[1:]) == 560


def test_bands_of_a_number() -> None:
    data = columns(2000) | {"age": np.random.default_rng(2).uniform(20, 90, 2000)}
    found = evaluated(
        job(by="age", by_edges=(40.0, 65.0), variables=(*VARIABLES, number("age", 0, 120))), data
    )
    names = [each.name for each in found.populations]
    assert names == ["", "age under 40", "age 40 to under 65", "age 65 or more"]
    assert found.populations[2].persons == int(((data["age"] >= 40) & (data["age"] < 65)).sum())


def test_a_model_fitted_here_has_two_degrees_of_freedom_less() -> None:
    given = evaluated(job(), columns()).populations[0].calibration
    fitted = evaluated(job(developed_here=True), columns()).populations[0].calibration
    assert (given.hosmer_lemeshow_dof, fitted.hosmer_lemeshow_dof) == (3, 1)
    assert given.hosmer_lemeshow == fitted.hosmer_lemeshow


# What would show too few persons.


def refusal(spec: JobSpec, data: dict[str, Array]) -> Refused:
    """The same from one hospital in clear and from three under masks."""
    codes = []
    for run, tables in (
        (run_in_clear, [table_of(data)]),
        (run_fixed_point, split(data, [200, 350])),
    ):
        with pytest.raises(Refused) as refused:
            run(spec, tables, check=True)
        codes.append(refused.value)
    assert {str(each) for each in codes} == {str(codes[0])}
    return codes[0]


@pytest.mark.parametrize(("persons", "kept"), [(0, False), (1, False), (9, False), (10, True)])
@pytest.mark.parametrize("outcome", [0.0, 1.0])
def test_every_cell_of_every_group_holds_enough(persons: int, kept: bool, outcome: float) -> None:
    data = columns()
    high = (data["x"] >= 0.5) & (data["y"] == outcome)
    data["x"][np.flatnonzero(high)[persons:]] = np.nan
    spec = job()
    if kept:
        assert run_fixed_point(spec, split(data, [200, 350]), check=True)
        return
    found = refusal(spec, data)
    label = "yes" if outcome else "no"
    assert (found.code, found.facts["cell"]) == ("disclosure.small_cell", f"risk 0.5 to 1, y={label}")


def test_cells_of_a_population_hold_enough_too() -> None:
    data = columns()
    data["group"][data["group"] == 1] = 0
    data["group"][:60] = 1
    found = refusal(job(by="group"), data)
    assert found.code == "disclosure.small_cell"
    assert str(found.facts["cell"]).startswith("group=b, risk")


def test_a_plain_evaluation_passes_in_clear_and_under_masks() -> None:
    data = columns(1500)
    spec = job(ModelTerm(variable="group", level="b", coefficient=0.4), *SLOPE, by="group")
    assert run_in_clear(spec, [table_of(data)], check=True)
    assert run_fixed_point(spec, split(data, [0, 500, 500]), check=True)


@pytest.mark.parametrize("level", [2.0, 0.1, 1e-3, 1e-6])
def test_a_model_that_sets_one_person_apart_is_refused(level: float) -> None:
    """All have one of two predictions but one person, who has another: the mean risk would tell it."""
    data = columns()
    data["x"] = np.where(data["x"] > 0, 1.0, -2.0)
    data["rare"][np.flatnonzero(data["x"] > 0)[3]] = 1.0
    terms = (*SLOPE, ModelTerm(variable="rare", coefficient=level))
    spec = job(*terms, edges=(0.5,), variables=(flag("y"), X, number("rare", 0, 1)))
    found = refusal(spec, data)
    assert (found.code, found.facts["cell"]) == ("disclosure.few_differ", "risk 0.5 to 1")
    data["rare"][:] = 0.0
    assert run_in_clear(spec, [table_of(data)], check=True)


@pytest.mark.parametrize("persons", [0, 1, 9])
def test_a_rare_flag_below_the_spread_of_other_terms_is_refused(persons: int) -> None:
    """Its number could be read off the last digits of a mean risk."""
    data = columns()
    data["x"] = np.round(data["x"])
    data["rare"][:persons] = 1.0
    spec = job(*SLOPE, ModelTerm(variable="rare", coefficient=1e-5), edges=(0.5,))
    found = refusal(spec, data)
    assert (found.code, found.facts["cell"]) == ("disclosure.small_cell", "rare=yes")
    data["rare"][:20] = 1.0
    assert run_fixed_point(spec, split(data, [200, 350]), check=True)


def test_a_level_that_is_rare_in_one_population_is_refused_and_one_that_cannot_be_there_is_not() -> None:
    data = columns(1500)
    data["rare"][:300] = 1.0
    data["rare"][(data["group"] == 1) & (np.arange(1500) > 15)] = 0.0
    terms = (*SLOPE, ModelTerm(variable="rare", coefficient=0.2))
    found = refusal(job(*terms, by="group"), data)
    assert (found.code, found.facts["cell"]) == ("disclosure.small_cell", "group=b, rare=yes")
    own = ModelTerm(variable="group", level="b", coefficient=0.2)
    assert run_in_clear(job(*SLOPE, own, by="group"), [table_of(data)], check=True)


@pytest.mark.parametrize("coefficient", [30.0, 1e9])
def test_huge_coefficients_that_leave_one_person_between_are_refused(coefficient: float) -> None:
    """Everybody's risk is 0 or 1 but one person's: the weights of the recalibration are theirs alone."""
    data = columns()
    data["x"] = np.where(data["x"] > 0, 1.0, -1.0)
    data["x"][17] = -1e-3 / coefficient
    model = LogisticModel(intercept=0.0, terms=(ModelTerm(variable="x", coefficient=coefficient),))
    assert refusal(job(model=model, edges=(0.5,)), data).code == "disclosure.few_differ"


def test_a_variable_used_as_an_index_is_a_small_cell() -> None:
    """Edges put around one value of a number."""
    data = columns()
    data["x"] = np.round(data["x"] * 20) / 20
    at = 1 / (1 + np.exp(0.5 - np.array([0.575, 0.625])))
    found = refusal(job(edges=tuple(at.tolist()), thresholds=()), data)
    assert found.code == "disclosure.small_cell"


def test_a_crafted_step_that_weighs_one_person_is_refused() -> None:
    data = columns()
    data["x"][17] = 6.0
    spec, table = job(), table_of(data)
    honest = conversation(spec, table)[-1]
    # The risk is one half at 6 and nearly 0 for all others.
    crafted = dict(honest.arrays) | {
        "center": np.array([5.5]),
        "spread": np.ones(1),
        "beta": np.array([[0.0, 20.0]]),
    }
    ask = Ask(honest.ordinal, "step", crafted)
    summary = KIND.local(spec, table, ask)
    for check in (
        lambda: KIND.check_site(spec, ask, summary),
        lambda: KIND.check_pooled(spec, ask, summary.evidence),
    ):
        with pytest.raises(Refused, match=r"^disclosure\.effective_sample"):
            check()


def test_an_empty_hospital_is_refused_in_clear_and_takes_part_under_masks() -> None:
    tables = split(columns(), [0])
    with pytest.raises(Refused, match=r"^disclosure\.small_cell"):
        run_in_clear(job(), tables, check=True)
    found = run_fixed_point(job(), tables, check=True)
    assert isinstance(found, ModelEvaluation)
    assert found.sites == 2
    assert found.populations[0].persons == 600


# What is shown.


def test_release_rounds_counts_and_whatever_follows_from_them() -> None:
    spec = job(by="group")
    exact = evaluated(spec, columns(1500))
    shown = KIND.release(spec, exact, exact=False)
    assert isinstance(shown, ModelEvaluation)
    assert shown.rounded_to == 5
    for found, before in zip(shown.populations, exact.populations, strict=True):
        for group in found.groups:
            assert group.persons % 5 == 0
            assert group.events % 5 == 0
        hits, events = sum(group.events for group in found.groups[2:]), found.events
        assert found.thresholds[0].sensitivity is not None
        assert found.thresholds[0].sensitivity.value == hits / events
        assert found.discrimination.roc[2].true_positive_rate == hits / events
        assert found.brier == before.brier
        assert found.brier_scaled != before.brier_scaled
        assert found.calibration.slope == before.calibration.slope
        assert found.discrimination.auc.value == pytest.approx(before.discrimination.auc.value, abs=0.02)
        assert found.calibration.mean_risk == pytest.approx(before.calibration.mean_risk, abs=0.01)
    assert KIND.release(spec, exact, exact=True) == exact


def test_release_checks_the_answer_again() -> None:
    spec = job()
    exact = evaluated(spec, columns())
    (everybody,) = exact.populations
    few = everybody.groups[0].model_copy(update={"events": 4})
    small = exact.model_copy(
        update={"populations": (everybody.model_copy(update={"groups": (few, *everybody.groups[1:])}),)}
    )
    for wrong in (small, exact.model_copy(update={"minimum_persons": 400})):
        with pytest.raises(Refused, match=r"^disclosure\.small_cell"):
            KIND.release(spec, wrong, exact=True)
    with pytest.raises(TypeError):
        KIND.release(spec, KIND.release(spec, exact, exact=False), exact=False)


def test_a_threshold_of_one_person_rounds_no_cell_away() -> None:
    data = columns(60, seed=3)
    spec = asking(asked(edges=(0.4,), thresholds=()), variables=VARIABLES, minimum=1)
    shown = KIND.release(spec, evaluated(spec, data), exact=False)
    assert isinstance(shown, ModelEvaluation)
    assert min(group.events for group in shown.populations[0].groups) >= 5


def test_sets_name_levels_groups_and_outcomes() -> None:
    spec = job(by="rare")
    names = [each.name for each in KIND.sets(spec, table_of(columns()))]
    assert names[:4] == [
        "complete cases",
        "risk 0 to 0.25",
        "risk 0 to 0.25, y=yes",
        "risk 0 to 0.25, y=no",
    ]
    assert "rare=yes, risk 0.5 to 1, y=no" in names
    assert len(names) == 3 * (1 + 3 * 3)

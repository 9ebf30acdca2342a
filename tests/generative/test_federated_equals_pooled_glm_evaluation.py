"""A fitted model's apparent performance over many hospitals is that on their rows together.

It equals the kind `evaluation` at the fitted coefficients: numbers of persons exactly, everything else to
1e-8 of itself or of its standard error, in clear and with replies rounded to 2^-32 as under masks.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis_jobs.kinds.contract import Arrays, Ask
from analysis_jobs.kinds.glm.kind import KIND
from analysis_jobs.kinds.pooled import run_fixed_point, run_in_clear
from onggi.errors import Refused
from onggi.spec.builders.study_predictions import coefficients_of
from onggi.spec.kinds import EvaluationParameters, LogisticModel, ModelTerm
from onggi.spec.results import EvaluatedPopulation, ModelEvaluation, ModelFit
from tests.support.statistics_specs import (
    asking,
    category,
    flag,
    glm_spec,
    in_order_of,
    number,
    split,
    table_of,
)

VARIABLES = (flag("y"), number("age", 0, 120), flag("male"), category("group", "a", "b", "c"))
EDGES = (0.25, 0.4, 0.6)


def columns_of(n: int, seed: int, *, scale: float = 1.0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    age, male = rng.normal(60, 15, n).clip(0, 119), (rng.random(n) < 0.6).astype(float)
    group = rng.integers(0, 3, n).astype(float)
    truth = scale * (0.05 * (age - 60) + 0.4 * male + 0.5 * (group == 2)) - 0.5
    y = (rng.random(n) < 1 / (1 + np.exp(-truth))).astype(float)
    return {"y": y, "age": np.where(rng.random(n) < 0.05, np.nan, age), "male": male, "group": group}


def fitted(columns: Any, cuts: list[int], *, masked: bool, check: bool = False) -> ModelFit:
    tables = split(columns, cuts)
    spec = glm_spec(VARIABLES, sites=len(tables), masked=masked, family="binomial", risk_edges=EDGES)
    found = (run_fixed_point if masked else run_in_clear)(spec, tables, check=check)
    assert isinstance(found, ModelFit)
    assert found.evaluation is not None
    return found


def given_to_evaluate(fit: ModelFit, columns: Any) -> EvaluatedPopulation:
    """The kind `evaluation` on all rows, at the fitted coefficients."""
    intercept, coefficients = coefficients_of(fit, VARIABLES)
    terms = [(name, None) if isinstance(name, str) else name for name in coefficients]
    asked = EvaluationParameters(
        outcome="y",
        model=LogisticModel(
            intercept=intercept,
            terms=tuple(
                ModelTerm(variable=name, level=level, coefficient=value)
                for (name, level), value in zip(terms, coefficients.values(), strict=True)
            ),
        ),
        edges=EDGES,
        developed_here=True,
    )
    found = run_in_clear(asking(asked, variables=VARIABLES), [table_of(columns)])
    assert isinstance(found, ModelEvaluation)
    return found.populations[0]


@pytest.mark.parametrize("masked", [False, True], ids=["clear", "fixed-point"])
@settings(max_examples=12, deadline=None, derandomize=True)
@given(data=st.data())
def test_it_is_the_evaluation_of_the_fitted_model_on_all_rows(masked: bool, data: st.DataObject) -> None:
    n = data.draw(st.integers(150, 600), label="n")
    columns = columns_of(n, data.draw(st.integers(0, 10_000)), scale=data.draw(st.sampled_from([0.2, 1, 2])))
    if data.draw(st.booleans(), label="hospitals of one class"):
        columns = in_order_of(columns, "y")
    cuts = data.draw(st.lists(st.integers(0, n), max_size=19), label="cuts")
    fit = fitted(columns, cuts, masked=masked)
    assert fit.evaluation is not None
    (found,) = fit.evaluation.populations
    wanted = given_to_evaluate(fit, columns)
    assert fit.evaluation.developed_here
    assert [(each.persons, each.events) for each in found.groups] == [
        (each.persons, each.events) for each in wanted.groups
    ]
    assert found.discrimination == wanted.discrimination
    error = wanted.calibration.intercept.high - wanted.calibration.intercept.value

    def near(one: Any, other: Any, scale: float = 0.0) -> None:
        assert one == pytest.approx(other, rel=1e-8, abs=1e-8 * scale + 1e-11)

    near(found.brier, wanted.brier)
    near(found.predictor_mean, wanted.predictor_mean, scale=1)
    near(found.predictor_standard_deviation, wanted.predictor_standard_deviation)
    for mine, theirs in zip(found.groups, wanted.groups, strict=True):
        assert (mine.mean_risk is None) == (theirs.mean_risk is None)
        near(mine.mean_risk or 0.0, theirs.mean_risk or 0.0)
    for name in ("in_the_large", "intercept", "slope"):
        mine, theirs = getattr(found.calibration, name), getattr(wanted.calibration, name)
        near(mine.value, theirs.value, scale=error)
        near(mine.high - mine.low, theirs.high - theirs.low)
    near(found.calibration.hosmer_lemeshow, wanted.calibration.hosmer_lemeshow)
    assert found.calibration.recalibration_p == pytest.approx(1.0, abs=1e-6)


def test_its_groups_keep_the_rules_of_an_evaluation() -> None:
    columns = columns_of(3000, 3)
    for masked in (False, True):
        assert fitted(columns, [1000, 2000], masked=masked, check=True).converged
        with pytest.raises(Refused, match=r"disclosure\.small_cell .*risk 0 to 0.25"):
            fitted(columns_of(200, 3, scale=0.3), [100], masked=masked, check=True)


def test_its_counts_are_rounded_and_the_fit_is_not() -> None:
    columns = columns_of(900, 3)
    spec = glm_spec(VARIABLES, family="binomial", risk_edges=EDGES)
    fit = fitted(columns, [], masked=False)
    told = KIND.release(spec, fit, exact=False)
    assert isinstance(told, ModelFit)
    assert told.evaluation is not None
    assert told.evaluation.rounded_to == 5
    assert all(each.persons % 5 == 0 for each in told.evaluation.populations[0].groups)
    assert (told.n, told.coefficients) == (fit.n, fit.coefficients)
    assert KIND.release(spec, fit, exact=True) == fit


def test_the_last_ask_tells_who_is_in_each_group() -> None:
    columns = columns_of(700, 4)
    spec, table = glm_spec(VARIABLES, family="binomial", risk_edges=EDGES), table_of(columns)
    history: list[Arrays] = []
    while isinstance(ask := KIND.next(spec, history, sites=1), Ask):
        arrays = KIND.local(spec, table, replace(ask, position=0)).arrays
        sets = KIND.sets_at(spec, table, ask)
        assert bool(sets) == (ask.name == "evaluate")
        history.append(arrays)
        last = ask
    places = [place for each in sets or KIND.sets_at(spec, table, last) for place in each.counted]
    assert sorted(places) == [("cells", at) for at in range(2 * (len(EDGES) + 1))]
    for each in KIND.sets_at(spec, table, last):
        for array, position in each.counted:
            assert arrays[array][position] == np.count_nonzero(each.rows), each.name
            assert not np.isnan(columns["age"][each.rows]).any()


@pytest.mark.parametrize(
    "other",
    [{"family": "gaussian"}, {"site_effects": True}, {"risk_edges": (0.4, 0.3)}, {"offset": "off"}],
    ids=str,
)
def test_only_a_plain_logistic_model_is_evaluated(other: dict[str, Any]) -> None:
    given = {"family": "binomial", "risk_edges": EDGES} | other
    variables = [*VARIABLES, number("off")] if "offset" in other else VARIABLES
    with pytest.raises(ValueError, match=r"evaluated|rise"):
        glm_spec(variables, **given)  # type: ignore[arg-type]


def test_a_model_that_is_not_evaluated_is_written_as_before() -> None:
    plain = glm_spec(VARIABLES, family="binomial")
    assert "risk_edges" not in plain.model_dump_json()
    assert (
        "evaluation"
        not in fitted(columns_of(300, 1), [], masked=False)
        .model_copy(update={"evaluation": None})
        .model_dump_json()
    )

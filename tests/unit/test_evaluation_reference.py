"""Pima and SUPPORT2 over several hospitals give what scikit-learn, statsmodels and dcurves give on all rows.

`tests/data/reference/model_evaluation.json` says how each number was computed, and with which versions.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis_jobs.kinds.pooled import run_fixed_point, run_in_clear
from onggi.spec.kinds import EvaluationParameters, LogisticModel, ModelTerm
from onggi.spec.results import EvaluatedPopulation, ModelEvaluation, ModelFit
from tests.support.shared_data import shared_data
from tests.support.statistics_specs import asking, flag, glm_spec, number, split

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "data" / "reference" / "model_evaluation.json").read_text(encoding="utf-8")
)
RUNS = [pytest.param(False, id="clear"), pytest.param(True, id="masked")]


def pima() -> dict[str, Any]:
    rows = np.loadtxt(shared_data("tabular", "pima_indians_diabetes.csv"), delimiter=",")
    names = {"pregnancies": 0, "glucose": 1, "bmi": 5, "age": 7, "diabetes": 8}
    found = {name: rows[:, at].copy() for name, at in names.items()}
    for name in ("glucose", "bmi"):
        found[name][found[name] == 0] = np.nan
    return found


def support2() -> dict[str, Any]:
    with shared_data("tabular", "support2.csv").open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source))
    died = [row["death"] == "1" and float(row["d.time"]) <= 180 for row in rows]
    risk = [1 - float(row["surv6m"]) if row["surv6m"] not in ("", "NA") else np.nan for row in rows]
    male = [row["sex"] == "male" for row in rows]
    return {
        "died": np.array(died, dtype=float),
        "risk": np.array(risk),
        "male": np.array(male, dtype=float),
    }


def evaluated(asked: EvaluationParameters, variables: Any, columns: Any, *, masked: bool) -> ModelEvaluation:
    size = len(next(iter(columns.values())))
    tables = split(columns, [size // 9, size // 9, size // 3, size // 2])
    spec = asking(asked, sites=len(tables), masked=masked, variables=variables)
    found = run_fixed_point(spec, tables, check=True) if masked else run_in_clear(spec, tables)
    assert isinstance(found, ModelEvaluation)
    return found


def check(found: EvaluatedPopulation, wanted: dict[str, Any]) -> None:
    """Integers exactly, everything else to 1e-8 of itself or of its standard error."""

    def near(value: float, other: float, *, scale: float = 0.0) -> None:
        assert value == pytest.approx(other, rel=1e-8, abs=1e-8 * scale + 1e-12)

    assert (found.persons, found.events) == (wanted["persons"], wanted["events"])
    auc, calibration = found.discrimination, found.calibration
    near(auc.auc.value, wanted["auc_grouped"])
    near(auc.auc_standard_error, wanted["auc_standard_error"])
    assert auc.auc_least < wanted["auc_ungrouped"] < auc.auc_most
    near(found.brier, wanted["brier"])
    near(found.brier_scaled, wanted["brier_scaled"])
    near(calibration.mean_risk, wanted["mean_risk"])
    near(calibration.expected_observed.value, wanted["expected_observed"])
    for name in ("in_the_large", "intercept", "slope"):
        estimate, (value, error) = getattr(calibration, name), wanted[name]
        near(estimate.value, value, scale=error)
        near(estimate.high - estimate.low, 2 * 1.959963984540054 * error)
    near(calibration.recalibration_chi_square, wanted["recalibration_chi_square"], scale=10)
    near(calibration.recalibration_p, wanted["recalibration_p"], scale=10)
    value, dof, p_value = wanted["hosmer_lemeshow"]
    near(calibration.hosmer_lemeshow, value)
    assert calibration.hosmer_lemeshow_dof == dof
    assert calibration.hosmer_lemeshow_p == pytest.approx(p_value, rel=1e-6)
    for group, (persons, events, mean, low, high) in zip(found.groups, wanted["groups"], strict=True):
        assert (group.persons, group.events) == (persons, events)
        assert group.mean_risk is not None
        near(group.mean_risk, mean)
        assert group.observed is not None
        near(group.observed.low, low)
        near(group.observed.high, high)
    for at, (threshold, hits, alarms, right, misses, benefit, benefit_all) in zip(
        found.thresholds, wanted["thresholds"], strict=True
    ):
        counts = (at.true_positives, at.false_positives, at.true_negatives, at.false_negatives)
        assert (at.threshold, *counts) == (threshold, hits, alarms, right, misses)
        near(at.net_benefit, benefit)
        near(at.net_benefit_all, benefit_all)


@pytest.mark.parametrize("masked", RUNS)
def test_a_model_on_pima(masked: bool) -> None:
    wanted = REFERENCE["pima"]
    terms = tuple(
        ModelTerm(variable=name, coefficient=value) for name, value in wanted["coefficients"].items()
    )
    asked = EvaluationParameters(
        outcome="diabetes",
        model=LogisticModel(intercept=wanted["intercept"], terms=terms),
        edges=wanted["edges"],
        thresholds=wanted["thresholds"],
    )
    variables = (
        flag("diabetes"),
        number("pregnancies", 0, 30),
        number("glucose", 20, 400),
        number("bmi", 10, 90),
        number("age", 0, 120),
    )
    found = evaluated(asked, variables, pima(), masked=masked)
    check(found.populations[0], wanted["all"])


@pytest.mark.parametrize("masked", RUNS)
def test_the_published_risk_of_support_in_men_and_women(masked: bool) -> None:
    wanted = REFERENCE["support2"]
    asked = EvaluationParameters(
        outcome="died", risk="risk", edges=wanted["edges"], thresholds=wanted["thresholds"], by="male"
    )
    variables = (flag("died"), number("risk", 0, 1), flag("male"))
    found = evaluated(asked, variables, support2(), masked=masked)
    assert [each.name for each in found.populations] == ["", "male=no", "male=yes"]
    for each in found.populations:
        check(each, wanted[each.name or "all"])


@pytest.mark.parametrize("masked", RUNS)
def test_a_model_fitted_to_pima_in_its_own_persons(masked: bool) -> None:
    wanted, columns = REFERENCE["pima_apparent"], pima()
    size = len(columns["diabetes"])
    spec = glm_spec(
        [flag("diabetes"), *(number(name, 0, 250) for name in wanted["terms"])],
        sites=4,
        masked=masked,
        family="binomial",
        risk_edges=wanted["edges"],
    )
    tables = split(columns, [size // 4, size // 2, size // 2 + 100])
    found = run_fixed_point(spec, tables, check=True) if masked else run_in_clear(spec, tables)
    assert isinstance(found, ModelFit)
    assert found.evaluation is not None
    assert found.evaluation.developed_here
    (everybody,) = found.evaluation.populations
    check(everybody, wanted)
    assert everybody.predictor_mean == pytest.approx(wanted["predictor"][0], rel=1e-8)
    assert everybody.predictor_standard_deviation == pytest.approx(wanted["predictor"][1], rel=1e-8)

"""Public studies split over hospitals give what lifelines, scikit-survival, statsmodels and R give for them.

Reference values and the calls that gave them: tests/data/reference/survival.json.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis_jobs.kinds.cox import local
from analysis_jobs.kinds.pooled import run_fixed_point, run_in_clear
from onggi.spec.results import CoxFit, SurvivalCurves
from onggi.spec.results.survival_curves import SurvivalCurve
from tests.support.statistics_specs import flag, split, table_of
from tests.support.survival_specs import (
    STUDIES,
    PublicStudy,
    cox_spec,
    death,
    public_study,
    read_arff,
    survival_spec,
)

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "data" / "reference" / "survival.json").read_text(encoding="utf-8")
)
WEIGHTS = ["logrank", "wilcoxon", "tarone-ware", "peto", "fleming-harrington"]


@cache
def study_of(name: str) -> PublicStudy:
    return public_study(name)


def curves(name: str, steps: list[int], *, hospitals: int = 5, **given: Any) -> SurvivalCurves:
    study = study_of(name)
    cuts = np.linspace(0, len(study.days), hospitals + 1).astype(int)[1:-1].tolist()
    spec = survival_spec(
        death(int(study.days.max())), steps, sites=hospitals, variables=[flag("group")], **given
    )
    answer = run_fixed_point(spec, split(study.columns, cuts))
    assert isinstance(answer, SurvivalCurves)
    return answer


def steps_of(name: str, *, of_each: bool = False) -> list[int]:
    """Days with an event and the last day: no other day changes an estimate."""
    study = study_of(name)
    # Censored persons are at risk to the end of their step: those days stay apart too where it matters.
    days = study.days if of_each else study.days[study.event == 1]
    return sorted({*days.astype(int).tolist(), int(study.days.max())})


@pytest.mark.parametrize("name", STUDIES)
def test_survival_medians_and_means(name: str) -> None:
    told = REFERENCE["sets"][name]
    if name == "flchain":  # too many days for one curve's cells: those up to the first two reference days
        _flchain(told)
        return
    until = told["restricted_mean"]["until"]
    answer = curves(name, steps_of(name, of_each=True), restricted_mean_days=until)
    (curve,) = answer.curves
    assert (curve.n, sum(curve.events[0])) == (told["n"], told["events"])
    wanted = told["kaplan_meier"]
    assert _at(answer, curve, curve.survival, wanted["days"]) == pytest.approx(wanted["survival"], rel=1e-9)
    # lifelines' intervals are the log-log ones.
    assert _at(answer, curve, curve.low, wanted["days"]) == pytest.approx(wanted["low"], rel=1e-9)
    assert _at(answer, curve, curve.high, wanted["days"]) == pytest.approx(wanted["high"], rel=1e-9)
    assert curve.quantiles[0].day == wanted["median"]
    assert curve.restricted_mean is not None
    assert curve.restricted_mean.days == pytest.approx(told["restricted_mean"]["days"], rel=1e-9)


def _flchain(told: dict[str, Any]) -> None:
    days = told["kaplan_meier"]["days"][:2]
    answer = curves("flchain", list(range(1, days[-1] + 1)))
    (curve,) = answer.curves
    assert curve.n == told["n"]
    wanted = told["kaplan_meier"]["survival"][:2]
    assert _at(answer, curve, curve.survival, days) == pytest.approx(wanted, rel=1e-9)
    assert curve.quantiles[0].day is told["kaplan_meier"]["median"] is None


def _at(answer: SurvivalCurves, _curve: SurvivalCurve, values: Any, days: list[int]) -> list[Any]:
    return [values[np.searchsorted(answer.steps, day, side="right") - 1] for day in days]


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("name", ["whas500", "GBSG2", "veteran"])
def test_rank_tests_and_medians_of_groups(name: str, weights: Any) -> None:
    answer = curves(name, steps_of(name, of_each=True), group="group", weights=weights, rho=1.0)
    assert answer.test is not None
    assert answer.test.statistic == pytest.approx(REFERENCE["sets"][name]["logrank"][weights], rel=1e-9)
    medians = [curve.quantiles[0].day for curve in answer.curves]
    assert medians == REFERENCE["sets"][name]["kaplan_meier"]["median_by_group"]


def test_cumulative_incidence_of_one_cause_among_others() -> None:
    told = REFERENCE["competing"]
    read = read_arff("flchain")
    days = np.array(read["futime"], dtype=float)
    chapter, dead = np.array(read["chapter"]), np.array(read["death"]) == "dead"
    cause = np.where(dead, np.where(chapter == "Circulatory", 1.0, 2.0), 0.0)
    here = days > 0
    columns = {"death_days": days[here], "death_event": cause[here]}
    spec = survival_spec(death(int(days.max()), competing=1), told["steps"], sites=4)
    answer = run_fixed_point(spec, split(columns, [100, 3000, 3000]))
    assert isinstance(answer, SurvivalCurves)
    for at, incidence in enumerate(answer.curves[0].incidence):
        assert incidence.incidence == pytest.approx(told["incidence"][at], rel=1e-9)
        assert incidence.low == pytest.approx(told["low"][at], rel=1e-7)
        assert incidence.high == pytest.approx(told["high"][at], rel=1e-7)


def fit(name: str, *, hospitals: int = 1, **given: Any) -> CoxFit:
    study = study_of(name)
    rows = np.arange(len(study.days))
    tables = [
        table_of({column: values[rows % hospitals == at] for column, values in study.columns.items()})
        for at in range(hospitals)
    ]
    spec = cox_spec(death(int(study.days.max())), study.variables, sites=hospitals, **given)
    answer = (run_fixed_point if hospitals > 1 else run_in_clear)(spec, tables)
    assert isinstance(answer, CoxFit)
    return answer


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("name", STUDIES)
def test_one_hospital_gives_the_published_regression(name: str, ties: Any) -> None:
    told = REFERENCE["sets"][name]["cox"]
    answer = fit(name, ties=ties, robust=True)
    wanted = told[ties]
    assert answer.coefficients == pytest.approx(wanted["coefficients"], rel=1e-6)
    if "log_likelihood" in wanted:  # statsmodels has none for flchain
        assert answer.log_likelihood == pytest.approx(wanted["log_likelihood"], rel=1e-9)
        assert answer.standard_errors == pytest.approx(wanted["standard_errors"], rel=1e-6)
    if "robust" in wanted:
        assert answer.robust_errors == pytest.approx(wanted["robust"], rel=1e-6)
    if "likelihood_ratio" in wanted:
        assert answer.likelihood_ratio.statistic == pytest.approx(wanted["likelihood_ratio"], rel=1e-7)


@pytest.mark.parametrize("name", STUDIES)
def test_robust_errors_without_ties(name: str) -> None:
    """lifelines allows for no ties there: days are replaced by their order, events first."""
    study, told = study_of(name), REFERENCE["sets"][name]["cox"]["untied"]
    order = np.lexsort((1 - study.event, study.days))
    place = np.empty(len(order))
    place[order] = np.arange(1, len(order) + 1)
    spec = cox_spec(death(len(order)), study.variables, robust=True)
    answer = run_in_clear(spec, [table_of(study.columns | {"death_days": place})])
    assert isinstance(answer, CoxFit)
    assert answer.coefficients == pytest.approx(told["coefficients"], rel=1e-6)
    assert answer.robust_errors == pytest.approx(told["robust"], rel=1e-6)


@pytest.mark.parametrize("name", STUDIES)
def test_four_hospitals_give_the_regression_with_strata(name: str) -> None:
    wanted = REFERENCE["sets"][name]["cox"]["hospitals"]
    answer = fit(name, hospitals=4)
    assert answer.coefficients == pytest.approx(wanted["coefficients"], rel=1e-6)
    assert answer.standard_errors == pytest.approx(wanted["standard_errors"], rel=1e-6)
    assert answer.log_likelihood == pytest.approx(wanted["log_likelihood"], rel=1e-9)


@pytest.mark.parametrize("transform", ["identity", "log"])
@pytest.mark.parametrize("name", STUDIES)
def test_tests_of_scaled_residuals(name: str, transform: Any) -> None:
    answer = fit(name, time_transform=transform)
    assert answer.proportional_hazards is not None
    found = [each.statistic for each in answer.proportional_hazards.scaled_residuals]
    wanted = REFERENCE["sets"][name]["proportional_hazards"][transform]
    assert found == pytest.approx(wanted, rel=1e-5)


def test_score_tests_of_proportional_hazards(monkeypatch: pytest.MonkeyPatch) -> None:
    """R prints them for its default transform, the share who had the event before: not a sum over hospitals,
    so that it is put in by hand here."""
    study = study_of("veteran")
    steps = steps_of("veteran")
    survival = [1.0, *curves("veteran", steps_of("veteran", of_each=True)).curves[0].survival]
    every = steps_of("veteran", of_each=True)

    def before(_design: Any, days: Any) -> Any:
        return np.array([1.0 - survival[np.searchsorted(every, day)] for day in days])

    assert len(steps) < len(every)
    assert study.event.sum() == 128
    monkeypatch.setattr(local, "scale_days", before)
    tests = fit("veteran").proportional_hazards
    told = REFERENCE["proportional_hazards_km"]
    assert tests is not None
    assert [round(each.statistic, 3) for each in tests.score] == told["score"]
    assert [round(each.p_value, 5) for each in tests.score] == told["p_value"]
    assert round(tests.all_terms.statistic, 3) == told["all_terms"]

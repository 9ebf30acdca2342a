"""An evaluation in a researcher's hands: asked by name, read as tables that hold every number."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel

import onggi
from analysis_jobs.kinds.evaluation.kind import KIND
from analysis_jobs.kinds.pooled import run_in_clear
from analysis_jobs.leaving import card_before, persons_behind
from coordinator.pages.result_tables import tables_of
from onggi.client.answers import read_answer
from onggi.client.evaluation_answers import EvaluationAnswer
from onggi.errors import NotTrusted, Refused
from onggi.report.model_evaluation import MEASURES, sheets
from onggi.spec.builders.study_predictions import coefficients_of
from onggi.spec.job import JobSpec
from onggi.spec.kinds import EvaluationParameters
from onggi.spec.results import ModelEvaluation, ModelFit
from pages.languages import LANGUAGES
from tests.support.statistics_specs import category, flag, glm_spec, number, split, table_of

STUDY = onggi.study(
    project="project-1",
    permit="permit-1",
    dataset="heart",
    participants=["site-a", "site-b", "site-c"],
)
VARIABLES = [flag("y"), number("age", 0, 120), category("group", "a", "b")]


def columns(n: int = 900) -> dict[str, Any]:
    rng = np.random.default_rng(4)
    age, group = rng.normal(60, 12, n).round(), rng.integers(0, 2, n).astype(float)
    y = (rng.random(n) < 1 / (1 + np.exp(3 - 0.05 * age - 0.4 * group))).astype(float)
    return {"y": y, "age": age, "group": group}


def asked(**changes: Any) -> JobSpec:
    given: dict[str, Any] = {
        "title": "A model",
        "cohort": onggi.cohorts.everyone(),
        "outcome": "y",
        "intercept": -3.0,
        "coefficients": {"age": 0.05, ("group", "b"): 0.5},
        "edges": [0.6, 0.4],
        "thresholds": [0.5],
        "variables": VARIABLES,
    }
    return STUDY.evaluate(**(given | changes))


def answer(**changes: Any) -> ModelEvaluation:
    spec = asked(by="group", **changes)
    found = KIND.release(spec, run_in_clear(spec, [table_of(columns(3000))]), exact=True)
    assert isinstance(found, ModelEvaluation)
    return found


def test_a_study_writes_the_model_and_takes_thresholds_as_edges() -> None:
    spec = asked()
    assert isinstance(spec.parameters, EvaluationParameters)
    assert spec.parameters.edges == (0.4, 0.5, 0.6)
    assert spec.parameters.thresholds == (0.5,)
    assert spec.parameters.model is not None
    told = [(each.variable, each.level, each.coefficient) for each in spec.parameters.model.terms]
    assert told == [("age", None, 0.05), ("group", "b", 0.5)]
    assert [shape.result for shape in spec.releases] == ["model_evaluation"]
    KIND.check_spec(spec)
    with pytest.raises(Refused, match=r"^client\.spec_malformed"):
        asked(risk="age")
    with pytest.raises(Refused, match=r"^client\.spec_malformed"):
        asked(edges=[1.5])


def test_a_fitted_regression_is_evaluated_by_its_own_coefficients() -> None:
    fit = run_in_clear(glm_spec(VARIABLES, family="binomial"), split(columns(), [300]))
    assert isinstance(fit, ModelFit)
    intercept, coefficients = coefficients_of(fit, VARIABLES)
    assert coefficients.keys() == {"age", ("group", "b")}
    spec = asked(intercept=intercept, coefficients=coefficients, developed_here=True)
    found = run_in_clear(spec, split(columns(), [300]))
    assert isinstance(found, ModelEvaluation)
    calibration = found.populations[0].calibration
    assert calibration.slope.value == pytest.approx(1, abs=1e-8)
    assert calibration.intercept.value == pytest.approx(0, abs=1e-8)
    assert calibration.expected_observed.value == pytest.approx(1, abs=1e-8)
    for wrong in ({"link": "identity"}, {"terms": ("intercept", "age", "other")}):
        with pytest.raises(Refused, match=r"^client\.spec_malformed"):
            coefficients_of(fit.model_copy(update=wrong), VARIABLES)


def _numbers(value: Any) -> list[float]:
    if isinstance(value, BaseModel):
        return [number for name in type(value).model_fields for number in _numbers(getattr(value, name))]
    if isinstance(value, tuple):
        return [number for each in value for number in _numbers(each)]
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []


def test_every_number_of_the_populations_stands_in_a_sheet() -> None:
    found = answer()
    shown = {value for sheet in sheets(found) for row in sheet.rows for value in row}
    assert len(_numbers(found.populations)) > 200
    assert set(_numbers(found.populations)) <= shown
    measured = {row[1] for row in sheets(found)[0].rows}
    assert measured == {(words, name) for name, words in MEASURES.items()}


def test_an_answer_reads_as_measures_groups_curve_and_thresholds() -> None:
    found = answer()
    read: Any = read_answer(found.model_dump(mode="json"), language="en")
    assert isinstance(read, EvaluationAnswer)
    rows = {(row[0], row[1]): row[2:] for row in read.rows().cells}
    auc = found.populations[0].discrimination.auc
    assert read.rows().columns == ("population", "measure", "value", "low", "high")
    assert rows["all", "auc"] == (auc.value, auc.low, auc.high)
    count, *ends = rows["group=b", "persons"]
    assert count == found.populations[2].persons
    assert all(math.isnan(end) for end in ends)
    groups = read.rows_of(read.sheet("risk_groups"))
    assert groups.columns[:4] == ("population", "from", "to", "persons")
    assert len(read.sheet("roc").rows) == 3 * 5
    assert len(read.to_pandas("thresholds")) == 3
    assert f"AUC {auc.value:.3f}" in read.summary()
    assert "보정 기울기" in read_answer(found.model_dump(mode="json"), language="ko").headline()
    with pytest.raises(Refused, match=r"^client\.no_such_sheet"):
        read.sheet("rows")


@pytest.mark.parametrize("wrong", ["roc", "groups", "thresholds", "events"])
def test_an_answer_whose_parts_do_not_belong_together_is_not_trusted(wrong: str) -> None:
    text = answer().model_dump(mode="json")
    first: Any = text["populations"][0]
    if wrong == "roc":
        first["discrimination"]["roc"].pop()
    elif wrong == "groups":
        first["groups"][1]["low"] = 0.45
    elif wrong == "thresholds":
        first["thresholds"][0]["threshold"] = 0.55
    else:
        first["groups"][0]["events"] = first["groups"][0]["persons"] + 1
    with pytest.raises(NotTrusted, match=r"client\.answer_malformed"):
        read_answer(text, language="en")


def test_pages_and_the_card_know_the_kind() -> None:
    found = answer()
    for at, language in enumerate(LANGUAGES):
        tables = tables_of(found, language, upright=("a", "b"))
        assert [table.caption for table in tables] == [sheet.title[at] for sheet in sheets(found)]
        assert [table.heads[0][0] for table in tables] == [("대상", "Persons")[at]] * 4
        for table in tables:
            told = dict.fromkeys(row[0].shown for row in table.rows)
            assert list(told) == [("전체", "all")[at], "group=a", "group=b"]
        shown = {row[1].shown: row[2].shown for row in tables[0].rows if row[0].shown == "group=a"}
        assert list(shown) == [(words, name)[at] for name, words in MEASURES.items()]
        assert shown[(MEASURES["auc"], "auc")[at]] == f"{found.populations[1].discrimination.auc.value:.6g}"
    assert persons_behind(found) == 3000
    for by, edges, populations in ((None, (), 1), ("group", (), 3), ("y", (), 3), ("age", (50.0,), 3)):
        spec = asked(by=by, by_edges=edges)
        card = card_before(
            spec,
            hospitals=(),
            people=(),
            organisation="",
            countries=(),
            exact_counts=False,
            persons_about={},
        )
        assert card.facts == {"groups": 4, "populations": populations}
        assert [label for label, _ in card.example] == ["0..0.4", "0.4..0.5", "0.5..0.6", "0.6..1"]
        assert None not in [persons for _, persons in card.example]  # all are shown, or the job is refused


def test_the_manuals_example_is_a_job_of_its_kind() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "predictions.md").read_text(encoding="utf-8")
    found: dict[str, Any] = {}
    exec(manual.split("```python")[1].split("```")[0], found)
    spec = found["spec"]
    KIND.check_spec(spec)
    assert spec.parameters.edges == (0.1, 0.2, 0.35, 0.6)

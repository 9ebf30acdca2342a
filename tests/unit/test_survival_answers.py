"""Survival questions as a researcher writes them, and their answers as a researcher reads them."""

from __future__ import annotations

import math
from typing import Any

import pytest

import onggi
from analysis_jobs.kinds.check_job import check_job
from onggi.client.answers import read_answer
from onggi.errors import NotTrusted, Refused
from onggi.spec.cohorts import cohort, everyone
from onggi.spec.job import JobSpec
from tests.support.browser_questions import question
from tests.support.survival_specs import death

AGE = onggi.variables.age()
SEX = onggi.variables.sex()


def asked(method: str, **given: Any) -> JobSpec:
    study = onggi.study(project="project-1", permit="permit-1", dataset="cdm", participants=["b", "a", "c"])
    spec: JobSpec = getattr(study, method)(
        **{"title": "A question", "cohort": cohort(everyone()), "outcome": death(730)} | given
    )
    return spec


def answer(kind: str, language: Any = "en", /, **changes: Any) -> Any:
    return read_answer(question(kind).answer.model_dump(mode="json") | changes, language=language)


def test_a_study_asks_for_curves_and_for_hazard_ratios() -> None:
    curves = asked("survival", steps=[90, 365, 730], group="sex", variables=[SEX], restricted_mean_days=365)
    fit = asked("cox", terms=["age", "sex"], variables=[AGE, SEX], ties="breslow", robust=True)
    for spec, result in ((curves, "survival_curves"), (fit, "cox_fit")):
        check_job(spec)
        assert [shape.result for shape in spec.releases] == [result]
        assert [each.name for each in spec.outcomes] == ["death"]


def test_a_question_that_is_malformed_says_where() -> None:
    with pytest.raises(Refused, match=r"^client\.spec_malformed"):
        asked("survival", steps=[365, 90])
    with pytest.raises(Refused, match=r"^client\.spec_malformed"):
        asked("cox", terms=["age"], strata=["age"], variables=[AGE])


def test_curves_are_rows_by_group_and_day() -> None:
    read = answer("survival")
    rows = read.rows()
    assert rows.columns[:7] == (
        "group",
        "day",
        "at_risk",
        "event",
        "censored",
        "survival",
        "survival_at_least",
    )
    assert [row[:5] for row in rows.cells] == [
        ("all", 180, 740, 25, 40),
        ("all", 365, 675, 30, 35),
        ("all", 730, 610, 45, 50),
    ]
    assert rows.cells[0][5] == pytest.approx(1 - 25 / 740)
    assert "n 740" in read.headline()
    assert "대상자 수: 740" in answer("survival", "ko").headline()
    assert read.to_csv().startswith("group,day,at_risk,event,censored,survival")
    assert "180" in read.summary()


def test_hazard_ratios_have_intervals() -> None:
    rows = answer("cox").rows()
    age = dict(zip(rows.columns, rows.cells[0], strict=True))
    assert age["hazard_ratio"] == pytest.approx(math.exp(0.04))
    assert age["low"] == pytest.approx(math.exp(0.04 - 1.959964 * 0.01), rel=1e-6)
    assert age["statistic"] == pytest.approx(4.0)
    assert "events 100" in answer("cox").headline()
    assert "사건 수: 100" in answer("cox", "ko").headline()
    sturdy = answer("cox", robust_errors=[0.02, 0.24]).rows().cells[0]
    assert sturdy[rows.columns.index("standard_error")] == 0.02
    huge = answer("cox", coefficients=[800.0, 0.3]).rows().cells[0]
    assert math.isnan(huge[rows.columns.index("hazard_ratio")])


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("survival", {"steps": [180, 365]}),
        ("survival", {"causes": ["event", "competing_1"]}),
        ("cox", {"terms": ["age"]}),
        ("cox", {"covariance": [[0.1, 0.2], [0.3]]}),
        ("cox", {"robust_errors": [0.1]}),
    ],
)
def test_columns_of_different_lengths_are_no_answer(kind: str, changes: dict[str, Any]) -> None:
    with pytest.raises(NotTrusted, match=r"^client\.answer_malformed"):
        answer(kind, **changes)

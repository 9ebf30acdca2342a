"""A study's questions are the very jobs that the single builders write."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

import onggi
from analysis_jobs.kinds.check_job import check_job
from onggi.errors import Refused
from onggi.spec.job import DifferentialPrivacy, JobSpec
from onggi.spec.kinds import GlmParameters, MetaParameters, PenalisedParameters

SHARED: dict[str, Any] = {
    "project": "project-1",
    "permit": "permit-1",
    "dataset": "heart",
    "participants": ["site-b", "site-a"],
    "minimum_sites": 1,
    "minimum_persons": 20,
    "masked": False,
    "expires": datetime(2030, 1, 1, tzinfo=UTC),
}
STUDY = onggi.study(**SHARED)
ADULTS = onggi.cohorts.everyone().rule("50+", onggi.cohorts.age(at_least=50))
SICK = onggi.cohorts.everyone().rule("80+", onggi.cohorts.age(at_least=80))


def test_each_question_is_the_job_of_its_builder() -> None:
    age = onggi.variables.age("age")
    counted: dict[str, Any] = {"title": "A", "cohort": ADULTS, "events": True, "by": [(age, [50])]}
    assert STUDY.count(**counted) == onggi.count(**SHARED, **counted)
    both: dict[str, Any] = {"title": "B", "cohorts": {"adults": ADULTS, "sick": SICK}}
    assert STUDY.overlap(**both) == onggi.overlap(**SHARED, **both)
    named = {name: value for name, value in SHARED.items() if name != "minimum_persons"}
    report = onggi.concept_report(**named, title="C", cohort=ADULTS)
    few = onggi.study(**{**SHARED, "minimum_persons": 10})
    assert few.concept_report(title="C", cohort=ADULTS) == report
    male = onggi.variables.is_gender("male")
    fit: dict[str, Any] = {
        "title": "D",
        "cohort": ADULTS,
        "family": "binomial",
        "outcome": "male",
        "terms": ["age"],
        "variables": [age, male],
    }
    assert STUDY.glm(**fit) == onggi.glm(**SHARED, **fit)
    for evaluate, edges in ((True, (0.2, 0.4, 0.6, 0.8)), ([0.5, 0.1], (0.1, 0.5)), (False, ())):
        parameters = STUDY.glm(**fit, evaluate=evaluate).parameters
        assert isinstance(parameters, GlmParameters)
        assert parameters.risk_edges == edges


def test_regressions_beyond_the_plain_one() -> None:
    asked: dict[str, Any] = {
        "title": "D",
        "cohort": ADULTS,
        "outcome": "cost",
        "terms": ["age", "male"],
        "variables": [
            onggi.variables.age("age"),
            onggi.variables.is_gender("male"),
            onggi.variables.number("cost", [1], low=1, high=9),
        ],
    }
    fit = STUDY.glm(
        **asked, family="gamma", link="log", site_effects=True, robust="HC3", without=[["age"], ["male"]]
    )
    assert isinstance(fit.parameters, GlmParameters)
    assert fit.parameters.without == (("age",), ("male",))
    assert (fit.parameters.link_used, fit.parameters.robust) == ("log", "HC3")
    path = STUDY.penalised(**asked, family="gaussian", alpha=0.5, penalties=[2, 1], folds=10)
    assert isinstance(path.parameters, PenalisedParameters)
    assert (path.parameters.length, path.parameters.folds) == (2, 10)
    assert "link" not in path.model_dump(mode="json")["parameters"]
    costs = STUDY.penalised(**asked, family="gamma", link="log")
    assert isinstance(costs.parameters, PenalisedParameters)
    assert costs.parameters.link_used == "log"
    under_masks = onggi.study(**(SHARED | {"masked": True}))
    shown = under_masks.meta_analysis(**asked, family="gaussian", term="male", heterogeneity="DL")
    assert isinstance(shown.parameters, MetaParameters)
    assert not shown.privacy.masked
    assert under_masks.glm(**asked, family="gaussian").privacy.masked
    for spec in (fit, path, costs, shown):
        check_job(spec)
        assert JobSpec.model_validate_json(spec.model_dump_json()) == spec


def test_a_study_may_ask_for_noise() -> None:
    asked = DifferentialPrivacy(micro_epsilon=500_000, delta=1e-6)
    spec = onggi.study(**SHARED, noise=asked).count(title="A", cohort=ADULTS)
    assert spec.privacy.differential_privacy == asked
    check_job(spec)


def test_a_malformed_question_names_the_place() -> None:
    with pytest.raises(Refused, match=r"client\.spec_malformed"):
        STUDY.penalised(
            title="B", cohort=ADULTS, family="gaussian", outcome="a", terms=["b"], variables=[], folds=2
        )
    with pytest.raises(Refused, match=r"client\.spec_malformed"):
        STUDY.overlap(title="B", cohorts={"alone": ADULTS})

"""A study's questions are the very jobs that the single builders write."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

import onggi
from onggi.errors import Refused

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


def test_a_malformed_question_names_the_place() -> None:
    with pytest.raises(Refused, match=r"client\.spec_malformed"):
        STUDY.overlap(title="B", cohorts={"alone": ADULTS})

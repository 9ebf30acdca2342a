"""Spark is held to the contract of the other engines: rows, masks and entries are the oracle's."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.spark_engine import SESSION_RULES
from analysis_jobs.runner.code_digests import code_digests
from tests.support.circe_vectors import (
    LIMITS,
    VECTORS,
    Change,
    Cohort,
    Definition,
    definition_of,
    expected_rows,
    hospital_of,
    limited_definition,
)
from tests.support.cohort_contract import Case, assume_readable, check_agrees
from tests.support.cohort_oracle import Hospital
from tests.support.engine_answers import engine_rows
from tests.support.generated_cohorts import cases
from tests.support.spark import VIEWS, load_views, save_tables, spark_session

pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(7200),
    # Spark's Python side leaves the closing of its sockets to the collector of garbage.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
_VIEWS = Cdm(VIEWS)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return spark_session(tmp_path_factory.mktemp("spark"))


def test_a_process_with_spark_runs_the_jobs_of_one_without(session: Any) -> None:
    without = subprocess.run(
        [sys.executable, "-c", "from analysis_jobs.runner.code_digests import *; print(code_digests())"],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert without.stdout.strip() == str(code_digests())


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(case=cases(overlapping=True))
def test_spark_agrees_with_the_oracle(session: Any, case: Case) -> None:
    assume_readable(case)
    load_views(session, case[1])
    check_agrees(case, session, _VIEWS)


def _rows(session: Any, definition: Definition, hospital: Hospital) -> Cohort:
    """The rows by Spark, which are also the oracle's."""
    load_views(session, hospital)
    definition.setdefault("InclusionRules", [])
    check_agrees((definition, hospital), session, _VIEWS)
    found = engine_rows(session, definition, _VIEWS)
    return Counter((person, str(first), str(last)) for person, first, last in found)


@pytest.mark.parametrize(("expression", "hospital", "cohort", "change"), VECTORS)
def test_spark_finds_the_rows_of_circe(
    session: Any, expression: str, hospital: str, cohort: int, change: Change
) -> None:
    prepared = hospital_of("cohortgeneration", f"{hospital}_PREP.json")
    expected = expected_rows(f"{hospital}_VERIFY.json", cohort)
    assert _rows(session, definition_of(expression, change), prepared) == expected


@pytest.mark.parametrize(("cohort", "limits"), LIMITS)
def test_spark_keeps_the_events_that_circe_keeps(
    session: Any, cohort: int, limits: tuple[str, str, str]
) -> None:
    prepared = hospital_of("cohortgeneration", "limits/limitTest_PREP.json")
    expected = expected_rows("limits/limitTest_VERIFY.json", cohort)
    assert _rows(session, limited_definition(limits), prepared) == expected


_FIRST, _LAST = date(1896, 1, 1), date(1904, 12, 31)
_DAYS = [date(1896, 2, 28), date(1896, 2, 29), date(1899, 12, 31), date(1900, 2, 28), date(1904, 2, 29)]
_PERSONS = [-(2**63), -1, 2**63 - 1]
_CONCEPTS = list(range(2_000_000_000, 2_000_000_100))
_TEXTS = ["${spark.app.name}", "${env:PATH}", "back\\slash", "it's", 'say "so"', "a\nb", ":name", "?", "한글"]


def _old_hospital() -> Hospital:
    """Ids at both ends of 64 bits, days before 1900 and leap days, a concept for each record."""
    records = [
        {
            "condition_occurrence_id": -(2**63) + number,
            "person_id": person,
            "condition_concept_id": _CONCEPTS[number],
            "condition_start_date": day,
            "condition_end_date": None,
            "stop_reason": _TEXTS[number % len(_TEXTS)],
        }
        for number, (person, day) in enumerate((person, day) for person in _PERSONS for day in _DAYS)
    ]
    periods = [
        {
            "observation_period_id": number,
            "person_id": person,
            "observation_period_start_date": _FIRST,
            "observation_period_end_date": _LAST,
        }
        for number, person in enumerate(_PERSONS)
    ]
    return {
        "person": [{"person_id": each, "year_of_birth": 1850} for each in _PERSONS],
        "observation_period": periods,
        "condition_occurrence": records,
        "concept": [{"concept_id": each} for each in _CONCEPTS],
    }


def _asking(criterion: dict[str, Any]) -> Definition:
    """All conditions of a hundred concepts, each lasting until the next day, and a rule with the same set."""
    items = [{"concept": {"CONCEPT_ID": each}} for each in _CONCEPTS]
    again = {
        "Criteria": {"ConditionOccurrence": {"CodesetId": 0}},
        "StartWindow": {"Start": {"Days": 1, "Coeff": 1}, "End": {"Days": 1, "Coeff": 1}},
        "Occurrence": {"Type": 2, "Count": 1},
    }
    return {
        "ConceptSets": [{"id": 0, "expression": {"items": items}}],
        "PrimaryCriteria": {
            "CriteriaList": [{"ConditionOccurrence": {"CodesetId": 0, **criterion}}],
            "ObservationWindow": {"PriorDays": 0, "PostDays": 0},
            "PrimaryCriteriaLimit": {"Type": "All"},
        },
        "InclusionRules": [
            {"name": "on the next day", "expression": {"Type": "ALL", "CriteriaList": [again]}}
        ],
        "EndStrategy": {"DateOffset": {"DateField": "StartDate", "Offset": 1}},
    }


def test_spark_reads_tables_of_a_catalogue_with_old_days_and_wide_ids(session: Any) -> None:
    hospital, definition = _old_hospital(), _asking({})
    save_tables(session, hospital, schema="cdm")
    cdm = Cdm("cdm", "spark_catalog")
    check_agrees((definition, hospital), session, cdm)
    leap = (date(1896, 2, 28), date(1896, 2, 29))
    assert engine_rows(session, definition, cdm) == [(person, *leap) for person in _PERSONS]


@pytest.mark.parametrize("text", _TEXTS)
def test_text_of_a_definition_is_text_on_spark(session: Any, text: str) -> None:
    hospital, asked = _old_hospital(), {"StopReason": {"Op": "contains", "Text": text}}
    load_views(session, hospital)
    definition = _asking(asked) | {"InclusionRules": []}
    check_agrees((definition, hospital), session, _VIEWS)
    assert engine_rows(session, definition, _VIEWS)


def test_the_engine_sets_how_its_session_reads(session: Any) -> None:
    session.conf.set("spark.sql.ansi.enabled", "false")
    session.conf.set("spark.sql.variable.substitute", "true")
    load_views(session, _old_hospital())
    engine_rows(session, _asking({}), _VIEWS)
    assert {name: session.conf.get(name) for name in SESSION_RULES} == dict(SESSION_RULES)

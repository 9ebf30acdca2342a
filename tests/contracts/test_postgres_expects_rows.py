"""PostgreSQL does not expect next to nothing of windows and periods, and so does not join row by row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from sqlglot import exp

from analysis_jobs.cohort import dialects
from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.dialects import write_sql
from analysis_jobs.cohort.engines import PostgresEngine, resolve_concept_sets
from analysis_jobs.cohort.sql import cohort_rows
from onggi.spec.circe.read import read_cohort
from tests.support.cdm_schemas import create_postgres, load_postgres
from tests.support.postgres import new_database

SCHEMA = "cdm"
DISEASE, DRUG = 201_826, 1_503_297
PERSONS = 1_500
FIRST = date(2019, 1, 1)
TOO_FEW = 10
"""An expectation this many times too low makes the server join two large results row by row."""


def _window(first: int, last: int) -> dict[str, Any]:
    ends = [{"Days": abs(each), "Coeff": -1 if each < 0 else 1} for each in (first, last)]
    return {"Start": ends[0], "End": ends[1], "UseIndexEnd": False, "UseEventEnd": False}


def _followed_by(first: int, last: int) -> dict[str, Any]:
    return {
        "Criteria": {"DrugExposure": {"CodesetId": 1}},
        "StartWindow": _window(first, last),
        "Occurrence": {"Type": 2, "Count": 1},
    }


DEFINITION: dict[str, Any] = {
    "ConceptSets": [
        {"id": at, "name": str(at), "expression": {"items": [{"concept": {"CONCEPT_ID": concept}}]}}
        for at, concept in enumerate((DISEASE, DRUG))
    ],
    "PrimaryCriteria": {
        "CriteriaList": [{"ConditionOccurrence": {"CodesetId": 0}}],
        "ObservationWindow": {"PriorDays": 30, "PostDays": 30},
        "PrimaryCriteriaLimit": {"Type": "All"},
    },
    "AdditionalCriteria": {
        "Type": "ALL",
        "CriteriaList": [_followed_by(-30, 30), _followed_by(0, 90)],
        "DemographicCriteriaList": [],
        "Groups": [],
    },
    "QualifiedLimit": {"Type": "All"},
    "ExpressionLimit": {"Type": "All"},
    "InclusionRules": [],
    "CensoringCriteria": [],
    "CollapseSettings": {"CollapseType": "ERA", "EraPad": 0},
}


def _hospital() -> dict[str, list[dict[str, Any]]]:
    """Every person has the disease three times and the drug four times; everything fits."""
    persons = range(1, PERSONS + 1)
    return {
        "person": [{"person_id": person, "year_of_birth": 1960} for person in persons],
        "observation_period": [
            {
                "observation_period_id": person,
                "person_id": person,
                "observation_period_start_date": FIRST - timedelta(days=365),
                "observation_period_end_date": FIRST + timedelta(days=730),
            }
            for person in persons
        ],
        "condition_occurrence": [
            {
                "condition_occurrence_id": 10 * person + at,
                "person_id": person,
                "condition_concept_id": DISEASE,
                "condition_start_date": FIRST + timedelta(days=60 * at + person % 7),
            }
            for person in persons
            for at in range(3)
        ],
        "drug_exposure": [
            {
                "drug_exposure_id": 10 * person + at,
                "person_id": person,
                "drug_concept_id": DRUG,
                "drug_exposure_start_date": FIRST + timedelta(days=60 * at + 10),
            }
            for person in persons
            for at in range(4)
        ],
        "concept": [{"concept_id": each, "standard_concept": "S"} for each in (DISEASE, DRUG)],
    }


@pytest.fixture(scope="module")
def connection() -> Iterator[psycopg.Connection]:
    with psycopg.connect(new_database()) as made:
        create_postgres(made, schema=SCHEMA)
        load_postgres(made, _hospital(), schema=SCHEMA)
        made.execute("ANALYZE")
        yield made


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for each in plan.get("Plans", []):
        yield from _nodes(each)


def _of_first_events() -> dict[str, Any]:
    """The same, from each person's first diagnosis alone."""
    primary = DEFINITION["PrimaryCriteria"] | {
        "CriteriaList": [{"ConditionOccurrence": {"CodesetId": 0, "First": True}}],
        "PrimaryCriteriaLimit": {"Type": "First"},
    }
    return DEFINITION | {"PrimaryCriteria": primary}


def _most_underestimated(connection: psycopg.Connection, definition: dict[str, Any]) -> float:
    """How many times more rows came out of a join than the server expected, at the worst of them."""
    plan, cdm = read_cohort(definition), Cdm(SCHEMA)
    concept_sets = resolve_concept_sets(PostgresEngine(connection), plan, cdm=cdm)
    text = write_sql(cohort_rows(plan, cdm=cdm, concept_sets=concept_sets), dialect="postgres")
    explained = connection.execute(
        f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {text}".encode(), concept_sets.parameters
    ).fetchall()
    found = list(_nodes(explained[0][0][0]["Plan"]))
    assert found[0]["Actual Rows"] == PERSONS
    joins = [each for each in found if each["Node Type"].endswith(("Join", "Loop"))]
    assert joins
    return max(float(each["Actual Rows"] * each["Actual Loops"] / each["Plan Rows"]) for each in joins)


@pytest.mark.parametrize("definition", [DEFINITION, _of_first_events()], ids=["every event", "the first"])
def test_expectations_stay_near_what_is_found(
    connection: psycopg.Connection, definition: dict[str, Any]
) -> None:
    assert _most_underestimated(connection, definition) < TOO_FEW


def test_with_each_comparison_on_its_own_they_do_not(
    connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def as_it_is(join: exp.Join) -> exp.Join:
        return join

    monkeypatch.setattr(dialects, "as_one_range", as_it_is)
    assert _most_underestimated(connection, DEFINITION) > TOO_FEW


def test_with_first_events_by_their_number_they_do_not(
    connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialects, "are_first_rows", lambda _query: False)
    assert _most_underestimated(connection, _of_first_events()) > TOO_FEW

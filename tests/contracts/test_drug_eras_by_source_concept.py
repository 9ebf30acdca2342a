"""An era of a drug counts exposures known by their source concept alone, for many persons or few."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import psycopg
import pytest

from analysis_jobs.cohort import exit_sql
from analysis_jobs.cohort.cdm_tables import Cdm
from tests.support.cdm_schemas import create_duckdb, create_postgres, load_duckdb, load_postgres
from tests.support.counted_cdm import with_counts
from tests.support.engine_answers import engine_rows
from tests.support.postgres import new_database

SCHEMA = "cdm"
DRUG, OTHER = 1_125_315, 1_127_078
DEFINITION: dict[str, Any] = {
    "ConceptSets": [
        {"id": 0, "name": "drug", "expression": {"items": [{"concept": {"CONCEPT_ID": DRUG}}]}},
    ],
    "PrimaryCriteria": {
        "CriteriaList": [{"DrugExposure": {"CodesetId": 0}}],
        "ObservationWindow": {"PriorDays": 0, "PostDays": 0},
        "PrimaryCriteriaLimit": {"Type": "All"},
    },
    "QualifiedLimit": {"Type": "All"},
    "ExpressionLimit": {"Type": "All"},
    "InclusionRules": [],
    "CensoringCriteria": [],
    "EndStrategy": {"CustomEra": {"DrugCodesetId": 0, "GapDays": 30, "Offset": 0}},
    "CollapseSettings": {"CollapseType": "ERA", "EraPad": 0},
}
DAYS = {  # (concept, source concept, first day, last day)
    "standard, then source alone": [(DRUG, 0, 1, 10), (OTHER, DRUG, 20, 40)],
    "standard alone": [(DRUG, 0, 1, 10), (OTHER, OTHER, 20, 40)],
    "both on one record": [(DRUG, DRUG, 1, 10)],
    "source alone": [(OTHER, DRUG, 1, 10)],
}
EXPECTED = [
    (1, date(2020, 3, 1), date(2020, 4, 9)),
    (2, date(2020, 3, 1), date(2020, 3, 10)),
    (3, date(2020, 3, 1), date(2020, 3, 10)),
]


def _hospital() -> dict[str, list[dict[str, Any]]]:
    first = date(2020, 2, 29).toordinal()
    return {
        "person": [{"person_id": person, "year_of_birth": 1960} for person in range(1, len(DAYS) + 1)],
        "observation_period": [
            {
                "observation_period_id": person,
                "person_id": person,
                "observation_period_start_date": date(2019, 1, 1),
                "observation_period_end_date": date(2021, 1, 1),
            }
            for person in range(1, len(DAYS) + 1)
        ],
        "drug_exposure": [
            {
                "drug_exposure_id": 10 * person + at,
                "person_id": person,
                "drug_concept_id": concept,
                "drug_source_concept_id": source,
                "drug_exposure_start_date": date.fromordinal(first + start),
                "drug_exposure_end_date": date.fromordinal(first + end),
            }
            for person, records in enumerate(DAYS.values(), start=1)
            for at, (concept, source, start, end) in enumerate(records)
        ],
        "concept": [{"concept_id": DRUG, "standard_concept": "S"}],
    }


@pytest.mark.parametrize("few", [0, 5_000])
def test_postgresql(monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(exit_sql, "_FEW_EVENTS", few)
    with psycopg.connect(new_database()) as connection:
        create_postgres(connection, schema=SCHEMA)
        load_postgres(connection, _hospital(), schema=SCHEMA)
        assert engine_rows(connection, DEFINITION, Cdm(SCHEMA)) == EXPECTED


@pytest.mark.parametrize("few", [0, 5_000])
def test_duckdb_with_and_without_counts(monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(exit_sql, "_FEW_EVENTS", few)
    with duckdb.connect() as connection:
        create_duckdb(connection, schema=SCHEMA)
        load_duckdb(connection, _hospital(), schema=SCHEMA)
        assert engine_rows(connection, DEFINITION, Cdm(SCHEMA)) == EXPECTED
        assert engine_rows(connection, DEFINITION, with_counts(connection, schema=SCHEMA)) == EXPECTED


def test_a_store_that_holds_no_such_source_concept_reads_once() -> None:
    with duckdb.connect() as connection:
        create_duckdb(connection, schema=SCHEMA)
        load_duckdb(connection, _hospital(), schema=SCHEMA)
        connection.execute(f"UPDATE {SCHEMA}.drug_exposure SET drug_source_concept_id = 0")
        rows = engine_rows(connection, DEFINITION, with_counts(connection, schema=SCHEMA))
    assert [row[2] for row in rows] == [date(2020, 3, 10)] * 3

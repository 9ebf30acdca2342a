"""Whatever stands in a cohort definition is a value: it matches itself, and no engine takes it for SQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis_jobs.cohort.cdm_tables import Cdm
from tests.support.cdm_schemas import create_duckdb, create_postgres, load_duckdb, load_postgres
from tests.support.engine_answers import engine_entries, engine_rows
from tests.support.postgres import new_database

_CDM = Cdm("cdm")
_DAY = date(2020, 2, 29)
_CORPUS = [
    "'; DROP TABLE cdm.person; --",
    "' OR '1'='1",
    '" OR ""="',
    "\\'; DELETE FROM cdm.person; --",
    "100%",
    "%s %(codeset_0)s $order_key ? :a @b {c}",
    "_",
    "~%",
    "~",
    "\\",
    "/* */ --",
    "$$; SELECT 1; $$",
    "E'\\x27'",
    "U&'\\0027'",
    "\u2019 \u02bc \uff07",
    "\n;\r\n",
    "${person}",
    "한글 '문자열'",
]


def _definition(text: str) -> dict[str, Any]:
    """The text stands wherever a definition holds text that an engine could come to see."""
    return {
        "ConceptSets": [
            {
                "id": 0,
                "name": text,
                "expression": {"items": [{"concept": {"CONCEPT_ID": 7, "CONCEPT_NAME": text}}]},
            }
        ],
        "PrimaryCriteria": {
            "CriteriaList": [
                {
                    "ConditionOccurrence": {
                        "CodesetId": 0,
                        "StopReason": {"Op": "contains", "Text": text},
                    }
                }
            ],
            "ObservationWindow": {"PriorDays": 0, "PostDays": 0},
            "PrimaryCriteriaLimit": {"Type": "All"},
        },
        "InclusionRules": [{"name": text, "description": text, "expression": {"Type": "ALL"}}],
        "ExpressionLimit": {"Type": "All"},
        "CollapseSettings": {"CollapseType": "ERA", "EraPad": 0},
    }


def _hospital(text: str) -> dict[str, list[dict[str, Any]]]:
    """Person 1 has the text in a longer one, person 2 has another, person 3 has none."""
    reasons = {1: f"<{text}>", 2: "recovered", 3: None}
    return {
        "person": [{"person_id": each, "gender_concept_id": 8507, "year_of_birth": 1950} for each in reasons],
        "concept": [{"concept_id": 7}],
        "observation_period": [
            {
                "observation_period_id": each,
                "person_id": each,
                "observation_period_start_date": date(2000, 1, 1),
                "observation_period_end_date": date(2024, 12, 31),
            }
            for each in reasons
        ],
        "condition_occurrence": [
            {
                "condition_occurrence_id": each,
                "person_id": each,
                "condition_concept_id": 7,
                "condition_start_date": _DAY,
                "stop_reason": reason,
            }
            for each, reason in reasons.items()
        ],
    }


def _check(connection: Any, text: str) -> None:
    definition = _definition(text)
    assert engine_rows(connection, definition, _CDM) == [(1, _DAY, date(2024, 12, 31))]
    assert engine_entries(connection, definition, _CDM) == [(1, _DAY, 1)]
    assert connection.execute("SELECT count(*) FROM cdm.person").fetchone() == (3,)


def _on_duckdb(text: str) -> None:
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        create_duckdb(connection)
        load_duckdb(connection, _hospital(text))
        _check(connection, text)


@pytest.fixture(scope="module")
def server() -> Iterator[psycopg.Connection]:
    with psycopg.connect(new_database(), autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize("text", _CORPUS)
def test_the_corpus_matches_itself_on_duckdb(text: str) -> None:
    _on_duckdb(text)


def test_the_corpus_matches_itself_on_postgresql(server: psycopg.Connection) -> None:
    for text in _CORPUS:
        server.execute("DROP SCHEMA IF EXISTS cdm CASCADE")
        create_postgres(server)
        load_postgres(server, _hospital(text))
        _check(server, text)


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(text=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_any_text_matches_itself(text: str) -> None:
    if text in "recovered":
        return
    _on_duckdb(text)

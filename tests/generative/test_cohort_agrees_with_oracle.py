"""Two engines and the oracle, one answer: for any small hospital and any definition."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import psycopg
import pytest
from hypothesis import HealthCheck, assume, given, settings

from analysis_jobs.cohort.cdm_tables import Cdm
from onggi.errors import Refused
from onggi.spec.circe.read import read_cohort
from tests.support.cdm_schemas import create_postgres, load_postgres
from tests.support.cohort_oracle import Hospital, evaluate
from tests.support.counted_cdm import with_counts
from tests.support.engine_answers import MAIN, engine_entries, engine_masks, engine_rows
from tests.support.generated_cohorts import cases
from tests.support.hospital_tables import load_tables
from tests.support.postgres import new_database

_CONNECTION = duckdb.connect(":memory:", config={"threads": 1})
_QUICK = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}
Case = tuple[dict[str, Any], Hospital]


def _agrees(case: Case, connection: Any, cdm: Cdm) -> None:
    definition, hospital = case
    told = evaluate(definition, hospital)
    assert engine_rows(connection, definition, cdm) == told.rows
    assert engine_masks(connection, definition, cdm) == told.masks
    entries = {person: (day, step) for person, day, step in engine_entries(connection, definition, cdm)}
    rules = len(definition["InclusionRules"])
    first = {person: start for person, start, _ in reversed(told.rows)}
    assert {person: day for person, (day, step) in entries.items() if step == rules} == first


def _readable(case: Case) -> None:
    """The generators also write definitions that contradict themselves: those are refused by name."""
    code = None
    try:
        read_cohort(case[0])
    except Refused as why:
        code = why.code
    assert code in (None, "cohort.contradictory")
    assume(code is None)


def _on_duckdb(case: Case) -> None:
    _readable(case)
    connection = _CONNECTION.cursor()
    load_tables(connection, case[1])
    _agrees(case, connection, MAIN)
    _agrees(case, connection, with_counts(connection, schema="main"))


@settings(max_examples=25, **_QUICK)
@given(case=cases())
def test_duckdb_agrees_with_the_oracle(case: Case) -> None:
    _on_duckdb(case)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@settings(max_examples=1000, **_QUICK)
@given(case=cases(overlapping=True))
def test_duckdb_agrees_with_the_oracle_for_long(case: Case) -> None:
    _on_duckdb(case)


@pytest.fixture(scope="module")
def server() -> Iterator[psycopg.Connection]:
    with psycopg.connect(new_database(), autocommit=True) as connection:
        yield connection


def _on_postgres(case: Case, server: psycopg.Connection) -> None:
    _readable(case)
    server.execute("DROP SCHEMA IF EXISTS cdm CASCADE")
    create_postgres(server)
    load_postgres(server, case[1])
    _agrees(case, server, Cdm("cdm"))


@settings(max_examples=8, **_QUICK)
@given(case=cases())
def test_postgresql_agrees_with_the_oracle(server: psycopg.Connection, case: Case) -> None:
    _on_postgres(case, server)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@settings(max_examples=200, **_QUICK)
@given(case=cases(overlapping=True))
def test_postgresql_agrees_with_the_oracle_for_long(server: psycopg.Connection, case: Case) -> None:
    _on_postgres(case, server)

"""Two engines and the oracle, one answer: for any small hospital and any definition."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings

from analysis_jobs.cohort.cdm_tables import Cdm
from tests.support.cdm_schemas import create_postgres, load_postgres
from tests.support.cohort_contract import Case, assume_readable, check_agrees
from tests.support.counted_cdm import with_counts
from tests.support.engine_answers import MAIN
from tests.support.generated_cohorts import cases
from tests.support.hospital_tables import load_tables
from tests.support.postgres import new_database

_CONNECTION = duckdb.connect(":memory:", config={"threads": 1})
_QUICK = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}


def _on_duckdb(case: Case) -> None:
    assume_readable(case)
    connection = _CONNECTION.cursor()
    load_tables(connection, case[1])
    check_agrees(case, connection, MAIN)
    check_agrees(case, connection, with_counts(connection, schema="main"))


@settings(max_examples=12, **_QUICK)
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
    assume_readable(case)
    server.execute("DROP SCHEMA IF EXISTS cdm CASCADE")
    create_postgres(server)
    load_postgres(server, case[1])
    check_agrees(case, server, Cdm("cdm"))


@settings(max_examples=5, **_QUICK)
@given(case=cases())
def test_postgresql_agrees_with_the_oracle(server: psycopg.Connection, case: Case) -> None:
    _on_postgres(case, server)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@settings(max_examples=200, **_QUICK)
@given(case=cases(overlapping=True))
def test_postgresql_agrees_with_the_oracle_for_long(server: psycopg.Connection, case: Case) -> None:
    _on_postgres(case, server)

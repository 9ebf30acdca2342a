"""Every data quality check counts what plain loops count, on each engine, over hospitals full of faults."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import psycopg
import pytest

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.quality.read_checks import read_checks
from analysis_jobs.quality.results import CheckResult
from analysis_jobs.quality.run_checks import run_checks
from tests.support.cdm_schemas import Hospital, load_duckdb, load_postgres
from tests.support.engine_answers import engine_on
from tests.support.postgres import new_database
from tests.support.quality_hospitals import TODAY, faulty_hospital
from tests.support.quality_oracle import oracle_answers

CHECKS = read_checks()
CDM = Cdm("cdm")
ON_DUCKDB = (0, 3, 14)
ON_BOTH = (11, 18)


@pytest.fixture(scope="module")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@pytest.fixture(scope="module")
def postgres() -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(new_database()) as connection:
        yield connection


def results_on(connection: Any) -> list[CheckResult]:
    tables = run_checks(engine_on(connection), CHECKS, cdm=CDM, today=TODAY)
    return [result for table in tables for result in table.results]


def check_agreement(found: list[CheckResult], hospital: Hospital) -> None:
    told = {one.id: (one.status, one.reason, one.violated, one.denominator) for one in found}
    expected = oracle_answers(hospital, CHECKS, today=TODAY)
    differing = {
        check: (told[check], expected[check]) for check in expected if told[check] != expected[check]
    }
    assert differing == {}


def check_parts(found: list[CheckResult]) -> None:
    """No count exceeds what it is a part of, and no bound of persons exceeds the rows."""
    for one in found:
        if one.violated is None or one.denominator is None:
            continue
        assert 0 <= one.violated <= one.denominator
        if one.violators is not None and not one.id.startswith("sourceValueCompleteness"):
            assert one.violators <= one.violated
            assert (one.conforming or 0) <= one.denominator - one.violated


@pytest.mark.parametrize("seed", ON_DUCKDB)
def test_duckdb_counts_what_plain_loops_count(seed: int, duck: duckdb.DuckDBPyConnection) -> None:
    hospital = faulty_hospital(seed, CHECKS)
    load_duckdb(duck, hospital)
    found = results_on(duck)
    check_agreement(found, hospital)
    check_parts(found)


@pytest.mark.parametrize("seed", ON_BOTH)
def test_both_engines_tell_the_same_of_persons_too(
    seed: int, duck: duckdb.DuckDBPyConnection, postgres: psycopg.Connection[Any]
) -> None:
    hospital = faulty_hospital(seed, CHECKS)
    load_duckdb(duck, hospital)
    load_postgres(postgres, hospital)
    postgres.commit()
    found = results_on(postgres)
    check_agreement(found, hospital)
    assert found == results_on(duck)


def test_faults_reach_every_kind_of_check() -> None:
    """Otherwise agreement would mean little: the hospitals above violate each kind somewhere."""
    violated: set[str] = set()
    for seed in (*ON_DUCKDB, *ON_BOTH):
        answers = oracle_answers(faulty_hospital(seed, CHECKS), CHECKS, today=TODAY)
        violated |= {check.split("/")[0] for check, (_, _, count, _) in answers.items() if count}
    # Every table is there, with its columns in their types.
    assert violated == {check.kind.name for check in CHECKS} - {"cdmTable", "cdmField", "cdmDatatype"}

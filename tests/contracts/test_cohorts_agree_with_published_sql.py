"""The published SQL of the shared definitions and the cohort engine: the same rows on the same data.

A definition whose published SQL leaves a tie to the database is no exception here: on all of this data the
rows were equal when this was written. `docs/cohort-semantics.md` lists where they need not be.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import duckdb
import psycopg
import pytest

from analysis_jobs.cohort.cdm_tables import Cdm
from tests.support.cdm_schemas import create_duckdb, create_postgres, load_duckdb, load_postgres
from tests.support.counted_cdm import with_counts
from tests.support.definition_data import hospital_for
from tests.support.engine_answers import engine_rows
from tests.support.official_rows import official_rows
from tests.support.official_sql import shared_definition_ids
from tests.support.postgres import new_database
from tests.support.public_cdm import PUBLIC_NAMES, SCHEMA, PublicName, copy_to_postgres, open_public
from tests.support.shared_data import shared_data

_CDM = Cdm(SCHEMA)
_PUBLIC = PUBLIC_NAMES


def _definition(number: int) -> dict[str, Any]:
    path = shared_data("omop", "phenotype-library", "cohorts", f"{number}.json")
    return dict(json.loads(path.read_text(encoding="utf-8")))


def _every(step: int, start: int = 0) -> Sequence[int]:
    return list(shared_definition_ids())[start::step]


def _differing(connection: Any, numbers: Sequence[int], prepare: Callable[[int], Sequence[Cdm]]) -> list[int]:
    found = []
    for number in numbers:
        places = prepare(number)
        published = [tuple(row) for row in official_rows(connection, number, schema=SCHEMA)]
        if any(engine_rows(connection, _definition(number), cdm) != published for cdm in places):
            found.append(number)
    return found


def _drawn_duckdb(connection: duckdb.DuckDBPyConnection, seed: int) -> Callable[[int], Sequence[Cdm]]:
    def prepare(number: int) -> Sequence[Cdm]:
        connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        create_duckdb(connection, schema=SCHEMA)
        hospital = hospital_for(_definition(number), seed=seed, persons=40)
        load_duckdb(connection, hospital, schema=SCHEMA)
        return _CDM, with_counts(connection, schema=SCHEMA)

    return prepare


def _drawn_postgres(connection: psycopg.Connection, seed: int) -> Callable[[int], Sequence[Cdm]]:
    def prepare(number: int) -> Sequence[Cdm]:
        connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        create_postgres(connection, schema=SCHEMA)
        hospital = hospital_for(_definition(number), seed=seed, persons=40)
        load_postgres(connection, hospital, schema=SCHEMA)
        return (_CDM,)

    return prepare


@pytest.fixture(scope="module")
def server() -> Iterator[psycopg.Connection]:
    with psycopg.connect(new_database(), autocommit=True) as connection:
        yield connection


def test_duckdb_on_hospitals_drawn_for_the_definitions() -> None:
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        assert _differing(connection, _every(40), _drawn_duckdb(connection, 5)) == []


def test_postgresql_on_hospitals_drawn_for_the_definitions(server: psycopg.Connection) -> None:
    assert _differing(server, _every(100, 7), _drawn_postgres(server, 6)) == []


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_duckdb_on_hospitals_drawn_for_all_definitions(seed: int) -> None:
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        assert _differing(connection, _every(1), _drawn_duckdb(connection, seed)) == []


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_postgresql_on_hospitals_drawn_for_all_definitions(server: psycopg.Connection) -> None:
    assert _differing(server, _every(1), _drawn_postgres(server, 14)) == []


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name", _PUBLIC)
def test_duckdb_on_public_data(name: PublicName) -> None:
    with open_public(name, read_only=False) as connection:
        places = _CDM, with_counts(connection, schema=SCHEMA)
        assert _differing(connection, _every(1), lambda _number: places) == []


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name", PUBLIC_NAMES)
def test_postgresql_on_public_data(name: PublicName) -> None:
    """The published rows come from DuckDB: on PostgreSQL some of that SQL does not end."""
    with open_public(name) as source, psycopg.connect(new_database()) as connection:
        copy_to_postgres(source, connection)
        connection.autocommit = True
        differing = [
            number
            for number in _every(1)
            if engine_rows(connection, _definition(number), _CDM)
            != [tuple(row) for row in official_rows(source, number, schema=SCHEMA)]
        ]
    assert differing == []

"""Staging holds a few batches at a time, however many persons there are, on each engine alike."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import duckdb
import psycopg
import pyarrow as pa
import pytest

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.engines import DuckDBEngine, PostgresEngine, StreamingEngine
from analysis_jobs.variables.stage import stage_batches, stage_table
from onggi.errors import Refused
from onggi.spec.builders.variables import age, event, outcome
from onggi.spec.cohorts import cohort, everyone
from onggi.spec.job import JobSpec
from tests.support.job_specs import make_spec
from tests.support.postgres import new_database
from tests.support.small_hospitals import Hospital, create_in_postgres, load_hospital, load_into_postgres

_PERSONS, _ROWS_PER_BATCH = 20_000, 500
_KEY = b"0123456789abcdef"
_DAY = date(2020, 1, 1)
_CDM = {"duckdb": Cdm(), "postgres": Cdm("hospital")}


def _hospital(persons: int) -> Hospital:
    return {
        "person": [{"person_id": each, "year_of_birth": 1920 + each % 90} for each in range(persons)],
        "observation_period": [
            {
                "observation_period_id": each,
                "person_id": each,
                "observation_period_start_date": _DAY,
                "observation_period_end_date": _DAY,
            }
            for each in range(persons)
        ],
    }


def _spec() -> JobSpec:
    died = outcome("death", event(domain="death"), horizon_days=30, prior_events="ignore")
    return make_spec(cohort(everyone()), [age()]).model_copy(update={"outcomes": (died,)})


@contextmanager
def _opened(name: str, persons: int) -> Iterator[StreamingEngine]:
    if name == "duckdb":
        with duckdb.connect(":memory:") as connection:
            load_hospital(connection, _hospital(persons))
            yield DuckDBEngine(connection)
        return
    with psycopg.connect(new_database()) as link:
        create_in_postgres(link, schema="hospital")
        load_into_postgres(link, _hospital(persons), schema="hospital")
        yield PostgresEngine(link)


@pytest.mark.parametrize("name", ["duckdb", "postgres"])
def test_few_batches_live_at_once(name: str) -> None:
    alive, most, count = 0, 0, 0

    def freed() -> None:
        nonlocal alive
        alive -= 1

    with _opened(name, _PERSONS) as engine:
        before = pa.total_allocated_bytes()
        batches = stage_batches(
            engine, _spec(), cdm=_CDM[name], order_key=_KEY, rows_per_batch=_ROWS_PER_BATCH
        )
        held = 0
        for batch in batches:
            alive, count = alive + 1, count + 1
            weakref.finalize(batch.column(0), freed)
            weakref.finalize(batch, freed)
            alive += 1
            most = max(most, alive // 2)
            held = max(held, pa.total_allocated_bytes() - before)
            assert batch.num_rows <= max(_ROWS_PER_BATCH, 2_048), "an engine's own vector is the least piece"
            del batch
            gc.collect(0)
    assert count >= _PERSONS // 2_048
    assert most <= 2
    whole = _PERSONS * 4 * 8
    assert held < whole / 3, "what Arrow holds does not grow with the number of batches"


def test_both_engines_give_the_same_rows_in_the_same_order() -> None:
    tables = []
    for name in ("duckdb", "postgres"):
        with _opened(name, 300) as engine:
            tables.append(stage_table(engine, _spec(), cdm=_CDM[name], order_key=_KEY))
    assert tables[0] == tables[1]
    assert tables[0].num_rows == 300


@pytest.mark.parametrize(("table", "column"), [("person", "year_of_birth"), ("death", "death_date")])
def test_a_missing_column_is_named_on_postgres(table: str, column: str) -> None:
    with psycopg.connect(new_database()) as link:
        create_in_postgres(link, schema="hospital")
        link.execute(f'ALTER TABLE hospital."{table}" DROP COLUMN "{column}"'.encode())
        with pytest.raises(Refused) as refused:
            stage_table(PostgresEngine(link), _spec(), cdm=Cdm("hospital"), order_key=_KEY)
    assert refused.value.code == "variables.missing_column"
    assert refused.value.facts == {"table": table, "column": column}


def test_a_server_error_says_nothing_of_the_data() -> None:
    with psycopg.connect(new_database()) as link:
        create_in_postgres(link, schema="hospital")
        link.execute("ALTER TABLE hospital.person ALTER year_of_birth TYPE TEXT")
        hospital: Any = _hospital(1)
        hospital["person"][0]["year_of_birth"] = "canary-4711"
        load_into_postgres(link, hospital, schema="hospital")
        with pytest.raises(Refused) as refused:
            stage_table(PostgresEngine(link), _spec(), cdm=Cdm("hospital"), order_key=_KEY)
    assert refused.value.code == "variables.not_staged"
    assert "canary" not in repr(refused.value) + repr(refused.value.__cause__)


def test_a_server_out_of_memory_is_told_apart() -> None:
    with psycopg.connect(new_database()) as link:
        create_in_postgres(link, schema="hospital")
        load_into_postgres(link, _hospital(1), schema="hospital")
        link.execute(
            "CREATE FUNCTION hospital.starved(bigint) RETURNS bigint LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE out_of_memory; END $$"
        )
        link.execute("ALTER TABLE hospital.person RENAME TO person_table")
        columns = link.execute(
            "SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position)"
            " FROM information_schema.columns WHERE table_schema = 'hospital' AND table_name = 'person_table'"
            " AND column_name <> 'person_id'"
        ).fetchall()[0][0]
        link.execute(
            "CREATE VIEW hospital.person AS SELECT hospital.starved(person_id) AS person_id,"
            f" {columns} FROM hospital.person_table".encode()
        )
        with pytest.raises(Refused) as refused:
            stage_table(PostgresEngine(link), _spec(), cdm=Cdm("hospital"), order_key=_KEY)
    assert refused.value.code == "variables.too_much_memory"

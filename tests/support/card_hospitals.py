"""Hospitals of made-up rows straight in memory, and the card that a node would make of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np
import psycopg
import pyarrow as pa

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.engines import DuckDBEngine
from catalog.dataset_card import DatasetCard
from node.cards.build_card import CardBuilder
from node.dataset_version import DatasetVersion
from node.store.cdm_tables import get_cdm_tables
from onggi.spec.ids import SiteId

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
VERSION = DatasetVersion(
    number=3, digest="sha256:" + "0" * 64, cdm_version="5.4", vocabulary_version="v5.0 made up"
)


def card_of(rows: Rows, *, minimum: int = 10) -> DatasetCard:
    """The card of these rows."""
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        fill(connection, rows)
        columns = {name: table.column_names for name, table in get_cdm_tables().items()}
        builder = CardBuilder(DuckDBEngine(connection), minimum, cdm=Cdm(), columns=columns)
        return builder.build(site=SiteId("cleveland"), dataset="heart", version=VERSION)


def fill(connection: duckdb.DuckDBPyConnection, rows: Rows) -> None:
    """Every CDM table, empty but for the rows."""
    for name, table in get_cdm_tables().items():
        columns = ", ".join(f'"{each.name}" {each.type}' for each in table.columns)
        connection.execute(f'CREATE TABLE "{name}" ({columns})')
    for name, listed in rows.items():
        names = list(dict.fromkeys(each for row in listed for each in row))
        given = pa.table({each: [row.get(each) for row in listed] for each in names})
        connection.register("given", given)
        connection.execute(f'INSERT INTO "{name}" BY NAME SELECT * FROM given')


def patient(
    number: int, *, concepts: Iterable[int] = (201826,), value: float = 120.0, **changes: Any
) -> dict[str, list[dict[str, Any]]]:
    """One person's rows: observed once, with diagnoses and one measurement."""
    start = changes.pop("start", date(2015, 3, 1) + timedelta(days=number % 300))
    person = {"person_id": number, "gender_concept_id": 8507 if number % 2 else 8532, "year_of_birth": 1961}
    return {
        "person": [person | changes],
        "observation_period": [
            {
                "observation_period_id": number,
                "person_id": number,
                "observation_period_start_date": start,
                "observation_period_end_date": start + timedelta(days=700),
            }
        ],
        "condition_occurrence": [
            {
                "condition_occurrence_id": number * 1000 + at,
                "person_id": number,
                "condition_concept_id": concept,
                "condition_start_date": start,
            }
            for at, concept in enumerate(concepts)
        ],
        "measurement": [
            {
                "measurement_id": number,
                "person_id": number,
                "measurement_concept_id": 3004249,
                "measurement_date": start,
                "value_as_number": value,
                "unit_concept_id": 8876,
            }
        ],
    }


def hospital(patients: Iterable[Rows]) -> dict[str, list[Any]]:
    """All their rows together."""
    together: dict[str, list[Any]] = {}
    for one in patients:
        for name, rows in one.items():
            together.setdefault(name, []).extend(rows)
    return together


def usual_patients(size: int, *, seed: int = 1) -> list[Rows]:
    """Patients whose pressures lie around 130."""
    values = np.random.default_rng(seed).normal(130, 18, size).round(1)
    return [patient(number, value=float(value)) for number, value in enumerate(values, start=1)]


_POSTGRES = {"DOUBLE": "NUMERIC", "VARCHAR": "TEXT"}


def fill_postgres(connection: psycopg.Connection, rows: Rows, *, schema: str) -> None:
    """Every CDM table in a new schema, numbers as the OMOP scripts declare them; empty but for the rows."""
    connection.execute(f"CREATE SCHEMA {schema}".encode())
    for name, table in get_cdm_tables().items():
        columns = ", ".join(f'"{each.name}" {_POSTGRES.get(each.type, each.type)}' for each in table.columns)
        connection.execute(f'CREATE TABLE {schema}."{name}" ({columns})'.encode())
        names = ", ".join(f'"{each}"' for each in table.column_names)
        copy = f'COPY {schema}."{name}" ({names}) FROM STDIN'.encode()
        with connection.cursor() as cursor, cursor.copy(copy) as stream:
            for row in rows.get(name, ()):
                stream.write_row([row.get(each) for each in table.column_names])

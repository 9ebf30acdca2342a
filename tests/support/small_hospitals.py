"""Small hospitals for tests: CDM tables in an in-memory DuckDB, filled from plain rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import duckdb
import psycopg
import pyarrow as pa

Row: TypeAlias = dict[str, Any]
Hospital: TypeAlias = Mapping[str, Sequence[Row]]

_ID, _DAY, _MOMENT, _NUMBER = pa.int64(), pa.date32(), pa.timestamp("us"), pa.float64()
SCHEMAS: dict[str, pa.Schema] = {
    "person": pa.schema(
        [
            ("person_id", _ID),
            *((f"{each}_concept_id", _ID) for each in ("gender", "race", "ethnicity")),
            *((f"{each}_of_birth", pa.int32()) for each in ("year", "month", "day")),
        ]
    ),
    "observation_period": pa.schema(
        [
            ("observation_period_id", _ID),
            ("person_id", _ID),
            ("observation_period_start_date", _DAY),
            ("observation_period_end_date", _DAY),
        ]
    ),
    "visit_occurrence": pa.schema(
        [
            ("visit_occurrence_id", _ID),
            ("person_id", _ID),
            ("visit_concept_id", _ID),
            ("visit_start_date", _DAY),
            ("visit_start_datetime", _MOMENT),
            ("visit_end_date", _DAY),
        ]
    ),
    "condition_occurrence": pa.schema(
        [
            ("condition_occurrence_id", _ID),
            ("person_id", _ID),
            ("condition_concept_id", _ID),
            ("condition_start_date", _DAY),
            ("condition_start_datetime", _MOMENT),
            ("condition_end_date", _DAY),
        ]
    ),
    "drug_exposure": pa.schema(
        [
            ("drug_exposure_id", _ID),
            ("person_id", _ID),
            ("drug_concept_id", _ID),
            ("drug_exposure_start_date", _DAY),
            ("drug_exposure_start_datetime", _MOMENT),
            ("drug_exposure_end_date", _DAY),
            ("days_supply", pa.int32()),
        ]
    ),
    "procedure_occurrence": pa.schema(
        [
            ("procedure_occurrence_id", _ID),
            ("person_id", _ID),
            ("procedure_concept_id", _ID),
            ("procedure_date", _DAY),
            ("procedure_datetime", _MOMENT),
        ]
    ),
    "device_exposure": pa.schema(
        [
            ("device_exposure_id", _ID),
            ("person_id", _ID),
            ("device_concept_id", _ID),
            ("device_exposure_start_date", _DAY),
            ("device_exposure_start_datetime", _MOMENT),
            ("device_exposure_end_date", _DAY),
        ]
    ),
    **{
        table: pa.schema(
            [
                (f"{table}_id", _ID),
                ("person_id", _ID),
                (f"{table}_concept_id", _ID),
                (f"{table}_date", _DAY),
                (f"{table}_datetime", _MOMENT),
                ("value_as_number", _NUMBER),
                ("value_as_concept_id", _ID),
                ("unit_concept_id", _ID),
            ]
        )
        for table in ("measurement", "observation")
    },
    **{
        f"{prefix}_era": pa.schema(
            [
                (f"{prefix}_era_id", _ID),
                ("person_id", _ID),
                (f"{prefix}_concept_id", _ID),
                (f"{prefix}_era_start_date", _DAY),
                (f"{prefix}_era_end_date", _DAY),
            ]
        )
        for prefix in ("condition", "drug")
    },
    "visit_detail": pa.schema(
        [
            ("visit_detail_id", _ID),
            ("person_id", _ID),
            ("visit_detail_concept_id", _ID),
            ("visit_detail_start_date", _DAY),
            ("visit_detail_start_datetime", _MOMENT),
            ("visit_detail_end_date", _DAY),
        ]
    ),
    "specimen": pa.schema(
        [
            ("specimen_id", _ID),
            ("person_id", _ID),
            ("specimen_concept_id", _ID),
            ("specimen_date", _DAY),
            ("specimen_datetime", _MOMENT),
        ]
    ),
    "death": pa.schema(
        [("person_id", _ID), ("death_date", _DAY), ("death_datetime", _MOMENT), ("cause_concept_id", _ID)]
    ),
    "concept": pa.schema(
        [("concept_id", _ID), ("standard_concept", pa.string()), ("invalid_reason", pa.string())]
    ),
    "concept_ancestor": pa.schema([("ancestor_concept_id", _ID), ("descendant_concept_id", _ID)]),
}


def load_hospital(connection: duckdb.DuckDBPyConnection, hospital: Hospital) -> None:
    """Replaces every CDM table by the given rows; a table without rows is empty, a missing column null.

    A hospital without a `concept` table gets one that knows every concept which its rows mention.
    """
    hospital = with_vocabulary(hospital)
    for table, schema in SCHEMAS.items():
        rows = pa.Table.from_pylist(list(hospital.get(table, ())), schema=schema)
        connection.register("incoming", rows)
        connection.execute(f'CREATE OR REPLACE TABLE "{table}" AS SELECT * FROM incoming')
        connection.unregister("incoming")


_POSTGRES = {
    _ID: "BIGINT",
    pa.int32(): "INTEGER",
    _DAY: "DATE",
    _MOMENT: "TIMESTAMP",
    # The OMOP scripts for PostgreSQL declare numbers as NUMERIC, and hospitals run them as they are.
    _NUMBER: "NUMERIC",
    pa.string(): "TEXT",
}


def create_in_postgres(connection: psycopg.Connection, *, schema: str) -> None:
    """Every table in a new schema, empty."""
    connection.execute(f'CREATE SCHEMA "{schema}"'.encode())
    for table, columns in SCHEMAS.items():
        listed = ", ".join(f'"{each.name}" {_POSTGRES[each.type]}' for each in columns)
        connection.execute(f'CREATE TABLE "{schema}"."{table}" ({listed})'.encode())


def load_into_postgres(connection: psycopg.Connection, hospital: Hospital, *, schema: str) -> None:
    """Replaces every row of the tables that `create_in_postgres` made; rows as for `load_hospital`."""
    hospital = with_vocabulary(hospital)
    for table, columns in SCHEMAS.items():
        connection.execute(f'DELETE FROM "{schema}"."{table}"'.encode())
        if not (rows := hospital.get(table, ())):
            continue
        names = ", ".join(f'"{each}"' for each in columns.names)
        copy = f'COPY "{schema}"."{table}" ({names}) FROM STDIN'.encode()
        with connection.cursor() as cursor, cursor.copy(copy) as stream:
            for row in rows:
                stream.write_row([row.get(each) for each in columns.names])


def with_vocabulary(hospital: Hospital) -> Hospital:
    """The hospital with a `concept` table; where it had none, one of every concept that its rows mention."""
    if hospital.get("concept"):
        return hospital
    mentioned = {
        value
        for rows in hospital.values()
        for row in rows
        for name, value in row.items()
        if name.endswith("concept_id") and value is not None
    }
    return {**hospital, "concept": [{"concept_id": each} for each in sorted(mentioned)]}

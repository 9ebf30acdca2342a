"""Small hospitals for tests: CDM tables in an in-memory DuckDB, filled from plain rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import duckdb
import pyarrow as pa

Row: TypeAlias = dict[str, Any]
Hospital: TypeAlias = Mapping[str, Sequence[Row]]

_ID, _DAY, _MOMENT, _NUMBER = pa.int64(), pa.date32(), pa.timestamp("us"), pa.float64()
SCHEMAS: dict[str, pa.Schema] = {
    "person": pa.schema([("person_id", _ID), ("gender_concept_id", _ID), ("year_of_birth", pa.int32())]),
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

"""Lays out twins as hospitals lay out their CDM: every table and column that the job reads, with practice
records of the concepts that the twin's card does not list."""

# ruff: noqa: S608 -- names are of the CDM and of our own; nothing of the job's text enters.

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
import pyarrow as pa

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.dry_run.asked_concepts import Asked
from analysis_jobs.dry_run.twin_file import HIDDEN, read_people
from analysis_jobs.twin.people import People
from analysis_jobs.twin.records import TABLES, Records, draw_records, no_visits
from analysis_jobs.twin.tables import record_table

_BEFORE_PRACTICE: Final = 500_000_000_000
"""Practice records' ids begin far above those of the twin's own records."""
_NUMBERS: Final = frozenset(
    {"quantity", "value_as_number", "range_low", "range_high", "dose_value"}
    | {"amount_value", "numerator_value", "denominator_value"}
)
_WHOLE: Final = frozenset(
    {"refills", "days_supply", "gap_days", "condition_occurrence_count", "drug_exposure_count"}
    | {"year_of_birth", "month_of_birth", "day_of_birth"}
)
_TEXT_IDS: Final = frozenset(
    {"relationship_id", "domain_id", "vocabulary_id", "concept_class_id", "unique_device_id", "production_id"}
    | {"specimen_source_id"}
)
_MEMORY: Final = "1GiB"
Needed = dict[str, set[str]]


@dataclass(frozen=True, slots=True)
class Practice:
    """A database of twins: where each stands, and which concepts the job asks for beyond its card."""

    connection: duckdb.DuckDBPyConnection
    cdms: tuple[Cdm, ...]
    unlisted: frozenset[int]


def open_practice(files: Sequence[Path], *, needed: Needed, asked: Sequence[Asked]) -> Practice:
    """Opens the twins' files, read-only, in one engine that can open nothing else afterwards."""
    connection = duckdb.connect(":memory:", config={"threads": 1, "memory_limit": _MEMORY})
    try:
        connection.execute("SET python_enable_replacements = false")
        unlisted: set[int] = set()
        cdms = []
        for at, file in enumerate(files):
            catalog, schema = f"file_{at}", f"twin_{at}"
            quoted = str(file).replace("'", "''")
            connection.execute(f"ATTACH '{quoted}' AS {catalog} (READ_ONLY)")
            connection.execute(f"CREATE SCHEMA {schema}")
            missing = _unlisted(connection, catalog, asked)
            unlisted |= {each.concept for each in missing}
            _lay_out(connection, catalog, schema, needed=needed, missing=missing, seed=at)
            cdms.append(Cdm(schema=schema))
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
    except BaseException:
        connection.close()
        raise
    return Practice(connection, tuple(cdms), frozenset(unlisted))


def _unlisted(connection: duckdb.DuckDBPyConnection, catalog: str, asked: Sequence[Asked]) -> list[Asked]:
    listed = set(connection.execute(f"FROM {catalog}.{HIDDEN}.listed").fetchall())
    return [each for each in asked if (each.table, each.concept) not in listed]


def _lay_out(
    connection: duckdb.DuckDBPyConnection,
    catalog: str,
    schema: str,
    *,
    needed: Needed,
    missing: Sequence[Asked],
    seed: int,
) -> None:
    columns = _columns_of(connection, catalog)
    for name, table in _practice_tables(connection, catalog, missing, seed=seed).items():
        connection.register(f"{schema}_{name}", table)
        columns.setdefault(name, {})
        connection.execute(f"CREATE TABLE {schema}.practice_{name} AS FROM {schema}_{name}")
        connection.unregister(f"{schema}_{name}")
        columns[name] |= dict.fromkeys(table.column_names, "")
    practice = {
        row[0]
        for row in connection.execute(
            f"SELECT table_name FROM duckdb_tables() WHERE schema_name = '{schema}'"
        ).fetchall()
    }
    for name, wanted in needed.items():
        known = columns.get(name, {})
        parts = [f'SELECT * FROM {catalog}.main."{name}"'] if name in _columns_of(connection, catalog) else []
        if f"practice_{name}" in practice:
            parts.append(f"SELECT * FROM {schema}.practice_{name}")
        lacking = [f'CAST(NULL AS {_type_of(each)}) AS "{each}"' for each in sorted(wanted - known.keys())]
        base = f"({' UNION ALL BY NAME '.join(parts)})" if parts else "(SELECT 1 AS nothing WHERE false)"
        connection.execute(
            f'CREATE VIEW {schema}."{name}" AS SELECT {", ".join(["*", *lacking])} FROM {base}'
        )


def _columns_of(connection: duckdb.DuckDBPyConnection, catalog: str) -> dict[str, dict[str, str]]:
    rows = connection.execute(
        f"SELECT table_name, column_name FROM duckdb_columns() "
        f"WHERE database_name = '{catalog}' AND schema_name = 'main'"
    ).fetchall()
    found: dict[str, dict[str, str]] = {}
    for table, column in rows:
        found.setdefault(table, {})[column] = ""
    return found


def _practice_tables(
    connection: duckdb.DuckDBPyConnection, catalog: str, missing: Sequence[Asked], *, seed: int
) -> dict[str, Any]:
    """Records of the missing concepts, and the concepts themselves."""
    if not missing:
        return {}
    people = read_people(connection, catalog)
    tables: dict[str, Any] = {}
    for name in TABLES:
        mine = [each for each in missing if each.table == name]
        if mine:
            records = draw_records(
                [each.as_card() for each in mine],
                people,
                shares=[each.share for each in mine],
                visits=no_visits(people),
                seed=seed,
                most_each=1,
            )
            tables[name] = record_table(
                name, _some_at_start(records, people), people, before=_BEFORE_PRACTICE
            )
    known = {
        row[0] for row in connection.execute(f"SELECT concept_id FROM {catalog}.main.concept").fetchall()
    }
    new = sorted({each.concept for each in missing} - known)
    tables["concept"] = pa.table(
        {"concept_id": pa.array(new, pa.int64()), "standard_concept": pa.array(["S"] * len(new), pa.string())}
    )
    tables["concept_ancestor"] = pa.table(
        {
            "ancestor_concept_id": pa.array(new, pa.int64()),
            "descendant_concept_id": pa.array(new, pa.int64()),
        }
    )
    return tables


def _some_at_start(records: Records, people: People) -> Records:
    """Every other practice record lies on the first observed day, where many studies begin."""
    day = np.where(np.arange(len(records)) % 2 == 0, people.start[records.person], records.day)
    return Records(**{name: day if name == "day" else getattr(records, name) for name in Records.__slots__})


def _type_of(column: str) -> str:
    if column.endswith("_datetime"):
        return "TIMESTAMP"
    if column.endswith("_date"):
        return "DATE"
    if column in _NUMBERS:
        return "DOUBLE"
    if column in _WHOLE:
        return "INTEGER"
    if column not in _TEXT_IDS and (column.endswith("_id") or column in ("concept_id_1", "concept_id_2")):
        return "BIGINT"
    return "VARCHAR"

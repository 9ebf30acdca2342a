"""Lays out twins as hospitals lay out their CDM: every table and column that the job reads, with practice
records of the concepts that the twin's card does not list."""

# ruff: noqa: S608 -- names are of the CDM and of our own; nothing of the job's text enters.

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

import duckdb
import numpy as np
import pyarrow as pa

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.dry_run.asked_concepts import Asked
from analysis_jobs.dry_run.twin_file import HIDDEN, read_people
from analysis_jobs.twin.people import People
from analysis_jobs.twin.records import TABLES, Records, draw_records, no_visits
from analysis_jobs.twin.tables import era_table, record_table

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
_ERAS: Final[dict[str, Literal["condition", "drug"]]] = {
    "condition_occurrence": "condition",
    "drug_exposure": "drug",
}
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
    """A view for each table that the job reads: the twin's rows, practice rows, and NULL where neither has
    the column."""
    practice = f"{schema}_practice"
    connection.execute(f"CREATE SCHEMA {practice}")
    for name, table in _practice_tables(connection, catalog, missing, seed=seed).items():
        connection.register("given", table)
        connection.execute(f"CREATE TABLE {practice}.{name} AS FROM given")
        connection.unregister("given")
    places = {
        f"{catalog}.main": _columns_of(connection, catalog, "main"),
        practice: _columns_of(connection, "memory", practice),
    }
    for name, wanted in needed.items():
        known = {place: columns[name] for place, columns in places.items() if name in columns}
        rows = " UNION ALL BY NAME ".join(f'SELECT * FROM {place}."{name}"' for place in known)
        lacking = sorted(wanted.difference(*known.values()))
        nothing = [f'CAST(NULL AS {_type_of(each)}) AS "{each}"' for each in lacking]
        told = ", ".join(["*", *nothing])
        source = rows or "SELECT 1 AS nothing WHERE false"
        connection.execute(f'CREATE VIEW {schema}."{name}" AS SELECT {told} FROM ({source})')


def _columns_of(connection: duckdb.DuckDBPyConnection, catalog: str, schema: str) -> dict[str, set[str]]:
    """The columns of each table in one place."""
    found: dict[str, set[str]] = {}
    rows = connection.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = ? AND schema_name = ?",
        [catalog, schema],
    ).fetchall()
    for table, column in rows:
        found.setdefault(table, set()).add(column)
    return found


def _practice_tables(
    connection: duckdb.DuckDBPyConnection, catalog: str, missing: Sequence[Asked], *, seed: int
) -> dict[str, Any]:
    """Records of the missing concepts, their eras, and the concepts themselves."""
    if not missing:
        return {}
    people = read_people(connection, catalog)
    tables: dict[str, Any] = {}
    for name in TABLES:
        mine = [each for each in missing if each.table == name]
        if not mine:
            continue
        records = _practice_records(mine, people, seed=seed)
        tables[name] = record_table(name, records, people, before=_BEFORE_PRACTICE)
        if name in _ERAS:
            era = _ERAS[name]
            tables[f"{era}_era"] = era_table(era, records, people, before=_BEFORE_PRACTICE)
    return tables | _practice_vocabulary(connection, catalog, missing)


def _practice_records(asked: Sequence[Asked], people: People, *, seed: int) -> Records:
    """Every other practice record lies on the first observed day, where many studies begin."""
    records = draw_records(
        [each.as_card() for each in asked],
        people,
        shares=[each.share for each in asked],
        visits=no_visits(people),
        seed=seed,
        most_each=1,
    )
    day = np.where(np.arange(len(records)) % 2 == 0, people.start[records.person], records.day)
    return replace(records, day=day)


def _practice_vocabulary(
    connection: duckdb.DuckDBPyConnection, catalog: str, missing: Sequence[Asked]
) -> dict[str, Any]:
    """The missing concepts that the twin's vocabulary does not hold, each below itself alone."""
    known = {
        row[0] for row in connection.execute(f"SELECT concept_id FROM {catalog}.main.concept").fetchall()
    }
    new = pa.array(sorted({each.concept for each in missing} - known), pa.int64())
    return {
        "concept": pa.table({"concept_id": new, "standard_concept": pa.array(["S"] * len(new), pa.string())}),
        "concept_ancestor": pa.table({"ancestor_concept_id": new, "descendant_concept_id": new}),
    }


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

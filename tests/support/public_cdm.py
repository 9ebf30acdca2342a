"""The three public OMOP data sets as plain DuckDB databases, and copies of them on PostgreSQL.

Every table of CDM 5.4 is there, in the schema `cdm`; what a data set lacks is empty. Databases are made once
per process in a temporary folder; callers get a connection of their own.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
import zipfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import duckdb

from tests.support.cdm_schemas import cdm_schemas, create_duckdb, create_postgres
from tests.support.shared_data import shared_data

if TYPE_CHECKING:
    import psycopg

PublicName: TypeAlias = Literal["gibleed", "synthea27nj", "mimic-iv-demo"]
PUBLIC_NAMES: tuple[PublicName, ...] = ("gibleed", "synthea27nj", "mimic-iv-demo")
SCHEMA = "cdm"
_CHUNK = 1 << 20

# The indexes of the OMOP scripts beside those on person, concept and visit.
_VOCABULARY_INDEXES = {
    "concept": ("concept_id", "concept_code", "vocabulary_id", "domain_id", "concept_class_id"),
    "concept_relationship": ("concept_id_1", "concept_id_2", "relationship_id"),
    "concept_ancestor": ("ancestor_concept_id", "descendant_concept_id"),
    "concept_synonym": ("concept_id",),
    "provider": ("provider_id",),
    "care_site": ("care_site_id",),
    "location": ("location_id",),
}
_NO_CONCEPT_INDEX = ("death", "observation_period", "payer_plan_period")
_SHIFTED = (
    "person_id",
    "visit_occurrence_id",
    "preceding_visit_occurrence_id",
    "visit_detail_id",
    "preceding_visit_detail_id",
    "parent_visit_detail_id",
)


def open_public(name: PublicName, *, read_only: bool = True) -> duckdb.DuckDBPyConnection:
    """One of the data sets, in the schema `cdm`. A writable one is the caller's own, in memory."""
    if read_only:
        return duckdb.connect(str(_file_of(name)), read_only=True)
    connection = duckdb.connect()
    fill_public(connection, name)
    return connection


def fill_public(connection: duckdb.DuckDBPyConnection, name: PublicName) -> None:
    """Replaces the schema `cdm` of a database by one of the data sets."""
    create_duckdb(connection, schema=SCHEMA)
    with tempfile.TemporaryDirectory(prefix="onggi-public-") as place:
        for table, path in _files(name, Path(place)).items():
            _insert(connection, table, path)


@cache
def _file_of(name: PublicName) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="onggi-public-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / f"{name}.duckdb"
    with duckdb.connect(str(path)) as connection:
        fill_public(connection, name)
    return path


def _files(name: PublicName, place: Path) -> dict[str, Path]:
    """table -> its file, for the tables that the data set has."""
    if name == "gibleed":
        found = shared_data("omop", "gibleed", "parquet-omock").glob("*.parquet")
    elif name == "mimic-iv-demo":
        found = shared_data("omop", "mimic-iv-demo-omop", "1_omop_data_csv").glob("*.csv")
    else:
        with zipfile.ZipFile(shared_data("omop", "synthea27nj", "Synthea27Nj_5.4.zip")) as archive:
            archive.extractall(place)
        found = place.glob("*.csv")
    named = {path.stem.lower().removeprefix("2b_"): path for path in found}
    return {table: path for table, path in named.items() if table in cdm_schemas()}


def _insert(connection: duckdb.DuckDBPyConnection, table: str, path: Path) -> None:
    """The columns that the specification knows; older names and extra columns stay behind."""
    source = f"read_parquet('{path}')"
    if path.suffix.lower() == ".csv":
        source = f"read_csv('{path}', header = true, all_varchar = true, nullstr = '', sample_size = -1)"
    there = [row[0].lower() for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
    columns = [column for column in cdm_schemas()[table] if column in there]
    names = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(_value(table, column) for column in columns)
    connection.execute(f"INSERT INTO {SCHEMA}.{table} ({names}) SELECT {values} FROM {source}")


def _value(table: str, column: str) -> str:
    kind = cdm_schemas()[table][column]
    # Some files write whole numbers as 3.0 and days as moments.
    if kind in ("id", "whole"):
        whole = "BIGINT" if kind == "id" else "INTEGER"
        return f'COALESCE(TRY_CAST("{column}" AS {whole}), CAST(CAST("{column}" AS DOUBLE) AS {whole}))'
    if kind == "day":
        return f'CAST(CAST("{column}" AS TIMESTAMP) AS DATE)'
    return f'"{column}"'


def multiply(connection: duckdb.DuckDBPyConnection, times: int) -> int:
    """Makes the persons of the schema `cdm` so many times as many, each copy with ids of its own.

    Returns how far apart the ids of one person's copies lie.
    """
    tables = [table for table, columns in cdm_schemas().items() if "person_id" in columns]
    shifted = {table: _shifted_columns(table) for table in tables}
    stride = _stride(connection, shifted)
    for table, columns in shifted.items():
        picked = ", ".join(f'"{column}" + copy * {stride}::BIGINT AS "{column}"' for column in columns)
        connection.execute(
            f"INSERT INTO {SCHEMA}.{table} SELECT t.* REPLACE ({picked}) "
            f"FROM (SELECT unnest(range(1, {times})) AS copy) copies CROSS JOIN "
            f"(SELECT * FROM {SCHEMA}.{table}) t ORDER BY copy"
        )
    return stride


def _shifted_columns(table: str) -> list[str]:
    columns = cdm_schemas()[table]
    return [column for column in columns if column in _SHIFTED or column == f"{table}_id"]


def _stride(connection: duckdb.DuckDBPyConnection, shifted: dict[str, list[str]]) -> int:
    """A round number above every distance between two ids of one column."""
    widest = 0
    for table, columns in shifted.items():
        spans = ", ".join(f'max("{column}")::HUGEINT - min("{column}")' for column in columns)
        found = connection.execute(f"SELECT {spans} FROM {SCHEMA}.{table}").fetchone() or ()
        widest = max([widest, *(int(span) for span in found if span is not None)])
    if widest > 10**12:
        raise ValueError("ids are spread too widely to be shifted")
    return int(10 ** len(str(widest)))


def copy_to_postgres(
    source: duckdb.DuckDBPyConnection, target: psycopg.Connection, *, schema: str = SCHEMA
) -> None:
    """The same rows on PostgreSQL, with the indexes of the OMOP scripts and fresh statistics. Commits."""
    create_postgres(target, schema=schema)
    for table in cdm_schemas():
        _copy_table(source, target, table, schema=schema)
    for table, column in omop_indexes():
        target.execute(f"CREATE INDEX ON {schema}.{table} ({column})".encode())
    target.commit()
    for table in cdm_schemas():
        target.execute(f"ANALYZE {schema}.{table}".encode())
    target.commit()


def omop_indexes() -> list[tuple[str, str]]:
    """(table, column): person, visit and the domain's concept everywhere, and those of the vocabulary."""
    found = [(table, column) for table, columns in _VOCABULARY_INDEXES.items() for column in columns]
    for table, columns in cdm_schemas().items():
        if "person_id" not in columns:
            continue
        concept = next((name for name in columns if name.endswith("_concept_id")), None)
        wanted = ["person_id", "visit_occurrence_id"]
        if concept and table not in _NO_CONCEPT_INDEX:
            wanted.append(concept)
        found += [(table, column) for column in wanted if column in columns]
    return found


def _copy_table(
    source: duckdb.DuckDBPyConnection, target: psycopg.Connection, table: str, *, schema: str
) -> None:
    with tempfile.TemporaryDirectory(prefix="onggi-copy-") as place:
        path = Path(place) / f"{table}.csv"
        source.execute(f"COPY {SCHEMA}.{table} TO '{path}' (FORMAT csv, HEADER false, NULLSTR '\\N')")
        statement = f"COPY {schema}.{table} FROM STDIN (FORMAT csv, NULL '\\N')".encode()
        with path.open("rb") as file, target.cursor() as cursor, cursor.copy(statement) as stream:
            while piece := file.read(_CHUNK):
                stream.write(piece)

"""Every table of the OMOP CDM 5.4 with its types, empty or filled from plain rows, on DuckDB and PostgreSQL.

The columns come from the published specification. Ids are signed 64-bit, every column may be null.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import duckdb
import pyarrow as pa

from tests.support.shared_data import shared_data

if TYPE_CHECKING:
    import psycopg

Kind: TypeAlias = Literal["id", "whole", "number", "day", "moment", "text"]
Hospital: TypeAlias = Mapping[str, Sequence[dict[str, Any]]]
Schemas: TypeAlias = Mapping[str, Mapping[str, Kind]]

_ARROW: dict[Kind, pa.DataType] = {
    "id": pa.int64(),
    "whole": pa.int32(),
    "number": pa.float64(),
    "day": pa.date32(),
    "moment": pa.timestamp("us"),
    "text": pa.string(),
}
_DUCKDB: dict[Kind, str] = {
    "id": "BIGINT",
    "whole": "INTEGER",
    "number": "DOUBLE",
    "day": "DATE",
    "moment": "TIMESTAMP",
    "text": "VARCHAR",
}
# The OMOP scripts for PostgreSQL declare numbers as NUMERIC, and hospitals run them as they are.
_POSTGRES: dict[Kind, str] = _DUCKDB | {"number": "NUMERIC", "text": "TEXT"}
_KINDS: dict[str, Kind] = {"integer": "whole", "float": "number", "date": "day", "datetime": "moment"}


@cache
def cdm_schemas() -> Schemas:
    """table -> column -> kind, in the order of the specification."""
    path = shared_data("omop", "cdm54-spec", "csv", "OMOP_CDMv5.4_Field_Level.csv")
    schemas: dict[str, dict[str, Kind]] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            table, column = row["cdmTableName"].lower(), row["cdmFieldName"].lower().strip('"')
            schemas.setdefault(table, {})[column] = _kind(column, row["cdmDatatype"].lower())
    return schemas


def _kind(column: str, declared: str) -> Kind:
    if declared.startswith("varchar"):
        return "text"
    if declared == "integer" and (column.endswith("_id") or column[:-1].endswith("_id_")):
        return "id"
    return _KINDS[declared]


def create_duckdb(connection: duckdb.DuckDBPyConnection, *, schema: str = "cdm") -> None:
    """Replaces the schema by one with every table, empty."""
    connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    connection.execute(f"CREATE SCHEMA {schema}")
    for table in cdm_schemas():
        connection.execute(_ddl(schema, table, _DUCKDB))


def create_postgres(connection: psycopg.Connection, *, schema: str = "cdm") -> None:
    """Replaces the schema by one with every table, empty and without indexes."""
    connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE".encode())
    statements = [f"CREATE SCHEMA {schema}", *(_ddl(schema, table, _POSTGRES) for table in cdm_schemas())]
    connection.execute(";".join(statements).encode())


def _ddl(schema: str, table: str, types: Mapping[Kind, str]) -> str:
    columns = (f'"{column}" {types[kind]}' for column, kind in cdm_schemas()[table].items())
    return f"CREATE TABLE {schema}.{table} ({', '.join(columns)})"


def load_duckdb(connection: duckdb.DuckDBPyConnection, hospital: Hospital, *, schema: str = "cdm") -> None:
    """Replaces every row of the schema; makes the schema where it is missing."""
    if not _has_schema(connection, schema):
        create_duckdb(connection, schema=schema)
    _check_known(hospital)
    connection.begin()
    for table, columns in cdm_schemas().items():
        connection.execute(f"DELETE FROM {schema}.{table}")
        if rows := list(hospital.get(table, ())):
            arrow = pa.schema([(column, _ARROW[kind]) for column, kind in columns.items()])
            connection.register("incoming_rows", pa.Table.from_pylist(rows, schema=arrow))
            connection.execute(f"INSERT INTO {schema}.{table} SELECT * FROM incoming_rows")
            connection.unregister("incoming_rows")
    connection.commit()


def load_postgres(connection: psycopg.Connection, hospital: Hospital, *, schema: str = "cdm") -> None:
    """Replaces every row of the schema; makes the schema where it is missing. The caller commits."""
    _check_known(hospital)
    found = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (schema,)).fetchone()
    if found is None:
        create_postgres(connection, schema=schema)
    tables = ", ".join(f"{schema}.{table}" for table in cdm_schemas())
    connection.execute(f"TRUNCATE {tables}".encode())
    for table, columns in cdm_schemas().items():
        if rows := hospital.get(table, ()):
            names = ", ".join(f'"{column}"' for column in columns)
            copy = f"COPY {schema}.{table} ({names}) FROM STDIN".encode()
            with connection.cursor() as cursor, cursor.copy(copy) as stream:
                for row in rows:
                    stream.write_row([row.get(column) for column in columns])


def _has_schema(connection: duckdb.DuckDBPyConnection, schema: str) -> bool:
    asked = "SELECT 1 FROM duckdb_schemas() WHERE schema_name = ? AND database_name = current_database()"
    return connection.execute(asked, [schema]).fetchone() is not None


def _check_known(hospital: Hospital) -> None:
    """A misspelt table or column would otherwise be lost without a word."""
    schemas = cdm_schemas()
    for table, rows in hospital.items():
        unknown = {column for row in rows for column in row} - schemas[table].keys()
        if unknown:
            raise KeyError(f"{table}: {sorted(unknown)}")

"""The rows of a cohort by the published SQL, on a DuckDB or PostgreSQL connection that may be read-only.

Everything lies in temporary tables of the connection and is gone afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, TypeAlias

import duckdb

from tests.support.official_sql import Dialect, official_statements

if TYPE_CHECKING:
    import psycopg

CohortRow: TypeAlias = tuple[int, date, date]
Connection: TypeAlias = "duckdb.DuckDBPyConnection | psycopg.Connection"
TARGET = "official_cohort"


def official_rows(connection: Connection, definition_id: int, *, schema: str = "cdm") -> list[CohortRow]:
    """(subject, start, end) in order, by the published SQL over a schema that holds CDM and vocabulary."""
    statements = official_statements(
        definition_id,
        dialect=dialect_of(connection),
        cdm_schema=schema,
        vocabulary_schema=schema,
        target_table=TARGET,
    )
    return rows_of(connection, statements)


def rows_of(connection: Connection, statements: Sequence[str], *, target: str = TARGET) -> list[CohortRow]:
    """What the statements put into the target table, which is made for them and dropped."""
    make_target(connection, target)
    done = False
    try:
        run(connection, statements)
        asked = f"SELECT subject_id, cohort_start_date, cohort_end_date FROM {target} ORDER BY 1, 2, 3"
        found = _execute(connection, asked).fetchall()
        done = True
    finally:
        if not done:
            drop_temporary_tables(connection)
    _execute(connection, f"DROP TABLE {target}")
    return [_row(*each) for each in found]


def _row(subject: Any, start: Any, end: Any) -> CohortRow:
    return subject, start, end


def run(connection: Connection, statements: Sequence[str]) -> None:
    """The statements, one after another."""
    for statement in statements:
        _execute(connection, statement)


def make_target(connection: Connection, target: str) -> None:
    """An empty temporary table as the published SQL fills it."""
    columns = "cohort_definition_id BIGINT, subject_id BIGINT, cohort_start_date DATE, cohort_end_date DATE"
    _execute(connection, f"CREATE TEMP TABLE {target} ({columns})")


def drop_temporary_tables(connection: Connection) -> None:
    """Leaves nothing of a broken run behind."""
    if isinstance(connection, duckdb.DuckDBPyConnection):
        asked = "SELECT table_name FROM duckdb_tables() WHERE temporary"
        for (name,) in connection.execute(asked).fetchall():
            connection.execute(f'DROP TABLE temp."{name}"')
        return
    connection.rollback()
    for (name,) in connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relkind = 'r'"
    ).fetchall():
        connection.execute(f'DROP TABLE pg_temp."{name}"'.encode())


def dialect_of(connection: Connection) -> Dialect:
    """The dialect that the connection speaks."""
    return "duckdb" if isinstance(connection, duckdb.DuckDBPyConnection) else "postgres"


def _execute(
    connection: Connection, statement: str
) -> duckdb.DuckDBPyConnection | psycopg.Cursor[tuple[object, ...]]:
    if isinstance(connection, duckdb.DuckDBPyConnection):
        return connection.execute(statement)
    # Prepared plans would be kept for temporary tables of the same name and other columns.
    return connection.execute(statement.encode(), prepare=False)

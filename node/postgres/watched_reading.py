"""Reads a registered version: a table's rows are counted before they are read for the first time."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pyarrow as pa
from sqlglot import exp

from analysis_jobs.cohort.engines import Parameters, PostgresEngine, Row
from node.postgres.table_marks import Marks, check_rows

_SAVEPOINT = "reading"


class WatchedReading(PostgresEngine):
    """A connection whose picture is the one that the marks describe, as far as anything is read of it.

    Raises, before a statement runs:
        Refused: ``dataset.changed``.
    """

    def __init__(self, connection: psycopg.Connection, marks: Marks) -> None:
        super().__init__(connection)
        connection.execute(f"SAVEPOINT {_SAVEPOINT}")
        self._reading = connection
        self._unread = dict(marks)

    def fetch(self, query: exp.Query, parameters: Parameters | None = None) -> list[Row]:
        """Every row of a statement."""
        self._check_tables_of(query)
        return super().fetch(query, parameters)

    def stream(
        self, query: exp.Query, parameters: Parameters, *, schema: pa.Schema, rows_per_batch: int
    ) -> Iterator[pa.RecordBatch]:
        """The rows in order, a batch at a time."""
        self._check_tables_of(query)
        return super().stream(query, parameters, schema=schema, rows_per_batch=rows_per_batch)

    def recover(self) -> None:
        """Goes back to where nothing had failed, in the same picture."""
        self._reading.execute(f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}")

    def _check_tables_of(self, query: exp.Query) -> None:
        named = {f"{table.db}.{table.name}" for table in query.find_all(exp.Table) if table.db}
        for table in sorted(named & self._unread.keys()):
            check_rows(self._reading, self._unread, table=table)
            del self._unread[table]

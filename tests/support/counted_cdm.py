"""A CDM in plain DuckDB with a store's counts of concepts beside it."""

from __future__ import annotations

import duckdb

from analysis_jobs.cohort.cdm_tables import Cdm
from node.store.concept_counts import COUNTS_TABLE, count_concepts


def with_counts(connection: duckdb.DuckDBPyConnection, *, schema: str) -> Cdm:
    """Counts what the schema holds now and tells where the counts stand."""
    connection.execute(f"DROP TABLE IF EXISTS {schema}.{COUNTS_TABLE}")
    columns = connection.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = ?", [schema]
    ).fetchall()
    count_concepts(connection, place=schema, columns={(table, column) for table, column in columns})
    return Cdm(schema, counts=COUNTS_TABLE)

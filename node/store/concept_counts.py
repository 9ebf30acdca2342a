"""Counts a new generation's records by concept, so that questions need not look for what is not there."""

# ruff: noqa: S608 -- names come from the CDM's own list and are quoted; no value is written into a statement.

from __future__ import annotations

from collections.abc import Collection

import duckdb

from analysis_jobs.cohort.concept_records import COUNTS_COLUMNS, counted_columns
from node.store.private_duckdb import quote_name

COUNTS_TABLE = "concept_records"


def count_concepts(
    connection: duckdb.DuckDBPyConnection, *, place: str, columns: Collection[tuple[str, str]]
) -> None:
    """Writes the table of counts beside the CDM.

    Args:
        place: the schema, quoted where it needs to be.
        columns: the tables and columns that are there; what is counted is among them.
    """
    declared = ", ".join(f"{quote_name(name)} {kind}" for name, kind in COUNTS_COLUMNS.items())
    connection.execute(f"CREATE TABLE {place}.{COUNTS_TABLE} ({declared})")
    for table, concept in counted_columns():
        if (table, concept) in columns:
            # The row without a concept says that the column was counted, whatever it holds.
            connection.execute(
                f"INSERT INTO {place}.{COUNTS_TABLE} SELECT $counted, NULL, 0 UNION ALL "
                f"(SELECT $counted, {quote_name(concept)}, count(*) FROM {place}.{quote_name(table)} "
                f"WHERE {quote_name(concept)} IS NOT NULL GROUP BY 2 ORDER BY 2)",
                {"counted": f"{table}.{concept}"},
            )

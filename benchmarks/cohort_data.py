"""The data and the definitions of the cohort benchmarks: GiBleed many times over, and what occurs in it."""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from node.store.concept_counts import count_concepts
from node.store.row_order import row_order
from tests.support.criterion_rows import PLACES, domain_of
from tests.support.official_rows import TARGET, run
from tests.support.official_sql import official_statements, shared_definition_ids
from tests.support.public_cdm import SCHEMA, fill_public, multiply, open_public
from tests.support.shared_data import shared_data

CACHE = Path(__file__).parent / ".cache"


def occurring_definitions() -> list[int]:
    """The definitions of which a primary criterion finds a record; more copies of the data find no others."""
    with open_public("gibleed") as connection:
        return [number for number in shared_definition_ids() if _occurs(connection, number)]


def _occurs(connection: duckdb.DuckDBPyConnection, definition_id: int) -> bool:
    statements = official_statements(
        definition_id, dialect="duckdb", cdm_schema=SCHEMA, vocabulary_schema=SCHEMA, target_table=TARGET
    )
    made = next(
        at for at, each in enumerate(statements) if each.startswith("CREATE TEMP TABLE qualified_events")
    )
    run(connection, statements[:made])
    criteria = definition(definition_id)["PrimaryCriteria"]["CriteriaList"]
    found = any(connection.execute(_records(criterion)).fetchone() for criterion in criteria)
    run(connection, ["DROP TABLE Codesets"])
    return found


def _records(criterion: dict[str, Any]) -> str:
    """One record of the criterion's domain that has a concept of its concept sets."""
    domain = domain_of(criterion)
    place, inner = PLACES[domain], criterion[domain]
    columns = [(place.concept, inner.get("CodesetId"))]
    columns += [(place.source, inner[name]) for name in inner if name.endswith("SourceConcept")]
    tests = [
        f"{column} IN (SELECT concept_id FROM Codesets WHERE codeset_id = {int(number)})"
        for column, number in columns
        if number is not None
    ]
    return f"SELECT 1 FROM {SCHEMA}.{place.table} WHERE {' AND '.join(tests) or 'true'} LIMIT 1"


@cache
def definition(definition_id: int) -> dict[str, Any]:
    """The shared JSON."""
    path = shared_data("omop", "phenotype-library", "cohorts", f"{definition_id}.json")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def multiplied(times: int) -> Path:
    """The data, made once and kept."""
    kept = CACHE / f"gibleed-x{times}.duckdb"
    if not kept.exists():
        CACHE.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="part-", dir=CACHE) as place:
            made = Path(place) / kept.name
            with duckdb.connect(str(made)) as connection:
                fill_public(connection, "gibleed")
                multiply(connection, times)
            made.rename(kept)
    return kept


def in_store_order(times: int) -> Path:
    """The same rows in the order in which a node's store keeps them, with the store's counts of concepts."""
    kept = CACHE / f"gibleed-x{times}-as-stored.duckdb"
    if not kept.exists():
        with tempfile.TemporaryDirectory(prefix="part-", dir=CACHE) as place:
            made = Path(place) / kept.name
            with duckdb.connect(str(made)) as connection:
                copy_in_store_order(connection, multiplied(times))
            made.rename(kept)
    return kept


def copy_in_store_order(connection: duckdb.DuckDBPyConnection, source: Path) -> None:
    """The rows of a plain database, in the order and with the counts of a node's store."""
    connection.execute(f"ATTACH '{source}' AS plain (READ_ONLY)")
    connection.execute(f"CREATE SCHEMA {SCHEMA}")
    columns: dict[str, dict[str, str]] = {}
    for table, column in connection.execute(
        "SELECT table_name, column_name FROM duckdb_columns() "
        "WHERE database_name = 'plain' AND schema_name = ? ORDER BY table_name, column_index",
        [SCHEMA],
    ).fetchall():
        columns.setdefault(table, {})[column] = column
    for table, values in columns.items():
        order = row_order(table, values=values, person=values.get("person_id"))
        ordered = f"ORDER BY {', '.join(order)}" if order else ""
        connection.execute(f"CREATE TABLE {SCHEMA}.{table} AS SELECT * FROM plain.{SCHEMA}.{table} {ordered}")
    present = {(table, column) for table, values in columns.items() for column in values}
    count_concepts(connection, place=SCHEMA, columns=present)
    connection.execute("DETACH plain")

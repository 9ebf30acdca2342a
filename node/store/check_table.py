"""Looks over one staged file: values, identifiers in disguise, repeated ids, persons that nobody knows."""

# ruff: noqa: S608 -- table and column names come from the CDM and are quoted; values and keys are bound.

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from node.store.cdm_tables import DESCRIPTIVE_TABLES, JOINED_BY_ID, VOCABULARY_TABLES, Table
from node.store.identifier_guard import IdentifierPolicy, check_lookalikes
from node.store.load_report import LoadWarning
from node.store.private_duckdb import quote_name
from node.store.staged_rows import ROW, STAGED, Problem, Staged
from onggi.errors import Refused


def find_problems(
    connection: duckdb.DuckDBPyConnection,
    staged: Staged,
    *,
    table: Table,
    file: str,
    policy: IdentifierPolicy,
) -> Iterator[Problem]:
    """What keeps the file from being loaded: its bad values first, then what only whole columns show."""
    yield from staged.problems
    try:
        check_lookalikes(connection, table=table, columns=staged.columns, file=file, policy=policy)
    except Refused as error:
        yield Problem(error.code, error.facts)
    if table.name in JOINED_BY_ID and (repeated := _repeated_ids(connection, staged, table)):
        yield Problem("load.duplicate_id", {"file": file, "row": repeated[1], "column": table.single_key})


def find_unknown_person(
    connection: duckdb.DuckDBPyConnection, *, table: Table, file: str
) -> Iterator[Problem]:
    """The first row of a person that `person_map` does not hold, for hospitals that refuse those."""
    first = connection.execute(
        f"SELECT min({ROW}) FROM {STAGED} "
        f"WHERE {quote_name(str(table.person_column))} NOT IN (SELECT old FROM person_map)"
    ).fetchall()[0][0]
    if first is not None:
        yield Problem("load.unknown_person", {"file": file, "row": int(first), "column": table.person_column})


def remark_repeated(
    connection: duckdb.DuckDBPyConnection, staged: Staged, *, table: Table
) -> Iterator[LoadWarning]:
    """Persons and visits must be unique, or joins would multiply rows; nothing joins on the id of an event,
    and published data sets repeat some: counted only."""
    if table.name in JOINED_BY_ID:
        return
    if repeated := _repeated_ids(connection, staged, table):
        yield LoadWarning("load.ids_repeated", {"table": table.name, "ids": repeated[0]})


def _repeated_ids(
    connection: duckdb.DuckDBPyConnection, staged: Staged, table: Table
) -> tuple[int, int] | None:
    """(how many ids come again, the first row where one does), or None where each comes once."""
    key = table.single_key
    if key not in staged.columns or table.name in DESCRIPTIVE_TABLES | VOCABULARY_TABLES:
        return None
    name = quote_name(str(key))
    # Nearly always they are distinct, and counting is half the work of finding.
    surplus = connection.execute(f"SELECT count({name}) - count(DISTINCT {name}) FROM {STAGED}").fetchall()
    if not surplus[0][0]:
        return None
    repeated, again = connection.execute(
        f"SELECT count(*), min(again) FROM (SELECT max({ROW}) AS again FROM {STAGED} "
        f"WHERE {name} IS NOT NULL GROUP BY {name} HAVING count(*) > 1)"
    ).fetchall()[0]
    return int(repeated), int(again)

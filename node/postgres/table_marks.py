"""Notices that a database changed beneath: marks of every table, written down when a version is registered.

* A mark: the table's identity and file, the server's counters of changed rows, and its exact rows.
* A load, an update or a deletion moves at least one of them; so does a rolled-back one, which is harmless.
* The counters follow a commit by about a second: a row that was updated in that second, in place and without
  changing the number of rows, is noticed by the next comparison (`docs/postgresql.md` tells what to do).
* The server tells the counters at once and counts the rows of a large table for minutes: a run compares the
  counters of all tables, and the rows of those that it reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import psycopg
from psycopg import sql
from pydantic import Field

from onggi.errors import Refused
from onggi.spec.base import Frozen


class Mark(Frozen):
    """By what a table's change is noticed."""

    rows: int = Field(ge=0)
    changes: str


Marks: TypeAlias = Mapping[str, Mark]
"""``schema.table`` to its mark."""

_LISTED = """
SELECT n.nspname, c.relname, c.relkind::text, c.relrowsecurity,
       (SELECT string_agg(concat_ws('/', l.oid, pg_relation_filenode(l.oid),
            pg_stat_get_tuples_inserted(l.oid), pg_stat_get_tuples_updated(l.oid),
            pg_stat_get_tuples_deleted(l.oid)), ',' ORDER BY l.oid)
        FROM (SELECT c.oid UNION SELECT relid FROM pg_partition_tree(c.oid)) l(oid)),
       (SELECT stats_reset::text FROM pg_stat_database WHERE datname = current_database())
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY(%s) AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
ORDER BY 1, 2
"""


def read_marks(
    connection: psycopg.Connection, *, schemas: tuple[str, ...], tables: frozenset[str]
) -> dict[str, Mark]:
    """The marks of the CDM's tables in the connection's picture. Takes as long as counting every row.

    Raises:
        Refused: ``postgres.replica``, ``postgres.not_a_table``, ``postgres.row_security``,
            ``postgres.no_cdm``, ``postgres.not_examined``.
    """
    found = read_changes(connection, schemas=schemas, tables=tables)
    return {table: Mark(rows=_count(connection, table), changes=told) for table, told in found.items()}


def read_changes(
    connection: psycopg.Connection, *, schemas: tuple[str, ...], tables: frozenset[str]
) -> dict[str, str]:
    """What the server tells of the tables without reading them. Raises as `read_marks` does."""
    try:
        in_recovery = connection.execute("SELECT pg_is_in_recovery()").fetchall()[0][0]
        listed = connection.execute(_LISTED, (list(schemas),)).fetchall()
    except psycopg.Error:
        raise Refused("postgres.not_examined") from None
    if in_recovery:
        raise Refused("postgres.replica")
    found: dict[str, str] = {}
    for schema, table, kind, row_security, changes, reset in listed:
        if table not in tables:
            continue
        if kind not in ("r", "p"):
            raise Refused("postgres.not_a_table", table=f"{schema}.{table}")
        if row_security:
            raise Refused("postgres.row_security", table=f"{schema}.{table}")
        found[f"{schema}.{table}"] = f"{changes};{reset}"
    if f"{schemas[0]}.person" not in found:
        raise Refused("postgres.no_cdm", schema=schemas[0])
    return found


def check_changes(registered: Marks, found: Mapping[str, str]) -> None:
    """Raises Refused(``dataset.changed``) with the first table that changed, came or went."""
    for table in sorted({*registered, *found}):
        if table not in registered or registered[table].changes != found.get(table):
            raise Refused("dataset.changed", table=table)


def check_rows(connection: psycopg.Connection, registered: Marks, *, table: str) -> None:
    """Raises Refused(``dataset.changed``) where the table has other rows than were registered."""
    if table not in registered or registered[table].rows != _count(connection, table):
        raise Refused("dataset.changed", table=table)


def _count(connection: psycopg.Connection, table: str) -> int:
    counted = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(*table.split(".", 1)))
    try:
        with connection.cursor() as cursor:
            return int(cursor.execute(counted).fetchall()[0][0])
    except psycopg.Error:
        raise Refused("postgres.not_examined") from None

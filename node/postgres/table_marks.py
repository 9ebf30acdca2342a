"""Notices that a database changed beneath: marks of every table, written down when a version is registered.

* A mark: the table's identity and file, its exact rows, and the server's counters of changed rows.
* A load, an update or a deletion moves at least one of them; so does a rolled-back one, which is harmless.
* The counters follow a commit by about a second: a row that was updated in that second, in place and without
  changing the number of rows, is noticed by the next comparison (`docs/postgresql.md` tells what to do).
"""

from __future__ import annotations

from collections.abc import Mapping

import psycopg
from psycopg import sql

from onggi.errors import Refused

Marks = Mapping[str, str]
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


def read_marks(connection: psycopg.Connection, *, schemas: tuple[str, ...], tables: frozenset[str]) -> Marks:
    """The marks of the CDM's tables in the connection's picture.

    Raises:
        Refused: ``postgres.replica``, ``postgres.not_a_table``, ``postgres.row_security``,
            ``postgres.no_cdm``, ``postgres.not_examined``.
    """
    try:
        return _read(connection, schemas=schemas, tables=tables)
    except psycopg.Error:
        raise Refused("postgres.not_examined") from None


def _read(connection: psycopg.Connection, *, schemas: tuple[str, ...], tables: frozenset[str]) -> Marks:
    if connection.execute("SELECT pg_is_in_recovery()").fetchall()[0][0]:
        raise Refused("postgres.replica")
    found: dict[str, str] = {}
    for schema, table, kind, row_security, changes, reset in connection.execute(_LISTED, (list(schemas),)):
        if table not in tables:
            continue
        if kind not in ("r", "p"):
            raise Refused("postgres.not_a_table", table=f"{schema}.{table}")
        if row_security:
            raise Refused("postgres.row_security", table=f"{schema}.{table}")
        counted = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
        with connection.cursor() as counting:
            rows = counting.execute(counted).fetchall()[0][0]
        found[f"{schema}.{table}"] = f"{rows};{changes};{reset}"
    if f"{schemas[0]}.person" not in found:
        raise Refused("postgres.no_cdm", schema=schemas[0])
    return found


def check_unchanged(registered: Marks, found: Marks) -> None:
    """Raises Refused(``dataset.changed``) with the first table whose mark moved, came or went."""
    for table in sorted({*registered, *found}):
        if registered.get(table) != found.get(table):
            raise Refused("dataset.changed", table=table)

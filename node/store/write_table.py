"""Writes the staged rows of one table into the draft: re-keyed, in order, in one transaction."""

# ruff: noqa: S608 -- table and column names come from the CDM and are quoted; values and keys are bound.

from __future__ import annotations

import duckdb

from node.store.cdm_tables import JOINED_BY_ID, Table
from node.store.generations import Failpoint
from node.store.private_duckdb import CATALOG, quote_name
from node.store.rekey import Rekeyer, check_no_collision, find_rekeyed_columns, may_be_person
from node.store.row_order import row_order
from node.store.staged_rows import STAGED, Staged


def target(table: str) -> str:
    """A table of the draft."""
    return f"{CATALOG}.main.{quote_name(table)}"


def create_table(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """An empty table of the draft."""
    columns = ", ".join(f"{quote_name(column.name)} {column.type}" for column in table.columns)
    connection.execute(f"CREATE TABLE {target(table.name)} ({columns})")


def write_table(
    connection: duckdb.DuckDBPyConnection,
    staged: Staged,
    *,
    table: Table,
    rekeyer: Rekeyer,
    failpoint: Failpoint,
) -> int:
    """Makes and fills the table of the draft. Returns the rows kept: those of persons that are known."""
    connection.execute("BEGIN")
    try:
        create_table(connection, table)
        kept = _insert(connection, staged, table=table, rekeyer=rekeyer)
        failpoint("before_commit")
        connection.execute("COMMIT")
    except duckdb.Error:
        _roll_back(connection)
        raise
    return kept


def count_known(connection: duckdb.DuckDBPyConnection, staged: Staged, *, table: Table) -> int:
    """The rows that would be kept."""
    if table.person_column is None:
        return staged.rows
    joined = f"{STAGED} JOIN person_map ON person_map.old = {quote_name(table.person_column)}"
    return int(connection.execute(f"SELECT count(*) FROM {joined}").fetchall()[0][0])


def _insert(connection: duckdb.DuckDBPyConnection, staged: Staged, *, table: Table, rekeyer: Rekeyer) -> int:
    values = {name: quote_name(name) for name in staged.columns}
    changed = sorted(find_rekeyed_columns(table) & values.keys())
    source, parameters = _with_new_ids(staged, table, changed, rekeyer)
    selected = values | {name: _new_id(table, name, staged, at) for at, name in enumerate(changed, 1)}
    person = None
    if table.person_column is not None:
        source += f" JOIN person_map ON person_map.old = {values[table.person_column]}"
        selected[table.person_column] = person = "person_map.new"
    order = ", ".join([*row_order(table.name, values=values, person=person), "source_row"])
    kept = connection.execute(
        f"INSERT INTO {target(table.name)} ({', '.join(map(quote_name, selected))}) "
        f"SELECT {', '.join(selected.values())} FROM {source} ORDER BY {order}",
        parameters,
    ).fetchall()[0][0]
    if table.name in JOINED_BY_ID and table.single_key in changed:
        column = str(table.single_key)
        check_no_collision(connection, table=target(table.name), column=column, name=table.name)
    return int(kept)


def _with_new_ids(
    staged: Staged, table: Table, changed: list[str], rekeyer: Rekeyer
) -> tuple[str, dict[str, bytes] | None]:
    """The staged rows with the list `ids` of their new row identifiers, and the parameters of that SQL."""
    extra = ["rowid AS source_row"]
    if changed:
        extra.append(f"{rekeyer.row_ids([quote_name(name) for name in changed])} AS ids")
    facts = [name for name in changed if may_be_person(name, table=table.name, columns=staged.columns)]
    extra += [f"{rekeyer.person_id(quote_name(name))} AS {quote_name('person ' + name)}" for name in facts]
    query = f"(SELECT *, {', '.join(extra)} FROM {STAGED})"
    return query, rekeyer.parameters if facts else None


def _new_id(table: Table, name: str, staged: Staged, at: int) -> str:
    is_person = may_be_person(name, table=table.name, columns=staged.columns)
    if is_person is None:
        return f"ids[{at}]"
    return f"CASE WHEN {is_person} THEN {quote_name('person ' + name)} ELSE ids[{at}] END"


def _roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    """A failure may have ended the transaction already; the first error is the one to tell."""
    try:
        connection.execute("ROLLBACK")
    except duckdb.Error:
        return

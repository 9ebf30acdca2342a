"""Fills a draft generation table by table: read, check, guard, re-key, write, count."""

# ruff: noqa: S608 -- table and column names come from the CDM and are quoted; values and keys are bound.

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import duckdb

from catalog.synthetic_mark import MARK_FILE, is_synthetic
from node.store.cdm_tables import (
    DESCRIPTIVE_TABLES,
    JOINED_BY_ID,
    REQUIRED_TABLES,
    VOCABULARY_TABLES,
    Table,
)
from node.store.cdm_versions import decide_version
from node.store.identifier_guard import IdentifierPolicy, check_lookalikes
from node.store.keys import StoreKeys
from node.store.load_report import LoadWarning, TableLoad, TableProgress
from node.store.private_duckdb import CATALOG, engine_errors_as_codes, quote_name
from node.store.read_table import STAGED, Staged, check_values, stage_file, to_value
from node.store.rekey import Rekeyer, check_no_collision, find_rekeyed_columns, rekeyed
from node.store.row_order import row_order
from node.store.source_files import SourceFile, check_utf8, find_source_files
from onggi.errors import Refused

Progress = Callable[[TableProgress], None]


class DraftLoad:
    """One run of a load: fills a draft table by table and remembers what it saw."""

    def __init__(
        self,
        folder: Path,
        *,
        tables: Mapping[str, Table],
        keys: StoreKeys,
        policy: IdentifierPolicy,
        progress: Progress,
    ) -> None:
        self.folder, self.tables, self.keys = folder, tables, keys
        self.policy, self.progress = policy, progress
        self.rekeyer = Rekeyer(keys.pseudonym)
        self.done: dict[str, TableLoad] = {}
        self.warnings: list[LoadWarning] = []
        self.synthetic = False

    def fill(self, connection: duckdb.DuckDBPyConnection) -> tuple[str, str | None]:
        """Loads every table. Returns (CDM version of the source, vocabulary version)."""
        found, ignored = find_source_files(self.folder, known_tables=self.tables, connection=connection)
        for required in REQUIRED_TABLES:
            if required not in found:
                raise Refused("load.missing_table", table=required)
        self._warn_all("load.file_ignored", "file", [each for each in ignored if each != MARK_FILE])
        self._warn_all("load.table_absent", "table", sorted(self.tables.keys() - found.keys()))
        for source in found.values():
            check_utf8(source)
        version, vocabulary = self._read_versions(connection, found)
        connection.execute("BEGIN")  # one commit instead of one per table
        for table in self.tables.values():
            _create_table(connection, table)
        connection.execute("COMMIT")
        order = sorted(found, key=_load_order)
        for index, name in enumerate(order, start=1):
            self._load_table(connection, found[name])
            self.progress(TableProgress(self.done[name], index=index, total=len(order)))
        self._count_unobserved(connection)
        return version, vocabulary

    def _read_versions(
        self, connection: duckdb.DuckDBPyConnection, found: Mapping[str, SourceFile]
    ) -> tuple[str, str | None]:
        declared = vocabulary = source_name = None
        if source := found.get("cdm_source"):
            with engine_errors_as_codes("load.unreadable_file", file=source.path.name):
                staged = stage_file(
                    connection, source, table=self.tables["cdm_source"], policy=IdentifierPolicy()
                )
            declared, vocabulary, source_name = (
                _first_text(connection, column) if column in staged.columns else None
                for column in ("cdm_version", "vocabulary_version", "cdm_source_name")
            )
        self.synthetic = is_synthetic(self.folder, source_name=source_name)
        columns = {name: frozenset(source.columns) for name, source in found.items()}
        return decide_version(declared, columns=columns), vocabulary

    def _load_table(self, connection: duckdb.DuckDBPyConnection, source: SourceFile) -> None:
        table = self.tables[source.table]
        with engine_errors_as_codes("load.engine_failed", file=source.path.name):
            staged = stage_file(connection, source, table=table, policy=self.policy)
            self._warn_all("load.column_unknown", "column", staged.unknown, file=source.path.name)
            check_values(connection, staged, table=table, source=source)
            check_lookalikes(
                connection,
                staged=STAGED,
                table=table,
                columns=staged.columns,
                file=source.path.name,
                policy=self.policy,
            )
            if table.name == "person":
                self._map_persons(connection, staged)
            kept = self._insert(connection, staged, table=table, source=source)
            connection.execute(f"DROP TABLE {STAGED}")
        self.done[table.name] = TableLoad(
            table=table.name,
            read=staged.rows,
            kept=kept,
            unknown_persons=staged.rows - kept,
            dropped_columns=staged.dropped,
        )
        if staged.rows != kept:
            self.warnings.append(
                LoadWarning("load.orphans_dropped", {"table": table.name, "rows": staged.rows - kept})
            )

    def _map_persons(self, connection: duckdb.DuckDBPyConnection, staged: Staged) -> None:
        person = to_value(self.tables["person"].get_column("person_id"), staged.columns["person_id"])
        self.rekeyer.create_person_map(connection, persons=f"SELECT {person} AS id FROM {STAGED}")

    def _insert(
        self, connection: duckdb.DuckDBPyConnection, staged: Staged, *, table: Table, source: SourceFile
    ) -> int:
        """Writes the staged rows, typed, re-keyed and in order. Returns the rows kept."""
        values = {name: to_value(table.get_column(name), kind) for name, kind in staged.columns.items()}
        self._check_unique(connection, values, table=table, source=source)
        changed = find_rekeyed_columns(table)
        selected = {
            name: rekeyed(self.rekeyer, value, table=table.name, column=name) if name in changed else value
            for name, value in values.items()
        }
        joined, person = "", None
        if table.person_column is not None:
            joined = f"JOIN person_map ON person_map.old = {values[table.person_column]}"
            selected[table.person_column] = person = "person_map.new"
            self._check_known_persons(connection, values[table.person_column], table=table, source=source)
        target = f"{CATALOG}.main.{quote_name(table.name)}"
        order = ", ".join([*row_order(table.name, values=values, person=person), "_row"])
        needs_key = bool(changed & values.keys())
        kept = connection.execute(
            f"INSERT INTO {target} ({', '.join(map(quote_name, selected))}) "
            f"SELECT {', '.join(selected.values())} FROM {STAGED} {joined} ORDER BY {order}",
            self.rekeyer.parameters if needs_key else None,
        ).fetchall()[0][0]
        if table.name in JOINED_BY_ID and table.single_key in changed:
            check_no_collision(connection, table=target, column=str(table.single_key), name=table.name)
        return int(kept)

    def _check_unique(
        self,
        connection: duckdb.DuckDBPyConnection,
        values: Mapping[str, str],
        *,
        table: Table,
        source: SourceFile,
    ) -> None:
        """Persons and visits must be unique, or joins would multiply rows; the second row is named.

        Nothing joins on the id of an event, and published data sets repeat some: counted only.
        """
        key = table.single_key
        if key not in values or table.name in DESCRIPTIVE_TABLES | VOCABULARY_TABLES:
            return
        repeated, again = connection.execute(
            f"SELECT count(*), min(again) FROM (SELECT max(_row) AS again FROM {STAGED} "
            f"GROUP BY {values[str(key)]} HAVING count(*) > 1)"
        ).fetchall()[0]
        if repeated and table.name in JOINED_BY_ID:
            raise Refused("load.duplicate_id", file=source.path.name, row=int(again), column=key)
        if repeated:
            self.warnings.append(
                LoadWarning("load.ids_repeated", {"table": table.name, "ids": int(repeated)})
            )

    def _check_known_persons(
        self, connection: duckdb.DuckDBPyConnection, person: str, *, table: Table, source: SourceFile
    ) -> None:
        if self.policy.unknown_person == "drop":
            return
        first = connection.execute(
            f"SELECT min(_row) FROM {STAGED} WHERE {person} NOT IN (SELECT old FROM person_map)"
        ).fetchall()[0][0]
        if first is not None:
            raise Refused(
                "load.unknown_person", file=source.path.name, row=int(first), column=table.person_column
            )

    def _count_unobserved(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Persons without an observation period take part in no cohort: worth knowing early."""
        without = connection.execute(
            f"SELECT count(*) FROM {CATALOG}.main.person "
            f"WHERE person_id NOT IN (SELECT person_id FROM {CATALOG}.main.observation_period)"
        ).fetchall()[0][0]
        if without:
            self.warnings.append(LoadWarning("load.persons_unobserved", {"persons": int(without)}))

    def _warn_all(self, code: str, fact: str, names: tuple[str, ...] | list[str], **facts: str) -> None:
        self.warnings.extend(LoadWarning(code, {fact: name, **facts}) for name in names)


def _create_table(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    columns = ", ".join(f"{quote_name(column.name)} {column.type}" for column in table.columns)
    connection.execute(f"CREATE TABLE {CATALOG}.main.{quote_name(table.name)} ({columns})")


def _load_order(name: str) -> tuple[int, str]:
    """Persons first: every other table is joined to them."""
    return (0 if name == "person" else 1 if name == "observation_period" else 2, name)


def _first_text(connection: duckdb.DuckDBPyConnection, column: str) -> str | None:
    """The first value of a column of the staged `cdm_source`, printable and short."""
    found = connection.execute(
        f"SELECT CAST({quote_name(column)} AS VARCHAR) FROM {STAGED} "
        f"WHERE {quote_name(column)} IS NOT NULL ORDER BY _row LIMIT 1"
    ).fetchone()
    if found is None:
        return None
    return "".join(letter for letter in str(found[0]) if letter.isprintable())[:60]

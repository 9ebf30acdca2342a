"""Fills a draft generation table by table: read, check, guard, re-key, write, count."""

# ruff: noqa: S608 -- table and column names come from the CDM and are quoted; values and keys are bound.

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from catalog.synthetic_mark import is_mark_file, is_synthetic
from node.store.cdm_tables import Table
from node.store.cdm_versions import decide_version
from node.store.check_table import find_problems, find_unknown_person, remark_repeated
from node.store.concept_counts import count_concepts
from node.store.generations import Failpoint
from node.store.identifier_guard import IdentifierPolicy
from node.store.keys import StoreKeys
from node.store.load_content import SHARED_TABLES, Content, brings_vocabulary
from node.store.load_journal import DoneTable, fingerprint
from node.store.load_report import LoadProgress, LoadRefused, LoadWarning, Progress, TableLoad
from node.store.private_duckdb import CATALOG, engine_errors_as_codes, quote_name
from node.store.read_table import stage_file
from node.store.rekey import Rekeyer
from node.store.source_files import SourceFile, TableFiles, open_source
from node.store.staged_rows import STAGED, Problem, Staged
from node.store.write_table import count_known, create_table, target, write_table
from onggi.errors import Fact, Refused

# A published vocabulary keeps these apart until a tool of their owner has filled in the names.
_CPT4 = "concept_cpt4."
# Between these a crash test stops a load, in every table.
TABLE_STEPS = ("table_staged", "before_commit", "before_journal", "after_journal")


class DraftUnusable(Exception):
    """A draft that cannot be continued after all. `remark` is the code of the reason."""

    def __init__(self, remark: str) -> None:
        super().__init__(remark)
        self.remark = remark


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlan:
    """What to load, how to judge it, and whom to tell.

    Attributes:
        tied: the source has no vocabulary, and a shared one is there.
        record: called with every finished table, after its rows are in the draft for good.
        done: tables that an interrupted load finished.
        check_only: look at everything, write nothing, and collect problems instead of stopping at one.
    """

    content: Content
    keys: StoreKeys
    policy: IdentifierPolicy
    workdir: Path
    progress: Progress
    failpoint: Failpoint
    record: Callable[[str, DoneTable], None]
    done: Mapping[str, DoneTable]
    tied: bool
    check_only: bool = False


@dataclass(frozen=True, slots=True)
class Filled:
    """What a whole draft holds, and of which versions."""

    tables: Mapping[str, TableLoad]
    remarks: tuple[LoadWarning, ...]
    problems: tuple[Problem, ...]
    source_version: str
    vocabulary_version: str | None
    synthetic: bool


class DraftLoad:
    """One run of a load: fills a draft table by table and remembers what it saw."""

    def __init__(self, plan: LoadPlan, files: TableFiles) -> None:
        self._plan, self._files = plan, files
        self._rekeyer = Rekeyer(plan.keys.pseudonym)
        self._loaded = {name: done.loaded for name, done in plan.done.items()}
        self._remarks: list[LoadWarning] = []
        self._problems: list[Problem] = []
        self._order = sorted(files.files, key=_load_order)
        self._bytes_before = 0
        self._synthetic = False

    def fill(self, connection: duckdb.DuckDBPyConnection) -> Filled:
        """Loads every table that is not done yet."""
        for required in self._plan.content.required:
            if required not in self._files.files:
                raise Refused("load.missing_table", table=required)
        self._rekeyer.register(connection)
        self._remark_files()
        found = {name: open_source(self._files.files[name], connection=connection) for name in self._order}
        version, vocabulary = self._read_versions(connection, found)
        self._drop_unfinished(connection)
        for index, name in enumerate(self._order, start=1):
            self._take_table(connection, found[name], index)
        if not self._plan.check_only:
            self._finish(connection)
        vocabulary = vocabulary or self._own_vocabulary_version(connection)
        loaded = {name: self._loaded[name] for name in self._order if name in self._loaded}
        return Filled(
            loaded, tuple(self._remarks), tuple(self._problems), version, vocabulary, self._synthetic
        )

    def _remark_files(self) -> None:
        tables, found = self._plan.content.tables, self._files.files
        absent = sorted(tables.keys() - found.keys() - (SHARED_TABLES if self._plan.tied else set()))
        unnamed = [name for name in self._files.ignored if name.lower().startswith(_CPT4)]
        self._remark_all("load.cpt4_unnamed", "file", unnamed)
        ignored = [name for name in self._files.ignored if name not in unnamed and not is_mark_file(name)]
        self._remark_all("load.file_ignored", "file", ignored)
        self._remark_all("load.table_absent", "table", absent)

    def _read_versions(
        self, connection: duckdb.DuckDBPyConnection, found: Mapping[str, SourceFile]
    ) -> tuple[str, str | None]:
        tables = self._plan.content.tables
        if self._plan.content.kind == "vocabulary":
            return "", None
        declared = vocabulary = source_name = None
        if source := found.get("cdm_source"):
            with engine_errors_as_codes("load.unreadable_file", file=source.name):
                staged = stage_file(
                    connection,
                    source,
                    table=tables["cdm_source"],
                    policy=IdentifierPolicy(),
                    workdir=self._plan.workdir,
                )
            declared, vocabulary, source_name = (
                _first_text(connection, column) if column in staged.columns else None
                for column in ("cdm_version", "vocabulary_version", "cdm_source_name")
            )
        self._synthetic = is_synthetic(self._files.ignored, source_name=source_name)
        columns = {name: frozenset(source.columns) for name, source in found.items()}
        return decide_version(declared, columns=columns), vocabulary

    def _drop_unfinished(self, connection: duckdb.DuckDBPyConnection) -> None:
        """A table whose rows were written but not noted down counts as never begun."""
        present = connection.execute(
            f"SELECT table_name FROM duckdb_tables() WHERE database_name = '{CATALOG}'"
        ).fetchall()
        for (name,) in present:
            if name not in self._plan.done:
                connection.execute(f"DROP TABLE {target(str(name))}")

    def _take_table(self, connection: duckdb.DuckDBPyConnection, source: SourceFile, index: int) -> None:
        """Loads the table, or takes it as an interrupted load left it. A check goes on after a refusal."""
        size = source.found.member.size
        try:
            if source.table not in self._plan.done:
                self._load_table(connection, source, index)
            else:
                self._remarks.extend(self._plan.done[source.table].remarks)
                if source.table == "person":
                    self._restore_persons(connection, source)
        except Refused as error:
            if not self._plan.check_only:
                raise
            found = error.problems if isinstance(error, LoadRefused) else (Problem(error.code, error.facts),)
            self._problems.extend(found)
        self._bytes_before += size
        self._tell(source, index, 0, self._loaded.get(source.table))

    def _load_table(self, connection: duckdb.DuckDBPyConnection, source: SourceFile, index: int) -> None:
        table = self._plan.content.tables[source.table]
        remarked = len(self._remarks)
        with engine_errors_as_codes("load.engine_failed", file=source.name):
            staged = stage_file(
                connection,
                source,
                table=table,
                policy=self._plan.policy,
                workdir=self._plan.workdir,
                on_bytes=lambda read: self._tell(source, index, read),
            )
            self._plan.failpoint("table_staged")
            self._remark_all("load.column_unknown", "column", staged.unknown, file=source.name)
            if table.name == "person":
                self._map_persons(connection)
            self._check(connection, staged, table=table, source=source)
            kept = self._write(connection, staged, table=table)
            connection.execute(f"DROP TABLE {STAGED}")
        loaded = TableLoad(table.name, staged.rows, kept, staged.rows - kept, staged.dropped)
        if staged.rows != kept:
            facts: dict[str, Fact] = {"table": table.name, "rows": staged.rows - kept}
            self._remarks.append(LoadWarning("load.orphans_dropped", facts))
        self._loaded[table.name] = loaded
        if self._plan.check_only:
            return
        content = fingerprint(staged.digest, key=self._plan.keys.data)
        done = DoneTable(loaded=loaded, remarks=tuple(self._remarks[remarked:]), content=content)
        self._plan.failpoint("before_journal")
        self._plan.record(table.name, done)
        self._plan.failpoint("after_journal")

    def _check(
        self, connection: duckdb.DuckDBPyConnection, staged: Staged, *, table: Table, source: SourceFile
    ) -> None:
        """Raises LoadRefused with everything that is wrong with the file."""
        policy = self._plan.policy
        problems = list(find_problems(connection, staged, table=table, file=source.name, policy=policy))
        if table.person_column is not None and policy.unknown_person == "refuse":
            problems += find_unknown_person(connection, table=table, file=source.name)
        if problems:
            raise LoadRefused(problems)
        self._remarks.extend(remark_repeated(connection, staged, table=table))

    def _map_persons(self, connection: duckdb.DuckDBPyConnection) -> None:
        persons = f"SELECT person_id AS id FROM {STAGED} WHERE person_id IS NOT NULL"
        self._rekeyer.create_person_map(connection, persons=persons)

    def _restore_persons(self, connection: duckdb.DuckDBPyConnection, source: SourceFile) -> None:
        """The map from old to new ids lives in memory alone: it is made again from the source's persons."""
        with engine_errors_as_codes("load.engine_failed", file=source.name):
            staged = stage_file(
                connection,
                source,
                table=self._plan.content.tables["person"],
                policy=self._plan.policy,
                workdir=self._plan.workdir,
                only=frozenset({"person_id"}),
            )
            if fingerprint(staged.digest, key=self._plan.keys.data) != self._plan.done["person"].content:
                raise DraftUnusable("load.anew_source")
            self._map_persons(connection)
            connection.execute(f"DROP TABLE {STAGED}")

    def _write(self, connection: duckdb.DuckDBPyConnection, staged: Staged, *, table: Table) -> int:
        """Puts the staged rows into the draft. Returns how many were kept."""
        if self._plan.check_only:
            return count_known(connection, staged, table=table)
        return write_table(
            connection, staged, table=table, rekeyer=self._rekeyer, failpoint=self._plan.failpoint
        )

    def _finish(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Tables that the source lacks are there and empty; those of a shared vocabulary stand elsewhere."""
        self._plan.failpoint("before_absent_tables")
        absent = self._plan.content.tables.keys() - self._files.files.keys()
        with engine_errors_as_codes("load.engine_failed", file=CATALOG):
            connection.execute("BEGIN")  # one commit instead of one per table
            for name in sorted(absent - (SHARED_TABLES if self._plan.tied else set())):
                create_table(connection, self._plan.content.tables[name])
            connection.execute("COMMIT")
            if self._plan.content.kind == "cdm":
                self._count_unobserved(connection)
                self._count_concepts(connection)

    def _count_unobserved(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Persons without an observation period take part in no cohort: worth knowing early."""
        without = connection.execute(
            f"SELECT count(*) FROM {target('person')} "
            f"WHERE person_id NOT IN (SELECT person_id FROM {target('observation_period')})"
        ).fetchall()[0][0]
        if without:
            self._remarks.append(LoadWarning("load.persons_unobserved", {"persons": int(without)}))

    def _count_concepts(self, connection: duckdb.DuckDBPyConnection) -> None:
        tables = self._plan.content.tables.values()
        columns = {(table.name, column) for table in tables for column in table.column_names}
        count_concepts(connection, place=f"{CATALOG}.main", columns=columns)

    def _own_vocabulary_version(self, connection: duckdb.DuckDBPyConnection) -> str | None:
        """Published vocabularies say their version in the row of the vocabulary called None."""
        if self._plan.check_only or not brings_vocabulary(self._files.files):
            return None
        found = connection.execute(
            f"SELECT vocabulary_version FROM {target('vocabulary')} WHERE vocabulary_id = 'None'"
        ).fetchone()
        return _printable(found[0]) if found and found[0] else None

    def _tell(self, source: SourceFile, index: int, read: int, done: TableLoad | None = None) -> None:
        total = sum(found.member.size for found in self._files.files.values())
        told = LoadProgress(source.table, index, len(self._order), self._bytes_before + read, total, done)
        self._plan.progress(told)

    def _remark_all(self, code: str, fact: str, names: Iterable[str], **facts: str) -> None:
        self._remarks.extend(LoadWarning(code, {fact: name, **facts}) for name in names)


def _load_order(name: str) -> tuple[int, str]:
    """Persons first: every other table is joined to them."""
    return (0 if name == "person" else 1 if name == "observation_period" else 2, name)


def _first_text(connection: duckdb.DuckDBPyConnection, column: str) -> str | None:
    """The first value of a column of the staged `cdm_source`, printable and short."""
    found = connection.execute(
        f"SELECT {quote_name(column)} FROM {STAGED} "
        f"WHERE {quote_name(column)} IS NOT NULL ORDER BY rowid LIMIT 1"
    ).fetchone()
    return None if found is None else _printable(found[0])


def _printable(value: object) -> str:
    return "".join(letter for letter in str(value) if letter.isprintable())[:60]

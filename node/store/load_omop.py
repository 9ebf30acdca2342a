"""Turns a folder or archive of CDM files into the store's next generation, all of it or nothing.

* CDM 5.3 and 5.4 as CSV or Parquet files; tables that are not there stay empty.
* Identifiers are dropped, looked for and re-keyed before a row is stored.
* What is odd but safe (rows of unknown persons, missing tables) is dropped, counted and reported.
* An interrupted load goes on where it stopped (`load_journal.py`).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb

from node.store.cdm_tables import CDM_VERSION
from node.store.fill_draft import DraftLoad, DraftUnusable, Filled, LoadPlan
from node.store.generations import Draft, Failpoint, Generation, Store, StoreWriter, no_failpoint
from node.store.identifier_guard import IdentifierPolicy, check_policy
from node.store.keys import StoreKeys
from node.store.load_content import Content, brings_vocabulary, cdm_content, vocabulary_content
from node.store.load_journal import Change, DoneTable, Journal, find_change, make_basis, record_journal
from node.store.load_report import LoadReport, LoadWarning, Progress
from node.store.manifest import Manifest, VocabularyName, hash_file
from node.store.private_duckdb import (
    CATALOG,
    attach_encrypted,
    engine_errors_as_codes,
    lock_down,
    open_engine,
)
from node.store.source_files import TableFiles
from node.store.source_places import open_place
from onggi.errors import Refused

_ANEW: dict[Change, str] = {
    "source": "load.anew_source",
    "policy": "load.anew_policy",
    "key": "load.anew_key",
    "code": "load.anew_code",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """One load as it was asked for."""

    source: Path
    content: Content
    store: Store
    keys: StoreKeys
    policy: IdentifierPolicy
    clock: Callable[[], datetime]
    progress: Progress
    memory_limit: str | None
    threads: int | None
    failpoint: Failpoint
    resume: bool


def load_folder(
    folder: Path,
    *,
    store: Store,
    keys: StoreKeys,
    policy: IdentifierPolicy,
    clock: Callable[[], datetime],
    progress: Progress = lambda _step: None,
    memory_limit: str | None = None,
    threads: int | None = None,
    failpoint: Failpoint = no_failpoint,
    resume: bool = True,
) -> LoadReport:
    """Loads a folder or a .zip archive as the store's next generation and makes it current.

    Raises Refused with file, row, column and reason, and changes nothing, where the source cannot
    be loaded. Raises Unreachable when another load is running or the disk is full.

    Args:
        store: where it goes; a source without a vocabulary is tied to the store's shared one.
        resume: go on with what an interrupted load of the same source finished.
    """
    content = cdm_content()
    check_policy(policy, tables=content.tables)
    return _load(
        _Order(
            source=folder.resolve(),
            content=content,
            store=store,
            keys=keys,
            policy=policy,
            clock=clock,
            progress=progress,
            memory_limit=memory_limit,
            threads=threads,
            failpoint=failpoint,
            resume=resume,
        )
    )


def load_vocabulary(
    source: Path,
    *,
    store: Store,
    keys: StoreKeys,
    clock: Callable[[], datetime],
    progress: Progress = lambda _step: None,
    memory_limit: str | None = None,
    threads: int | None = None,
    failpoint: Failpoint = no_failpoint,
    resume: bool = True,
) -> LoadReport:
    """Loads a vocabulary download, folder or .zip, as the next generation that data sets can share."""
    return _load(
        _Order(
            source=source.resolve(),
            content=vocabulary_content(),
            store=store,
            keys=keys,
            policy=IdentifierPolicy(),
            clock=clock,
            progress=progress,
            memory_limit=memory_limit,
            threads=threads,
            failpoint=failpoint,
            resume=resume,
        )
    )


def _load(order: _Order) -> LoadReport:
    with (
        order.store.write() as writer,
        TableFiles(open_place(order.source), known_tables=order.content.tables) as files,
    ):
        try:
            return _load_once(order, writer, files)
        except DraftUnusable as unusable:
            report = _load_once(replace(order, resume=False), writer, files)
            return replace(report, warnings=(LoadWarning(unusable.remark, {}), *report.warnings))


def _load_once(order: _Order, writer: StoreWriter, files: TableFiles) -> LoadReport:
    draft, journal, remarks = _take_up(order, writer, files)
    kept = [journal]

    def record(table: str, done: DoneTable) -> None:
        kept[0] = kept[0].after(table, done)
        record_journal(order.store.root, kept[0])

    shared = _find_shared(order, files)
    workdir = order.store.work / f"load-{draft.number}"
    plan = LoadPlan(
        content=order.content,
        keys=order.keys,
        policy=order.policy,
        workdir=workdir,
        progress=order.progress,
        failpoint=order.failpoint,
        record=record,
        done=journal.done,
        tied=shared is not None,
    )
    try:
        with _open_draft(order, draft, workdir, files) as connection:
            filled = DraftLoad(plan, files).fill(connection)
        _check_not_over_patients(order.store, synthetic=filled.synthetic)
        return _publish(order, writer, draft, filled=filled, shared=shared, remarks=remarks)
    except Exception:  # whatever ended the load, half a generation helps nobody; it goes on its way
        writer.discard(draft)
        raise


def _take_up(
    order: _Order, writer: StoreWriter, files: TableFiles
) -> tuple[Draft, Journal, list[LoadWarning]]:
    """The draft to fill: that of an interrupted load of the same, or a new one, and which and why."""
    members = {table: found.member for table, found in files.files.items()}
    basis = make_basis(members, kind=order.content.kind, policy=order.policy, keys=order.keys)
    remarks = []
    found = writer.find_draft() if order.resume else None
    if found is not None:
        draft, journal = found
        change = find_change(journal, basis, members=members, key=order.keys.data)
        if change is None:
            return draft, journal, [LoadWarning("load.resumed", {"tables": len(journal.done)})]
        remarks.append(LoadWarning(_ANEW[change], {}))
    draft = writer.begin()
    journal = Journal(number=draft.number, basis=basis)
    record_journal(order.store.root, journal)
    return draft, journal, remarks


def _find_shared(order: _Order, files: TableFiles) -> Generation | None:
    """The vocabulary that the data set will be tied to, where it needs one and the node has one."""
    vocabulary = order.store.vocabulary
    if vocabulary is None or order.content.kind == "vocabulary" or brings_vocabulary(files.files):
        return None
    return vocabulary.find_current()


def _check_not_over_patients(store: Store, *, synthetic: bool) -> None:
    """A twin never follows a hospital's own data: its answers would be taken for patients'."""
    if not synthetic or store.last_number() == 0:
        return
    if not store.get_current().manifest.synthetic:
        raise Refused("load.twin_over_data", generation=store.last_number())


@contextmanager
def _open_draft(
    order: _Order, draft: Draft, workdir: Path, files: TableFiles
) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = open_engine(workdir, memory_limit=order.memory_limit, threads=order.threads)
    try:
        _attach_draft(connection, order, draft)
        lock_down(connection, folders=(draft.folder, workdir), files=files.readable)
        yield connection
        with engine_errors_as_codes("load.engine_failed", file=draft.database.name):
            connection.execute(f"CHECKPOINT {CATALOG}")
            connection.execute("USE memory")
            connection.execute(f"DETACH {CATALOG}")
    finally:
        connection.close()
        shutil.rmtree(
            workdir, ignore_errors=True
        )  # what stays behind is encrypted and goes with the next load


def _attach_draft(connection: duckdb.DuckDBPyConnection, order: _Order, draft: Draft) -> None:
    existed = draft.database.exists()
    try:
        attach_encrypted(connection, draft.database, key=order.keys.data.secret, read_only=False)
    except Refused:
        if existed:  # a power cut may leave anything; beginning anew is always possible
            raise DraftUnusable("load.anew_damaged") from None
        raise


def _publish(
    order: _Order,
    writer: StoreWriter,
    draft: Draft,
    *,
    filled: Filled,
    shared: Generation | None,
    remarks: list[LoadWarning],
) -> LoadReport:
    tied = None if shared is None else VocabularyName(number=shared.number, digest=shared.manifest.digest)
    version = filled.vocabulary_version if shared is None else shared.manifest.vocabulary_version
    with engine_errors_as_codes("load.engine_failed", file=draft.database.name):
        manifest = Manifest(
            number=draft.number,
            cdm_version=CDM_VERSION,
            source_cdm_version=filled.source_version,
            vocabulary_version=version,
            loaded_at=order.clock().isoformat(),
            tables={
                name: filled.tables[name].kept if name in filled.tables else 0
                for name in order.content.tables
            },
            key_id=order.keys.data.key_id,
            pseudonym_key_id=order.keys.pseudonym.key_id,
            database_sha256=hash_file(draft.database),
            synthetic=filled.synthetic,
            vocabulary=tied,
        )
        with _held(order.store.vocabulary, shared):
            writer.publish(draft, manifest=manifest, failpoint=order.failpoint)
    return LoadReport(
        generation=draft.number,
        digest=manifest.digest,
        source_cdm_version=filled.source_version,
        vocabulary_version=version,
        tables=tuple(filled.tables.values()),
        warnings=(*remarks, *_remark_vocabulary(order, filled, shared), *filled.remarks),
    )


@contextmanager
def _held(vocabulary: Store | None, shared: Generation | None) -> Iterator[None]:
    """Keeps the vocabulary that is about to be named from being removed in the same moment."""
    if vocabulary is None or shared is None:
        yield
        return
    with vocabulary.hold():
        if vocabulary.get_generation(shared.number).manifest.digest != shared.manifest.digest:
            raise Refused("store.damaged", path=str(shared.folder))
        yield


def _remark_vocabulary(order: _Order, filled: Filled, shared: Generation | None) -> Iterator[LoadWarning]:
    if order.content.kind == "vocabulary":
        return
    if shared is not None:
        yield LoadWarning("load.vocabulary_shared", {"generation": shared.number})
    elif "concept" not in filled.tables:
        yield LoadWarning("load.no_vocabulary", {})

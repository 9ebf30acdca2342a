"""Turns a folder of CDM files into the hospital's next store generation, all of it or nothing.

* Any CDM 5.3 or 5.4 folder of CSV or Parquet files; tables that are not there stay empty.
* Identifiers are dropped, looked for and re-keyed before a row is stored.
* What is odd but safe (rows of unknown persons, missing tables) is dropped, counted and reported.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb

from node.store.cdm_tables import CDM_VERSION, get_cdm_tables
from node.store.fill_draft import DraftLoad, Progress
from node.store.generations import Draft, Failpoint, Store, StoreWriter, no_failpoint
from node.store.identifier_guard import IdentifierPolicy, check_policy
from node.store.keys import StoreKeys
from node.store.load_report import LoadReport
from node.store.manifest import Manifest, hash_file
from node.store.private_duckdb import (
    CATALOG,
    attach_encrypted,
    engine_errors_as_codes,
    lock_down,
    open_engine,
)
from node.store.source_files import find_places
from onggi.errors import Refused


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
) -> LoadReport:
    """Loads a folder as the store's next generation and makes it current.

    Raises Refused with file, row, column and reason, and changes nothing, where the folder cannot
    be loaded. Raises Unreachable when another load is running or the disk is full.
    """
    tables = get_cdm_tables()
    check_policy(policy, tables=tables)
    with store.write() as writer:
        draft = writer.begin()
        try:
            load = DraftLoad(folder.resolve(), tables=tables, keys=keys, policy=policy, progress=progress)
            with _open_draft(draft, store, load, memory_limit, threads) as connection:
                source_version, vocabulary = load.fill(connection)
            _check_not_over_patients(store, synthetic=load.synthetic)
            return _publish(
                writer,
                draft,
                load=load,
                loaded_at=clock(),
                source_version=source_version,
                vocabulary=vocabulary,
                failpoint=failpoint,
            )
        except Exception:  # whatever ended the load, half a generation helps nobody; it goes on its way
            writer.discard(draft)
            raise


def _check_not_over_patients(store: Store, *, synthetic: bool) -> None:
    """A twin never follows a hospital's own data: its answers would be taken for patients'."""
    if not synthetic or store.last_number() == 0:
        return
    if not store.get_current().manifest.synthetic:
        raise Refused("load.twin_over_data", generation=store.last_number())


@contextmanager
def _open_draft(
    draft: Draft, store: Store, load: DraftLoad, memory_limit: str | None, threads: int | None
) -> Iterator[duckdb.DuckDBPyConnection]:
    workdir = store.work / f"load-{draft.number}"
    connection = open_engine(workdir, memory_limit=memory_limit, threads=threads)
    try:
        attach_encrypted(connection, draft.database, key=load.keys.data.secret, read_only=False)
        lock_down(connection, readable=(*find_places(load.folder), draft.folder, workdir))
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


def _publish(
    writer: StoreWriter,
    draft: Draft,
    *,
    load: DraftLoad,
    loaded_at: datetime,
    source_version: str,
    vocabulary: str | None,
    failpoint: Failpoint,
) -> LoadReport:
    with engine_errors_as_codes("load.engine_failed", file=draft.database.name):
        manifest = Manifest(
            number=draft.number,
            cdm_version=CDM_VERSION,
            source_cdm_version=source_version,
            vocabulary_version=vocabulary,
            loaded_at=loaded_at.isoformat(),
            tables={name: load.done[name].kept if name in load.done else 0 for name in load.tables},
            key_id=load.keys.data.key_id,
            pseudonym_key_id=load.keys.pseudonym.key_id,
            database_sha256=hash_file(draft.database),
            synthetic=load.synthetic,
        )
        writer.publish(draft, manifest=manifest, failpoint=failpoint)
    return LoadReport(
        generation=draft.number,
        digest=manifest.digest,
        source_cdm_version=source_version,
        vocabulary_version=vocabulary,
        tables=tuple(load.done.values()),
        warnings=tuple(load.warnings),
    )

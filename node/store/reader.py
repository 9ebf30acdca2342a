"""Opens the current generation for reading: no writes, no other files, no changed settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import duckdb

from analysis_jobs.cohort.cdm_tables import Cdm
from node.store.concept_counts import COUNTS_TABLE
from node.store.generations import Generation, Store
from node.store.keys import DataKey
from node.store.private_duckdb import (
    CATALOG,
    attach_encrypted,
    engine_errors_as_codes,
    lock_down,
    open_engine,
)
from onggi.errors import Refused

VOCABULARY_CATALOG = "shared_vocabulary"


@dataclass(frozen=True, slots=True)
class OpenCdm:
    """A data set that can be asked: the connection, and where on it the CDM and its vocabulary stand.

    As a context manager it closes the connection.
    """

    connection: duckdb.DuckDBPyConnection
    cdm: Cdm

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()


def open_reader(
    store: Store,
    *,
    key: DataKey,
    workdir: Path,
    generation: int | None = None,
    memory_limit: str | None = None,
    threads: int | None = None,
) -> duckdb.DuckDBPyConnection:
    """The connection of `open_cdm`, for those who ask for no concept."""
    return open_cdm(
        store, key=key, workdir=workdir, generation=generation, memory_limit=memory_limit, threads=threads
    ).connection


def open_cdm(
    store: Store,
    *,
    key: DataKey,
    workdir: Path,
    generation: int | None = None,
    memory_limit: str | None = None,
    threads: int | None = None,
) -> OpenCdm:
    """A read-only connection whose default catalog is the CDM, its shared vocabulary beside it.

    Several processes may hold one at once. Temporary tables are possible; what they spill is
    encrypted and lies in `workdir`, a private folder that the caller removes afterwards.

    Args:
        generation: a number that is not current any more; None opens the current generation.
    """
    chosen = store.get_current() if generation is None else store.get_generation(generation)
    vocabulary = find_vocabulary(store, chosen)
    _check_key(chosen, key=key)
    connection = open_engine(workdir, memory_limit=memory_limit, threads=threads)
    try:
        if vocabulary is not None:
            _check_key(vocabulary, key=key)
            attach_encrypted(
                connection, vocabulary.database, key=key.secret, read_only=True, catalog=VOCABULARY_CATALOG
            )
        attach_encrypted(connection, chosen.database, key=key.secret, read_only=True)
        with engine_errors_as_codes("store.damaged", path=str(chosen.database)):
            lock_down(connection)
    except BaseException:
        connection.close()
        raise
    return OpenCdm(connection, _place(connection, shared=vocabulary is not None))


def _place(connection: duckdb.DuckDBPyConnection, *, shared: bool) -> Cdm:
    """Where the tables stand. Generations from before concepts were counted have no counts."""
    counted = connection.execute(
        "SELECT 1 FROM duckdb_tables() WHERE database_name = $catalog AND table_name = $counts",
        {"catalog": CATALOG, "counts": COUNTS_TABLE},
    ).fetchone()
    counts = COUNTS_TABLE if counted else None
    if not shared:
        return Cdm(counts=counts)
    return Cdm(
        catalog=CATALOG, vocabulary_schema="main", vocabulary_catalog=VOCABULARY_CATALOG, counts=counts
    )


def find_vocabulary(store: Store, generation: Generation) -> Generation | None:
    """The vocabulary generation that a generation names; None where it has its own, or none.

    Raises Refused with ``store.vocabulary_missing`` where it names one that is not there, or another.
    """
    named = generation.manifest.vocabulary
    if named is None:
        return None
    missing = Refused("store.vocabulary_missing", number=named.number, path=str(generation.folder))
    if store.vocabulary is None:
        raise missing
    try:
        found = store.vocabulary.get_generation(named.number)
    except Refused:
        raise missing from None
    if found.manifest.digest != named.digest:
        raise missing
    return found


def _check_key(generation: Generation, *, key: DataKey) -> None:
    if generation.manifest.key_id != key.key_id:
        raise Refused("store.wrong_key", path=str(generation.database))

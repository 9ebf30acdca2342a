"""Opens the current generation for reading: no writes, no other files, no changed settings."""

from __future__ import annotations

from pathlib import Path

import duckdb

from node.store.generations import Generation, Store
from node.store.keys import DataKey
from node.store.private_duckdb import attach_encrypted, engine_errors_as_codes, lock_down, open_engine
from onggi.errors import Refused


def open_reader(
    store: Store,
    *,
    key: DataKey,
    workdir: Path,
    generation: int | None = None,
    memory_limit: str | None = None,
    threads: int | None = None,
) -> duckdb.DuckDBPyConnection:
    """A read-only connection whose default catalog is the CDM.

    Several processes may hold one at once. Temporary tables are possible; what they spill is
    encrypted and lies in `workdir`, a private folder that the caller removes afterwards.

    Args:
        generation: a number that is not current any more; None opens the current generation.
    """
    chosen = store.get_current() if generation is None else store.get_generation(generation)
    _check_key(chosen, key=key)
    connection = open_engine(workdir, memory_limit=memory_limit, threads=threads)
    try:
        attach_encrypted(connection, chosen.database, key=key.secret, read_only=True)
        with engine_errors_as_codes("store.damaged", path=str(chosen.database)):
            lock_down(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _check_key(generation: Generation, *, key: DataKey) -> None:
    if generation.manifest.key_id != key.key_id:
        raise Refused("store.wrong_key", path=str(generation.database))

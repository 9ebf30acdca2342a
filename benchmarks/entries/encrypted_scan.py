"""What encryption costs a scan: the same rows in the same order, from a generation and from a plain file."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import duckdb

from benchmarks.harness import Benchmark, Measured, alternate, at_most
from benchmarks.store_data import CACHE, MEASUREMENTS, keys, loaded_hospital
from node.store.cdm_tables import get_cdm_tables
from node.store.generations import Store
from node.store.private_duckdb import attach_encrypted, open_engine
from node.store.reader import open_reader

_TABLES = ("measurement", "drug_exposure", "condition_occurrence", "visit_occurrence")
_THREADS = 2


def measure(measurements: int = MEASUREMENTS, *, repeats: int = 9, warm_ups: int = 2) -> Measured:
    store = loaded_hospital(measurements)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="part-") as place:
        plain = Path(place) / "plain.duckdb"
        _copy(store, plain, Path(place))
        return alternate(
            ours=lambda: _scan_ours(store, Path(place)),
            peer=lambda: _scan_plain(plain),
            repeats=repeats,
            warm_ups=warm_ups,
        )


def _copy(store: Store, plain: Path, place: Path) -> None:
    connection = open_engine(place / "copy")
    try:
        attach_encrypted(connection, store.get_current().database, key=keys().data.secret, read_only=True)
        connection.execute(f"ATTACH '{plain}' AS plain")
        for table in _TABLES:
            connection.execute(f"CREATE TABLE plain.main.{table} AS SELECT * FROM cdm.main.{table}")
    finally:
        connection.close()


def _scan_ours(store: Store, place: Path) -> float:
    with open_reader(store, key=keys().data, workdir=place / "read", threads=_THREADS) as connection:
        return _scan(connection)


def _scan_plain(plain: Path) -> float:
    with duckdb.connect(str(plain), read_only=True, config={"threads": _THREADS}) as connection:
        return _scan(connection)


def _scan(connection: duckdb.DuckDBPyConnection) -> float:
    """Every column of every row, from a connection that has read nothing yet."""
    begun = time.perf_counter()
    for table in _TABLES:
        asked = ", ".join(
            f"count({column}), max({column})" for column in get_cdm_tables()[table].column_names
        )
        connection.execute(f"SELECT {asked} FROM {table}").fetchall()
    return time.perf_counter() - begun


BENCHMARK = Benchmark(
    name="encrypted_scan",
    unit="s",
    mark=at_most(1.3),
    how=(
        f"Count and maximum of every column of {len(_TABLES)} tables ({MEASUREMENTS:,} measurements), a new "
        "connection each time, files in the page cache. Peer: a plain DuckDB file with the same rows in the "
        "same order. In turns, medians of 9."
    ),
    measure=measure,
)

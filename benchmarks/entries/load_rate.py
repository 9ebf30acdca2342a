"""How fast a hospital's CSV files become an encrypted generation, beside DuckDB's bare COPY of them."""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from benchmarks.harness import Benchmark, Measured, alternate, at_least
from benchmarks.store_data import CACHE, MEASUREMENTS, hospital_csv, keys
from node.store.cdm_tables import get_cdm_tables
from node.store.generations import Store
from node.store.identifier_guard import IdentifierPolicy
from node.store.load_omop import load_folder


def measure(measurements: int = MEASUREMENTS, *, repeats: int = 3, warm_ups: int = 1) -> Measured:
    source = hospital_csv(measurements)
    return alternate(
        ours=lambda: _load(source), peer=lambda: _copy(source), repeats=repeats, warm_ups=warm_ups
    )


def _load(source: Path) -> float:
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="part-") as place:
        begun = time.perf_counter()
        load_folder(
            source,
            store=Store(Path(place) / "store"),
            keys=keys(),
            policy=IdentifierPolicy(),
            clock=lambda: datetime(2026, 1, 1, tzinfo=UTC),
        )
        return time.perf_counter() - begun


def _copy(source: Path) -> float:
    """Typed tables and COPY; nothing is looked at, left out, re-keyed, ordered or encrypted."""
    tables = get_cdm_tables()
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="part-") as place:
        begun = time.perf_counter()
        with duckdb.connect(str(Path(place) / "bare.duckdb")) as connection:
            for file in sorted(source.glob("*.csv")):
                columns = {column.name: column.type for column in tables[file.stem].columns}
                with file.open(encoding="utf-8") as header:
                    present = header.readline().strip().split(",")
                listed = ", ".join(f"{name} {columns[name]}" for name in present)
                connection.execute(f"CREATE TABLE {file.stem} ({listed})")
                connection.execute(f"COPY {file.stem} FROM '{file}' (HEADER)")
        return time.perf_counter() - begun


BENCHMARK = Benchmark(
    name="load_rate",
    unit="s",
    mark=at_least(0.5),
    how=(
        f"{MEASUREMENTS:,} measurements with the visits, conditions, drugs and persons around them, all CDM "
        "columns, as CSV. Ours: load-omop's whole work, from checks of every value to the switch. Peer: COPY "
        "into an unencrypted DuckDB file. In turns, medians of 3, files in the page cache."
    ),
    measure=measure,
)

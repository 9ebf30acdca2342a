"""Writes the twin on which jobs are tried as one DuckDB file, so that no dry run waits for it to be drawn."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa

from analysis_jobs.twin.make_twin import TWIN_VERSION, draw_twin, tables_of
from analysis_jobs.twin.people import People
from catalog.dataset_card import DatasetCard

PERSONS: Final = 2_000
_MOST_EACH: Final = 2
HIDDEN: Final = "hidden"
"""The schema of what no CDM has: frailty, and which concepts the card lists."""


def file_name(digest: str, *, seed: int) -> str:
    """The name of a twin's file: of one card, size, seed and version."""
    return f"{digest.removeprefix('sha256:')}-{PERSONS}-{seed}-v{TWIN_VERSION}.duckdb"


def write_twin_file(card: DatasetCard, path: Path, *, seed: int) -> None:
    """The file appears whole or not at all."""
    drawn = draw_twin(card, persons=PERSONS, seed=seed, most_each=_MOST_EACH)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    try:
        with duckdb.connect(str(part), config={"threads": 1}) as connection:
            connection.execute(f"CREATE SCHEMA {HIDDEN}")
            for name, table in tables_of(card, drawn).items():
                _write(connection, f'"{name}"', table)
            _write(connection, f"{HIDDEN}.people", _hidden(drawn.people))
            listed = [(each.table, each.concept) for each in card.concepts]
            _write(
                connection,
                f"{HIDDEN}.listed",
                pa.table(
                    {
                        "record_table": pa.array([table for table, _ in listed], pa.string()),
                        "concept": pa.array([concept for _, concept in listed], pa.int64()),
                    }
                ),
            )
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)


def read_people(connection: duckdb.DuckDBPyConnection, catalog: str) -> People:
    """The people of an attached twin, frailty included."""
    query = f'SELECT * FROM "{catalog}".{HIDDEN}.people ORDER BY ids'  # noqa: S608 - a name of our own
    found = connection.execute(query).fetchnumpy()
    return People(**{name: np.asarray(found[name]) for name in People.__slots__})


def _hidden(people: People) -> pa.Table:
    return pa.table({name: pa.array(getattr(people, name)) for name in People.__slots__})


def _write(connection: duckdb.DuckDBPyConnection, place: str, table: pa.Table) -> None:
    connection.register("given", table)
    connection.execute(f"CREATE TABLE {place} AS SELECT * FROM given")  # noqa: S608 - names of our own
    connection.unregister("given")

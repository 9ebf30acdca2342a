"""GiBleed five hundred times over, asked every definition, by one process whose memory is counted."""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import duckdb

from benchmarks.cohort_data import copy_in_store_order, definition
from benchmarks.cohorts import OURS, run_ours
from tests.support.official_rows import CohortRow, make_target, official_rows
from tests.support.public_cdm import fill_public, multiply, open_public

TIMES: Final = 500
PERSONS: Final = 2_694
MEMORY_LIMIT_GIB: Final = 12
"""What DuckDB may use: half of the 24 GB, so that the test also ends beside others."""


def differing_definitions(folder: Path, asked: Sequence[int]) -> tuple[list[int], int, int]:
    """The definitions whose rows are not those of the published SQL five hundred times over; the persons
    asked about; and the most bytes of memory that this process ever held, the making of the data included.
    """
    stride = _make_data(folder)
    differing = []
    with _open(folder / "stored.duckdb", folder) as stored, open_public("gibleed") as once:
        (persons,) = stored.execute("SELECT count(*) FROM cdm.person").fetchall()[0]
        for number in asked:
            _run_ours(stored, number)
            if _folded(stored, stride) != _times(official_rows(once, number)):
                differing.append(number)
    return differing, persons, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _run_ours(connection: duckdb.DuckDBPyConnection, number: int) -> None:
    """Our rows of one definition, in a table of their own."""
    connection.execute(f"DROP TABLE IF EXISTS {OURS}")
    make_target(connection, OURS)
    run_ours(connection, definition(number))


def _make_data(folder: Path) -> int:
    plain = folder / "plain.duckdb"
    with _open(plain, folder) as connection:
        fill_public(connection, "gibleed")
        stride = multiply(connection, TIMES)
    with _open(folder / "stored.duckdb", folder) as connection:
        copy_in_store_order(connection, plain)
    plain.unlink()
    return stride


def _open(path: Path, folder: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(
        str(path),
        config={"memory_limit": f"{MEMORY_LIMIT_GIB}GiB", "temp_directory": str(folder / "spill")},
    )


def _folded(connection: duckdb.DuckDBPyConnection, stride: int) -> Counter[CohortRow]:
    """Our rows with every copy of a person taken for that person, and how often each row is there."""
    grouped = connection.execute(
        f"SELECT subject_id % {stride}, cohort_start_date, cohort_end_date, count(*) FROM {OURS} GROUP BY ALL"
    ).fetchall()
    return Counter({(person, start, end): copies for person, start, end, copies in grouped})


def _times(rows: Sequence[CohortRow]) -> Counter[CohortRow]:
    return Counter({row: count * TIMES for row, count in Counter(rows).items()})

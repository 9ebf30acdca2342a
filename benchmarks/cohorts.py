"""How long cohorts take, beside the published SQL on the same engine, server and data.

* Data: GiBleed fifty times over (134,700 persons, about 17 million rows); on PostgreSQL with the indexes of the
  OMOP scripts.
* Definitions: every shared one of which a primary criterion finds at least one record in the data. None is
  left out by hand.
* Both sides must give the same rows, checked before anything is timed; a difference ends the benchmark.
* The published SQL is translated beforehand, its statements alone are timed; our time begins with the JSON.
"""

from __future__ import annotations

import json
import math
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

import duckdb
import psycopg

from benchmarks.harness import Benchmark, Measured, at_least
from tests.support.criterion_rows import PLACES, domain_of
from tests.support.official_rows import (
    TARGET,
    CohortRow,
    Connection,
    dialect_of,
    drop_temporary_tables,
    make_target,
    run,
)
from tests.support.official_sql import official_statements, shared_definition_ids
from tests.support.postgres import new_database
from tests.support.public_cdm import SCHEMA, copy_to_postgres, fill_public, multiply, open_public
from tests.support.shared_data import shared_data

CACHE = Path(__file__).parent / ".cache"
TIMES = 50
REPEATS = 3
OURS = "our_cohort"
Engine: TypeAlias = Literal["duckdb", "postgres"]
ENGINES: tuple[Engine, ...] = ("duckdb", "postgres")
Ours: TypeAlias = Callable[[Connection, dict[str, Any]], int]


def run_ours(connection: Connection, expression: dict[str, Any]) -> int:
    """Fills the temporary table `our_cohort` (columns as the published target) and returns its rows.

    The one place where the cohort engine is called. The table is there, empty; the CDM lies in `cdm`.
    """
    raise NotImplementedError("the cohort engine is connected here")


@dataclass(frozen=True, slots=True)
class Timing:
    """Median seconds of one definition on one engine."""

    definition_id: int
    rows: int
    ours: float
    peer: float

    @property
    def ratio(self) -> float:
        return self.peer / self.ours


def measure_engine(
    engine: Engine,
    *,
    ours: Ours = run_ours,
    times: int = TIMES,
    definitions: Sequence[int] | None = None,
    repeats: int = REPEATS,
) -> list[Timing]:
    """Every definition that occurs in the data, or the given ones, on one engine."""
    asked = occurring_definitions() if definitions is None else definitions
    with _opened(engine, times) as connection:
        return [_time(connection, number, ours=ours, repeats=repeats) for number in asked]


def occurring_definitions() -> list[int]:
    """The definitions of which a primary criterion finds a record; more copies of the data find no others."""
    with open_public("gibleed") as connection:
        return [number for number in shared_definition_ids() if _occurs(connection, number)]


def _occurs(connection: duckdb.DuckDBPyConnection, definition_id: int) -> bool:
    statements = _statements(connection, definition_id)
    made = next(
        at for at, each in enumerate(statements) if each.startswith("CREATE TEMP TABLE qualified_events")
    )
    run(connection, statements[:made])
    criteria = _definition(definition_id)["PrimaryCriteria"]["CriteriaList"]
    found = any(connection.execute(_records(criterion)).fetchone() for criterion in criteria)
    run(connection, ["DROP TABLE Codesets"])
    return found


def _records(criterion: dict[str, Any]) -> str:
    """One record of the criterion's domain that has a concept of its concept sets."""
    domain = domain_of(criterion)
    place, inner = PLACES[domain], criterion[domain]
    columns = [(place.concept, inner.get("CodesetId"))]
    columns += [(place.source, inner[name]) for name in inner if name.endswith("SourceConcept")]
    tests = [
        f"{column} IN (SELECT concept_id FROM Codesets WHERE codeset_id = {int(number)})"
        for column, number in columns
        if number is not None
    ]
    return f"SELECT 1 FROM {SCHEMA}.{place.table} WHERE {' AND '.join(tests) or 'true'} LIMIT 1"


def _time(connection: Connection, definition_id: int, *, ours: Ours, repeats: int) -> Timing:
    expression, statements = _definition(definition_id), _statements(connection, definition_id)

    def our_turn() -> float:
        make_target(connection, OURS)
        begun = time.perf_counter()
        ours(connection, expression)
        return time.perf_counter() - begun

    def their_turn() -> float:
        make_target(connection, TARGET)
        begun = time.perf_counter()
        run(connection, statements)
        return time.perf_counter() - begun

    try:
        our_turn()
        their_turn()
        rows = _check_equal(connection, definition_id)
        taken = []
        for _ in range(repeats):
            run(connection, [f"DROP TABLE {OURS}", f"DROP TABLE {TARGET}"])
            taken.append((our_turn(), their_turn()))
    finally:
        drop_temporary_tables(connection)
    return Timing(
        definition_id,
        rows,
        statistics.median(one for one, _ in taken),
        statistics.median(other for _, other in taken),
    )


def _check_equal(connection: Connection, definition_id: int) -> int:
    """A fast wrong answer would be no answer."""
    mine, theirs = _rows(connection, OURS), _rows(connection, TARGET)
    if mine != theirs:
        ours, official = len(set(mine) - set(theirs)), len(set(theirs) - set(mine))
        raise RuntimeError(
            f"definition {definition_id} on {dialect_of(connection)}: {ours} rows are ours alone, "
            f"{official} are the published SQL's alone"
        )
    return len(theirs)


def _rows(connection: Connection, table: str) -> list[CohortRow]:
    asked = f"SELECT subject_id, cohort_start_date, cohort_end_date FROM {table} ORDER BY 1, 2, 3"
    if isinstance(connection, duckdb.DuckDBPyConnection):
        return connection.execute(asked).fetchall()
    return connection.execute(asked.encode(), prepare=False).fetchall()


@cache
def _definition(definition_id: int) -> dict[str, Any]:
    path = shared_data("omop", "phenotype-library", "cohorts", f"{definition_id}.json")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _statements(connection: Connection, definition_id: int) -> list[str]:
    return official_statements(
        definition_id,
        dialect=dialect_of(connection),
        cdm_schema=SCHEMA,
        vocabulary_schema=SCHEMA,
        target_table=TARGET,
    )


@contextmanager
def _opened(engine: Engine, times: int) -> Iterator[Connection]:
    with duckdb.connect(str(_multiplied(times)), read_only=True) as source:
        if engine == "duckdb":
            yield source
            return
        with psycopg.connect(new_database()) as copied:
            copy_to_postgres(source, copied)
            copied.autocommit = True
            copied.prepare_threshold = None
            yield copied


def _multiplied(times: int) -> Path:
    """The data, made once and kept."""
    kept = CACHE / f"gibleed-x{times}.duckdb"
    if not kept.exists():
        CACHE.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="part-", dir=CACHE) as place:
            made = Path(place) / kept.name
            with duckdb.connect(str(made)) as connection:
                fill_public(connection, "gibleed")
                multiply(connection, times)
            made.rename(kept)
    return kept


@cache
def _measured() -> Mapping[Engine, Sequence[Timing]]:
    """Both engines, once a run: three entries read from it."""
    return {engine: measure_engine(engine) for engine in ENGINES}


def geomeans(timings: Sequence[Timing]) -> Measured:
    """The geometric means of both sides; their ratio is that of the single ratios."""
    worst = min(timings, key=lambda timing: timing.ratio)
    ours, peer = ([getattr(timing, side) for timing in timings] for side in ("ours", "peer"))
    return Measured(
        ours=[_geomean(ours)],
        peer=[_geomean(peer)],
        detail={
            "definitions": len(timings),
            "with_rows": sum(timing.rows > 0 for timing in timings),
            "ours_total_s": sum(ours),
            "peer_total_s": sum(peer),
            "worst_ratio": worst.ratio,
            "worst_definition": worst.definition_id,
        },
    )


def slowest(measured: Mapping[Engine, Sequence[Timing]]) -> Measured:
    """The definition and engine whose single ratio is the worst."""
    engine, worst = min(
        ((engine, timing) for engine, timings in measured.items() for timing in timings),
        key=lambda found: found[1].ratio,
    )
    note = f"The worst is definition {worst.definition_id} on {engine}."
    return Measured([worst.ours], [worst.peer], notes=(note,), detail={"definition": worst.definition_id})


def _geomean(values: Sequence[float]) -> float:
    return math.exp(statistics.fmean(math.log(value) for value in values))


_HOW = (
    "Published Circe SQL / ours, same {engine}, GiBleed x50, every shared definition of which a primary "
    "criterion finds a record; rows must be equal; in turns, medians of 3{rest}."
)
DUCKDB_GEOMEAN = Benchmark(
    name="cohort_duckdb_geomean",
    unit="s",
    mark=at_least(5),
    how=_HOW.format(engine="DuckDB connection", rest=", geometric mean"),
    measure=lambda: geomeans(_measured()["duckdb"]),
)
POSTGRES_GEOMEAN = Benchmark(
    name="cohort_postgres_geomean",
    unit="s",
    mark=at_least(3),
    how=_HOW.format(engine="PostgreSQL server with OMOP's indexes", rest=", geometric mean"),
    measure=lambda: geomeans(_measured()["postgres"]),
)
SLOWEST = Benchmark(
    name="cohort_slowest",
    unit="s",
    mark=at_least(0.83),
    how=_HOW.format(engine="engine", rest="; the worst single ratio on DuckDB or PostgreSQL"),
    measure=lambda: slowest(_measured()),
)

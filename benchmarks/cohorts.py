"""How long cohorts take, beside the published SQL on the same engine, server and data.

* Data: GiBleed fifty times over (134,700 persons, about 17 million rows); on PostgreSQL with the indexes of
  the OMOP scripts.
* On PostgreSQL ours runs with the session's settings of a node that reads in place (`set_planning`).
* On DuckDB ours reads what a node's store keeps (rows in its order, counts of concepts), the published SQL
  reads the rows as they were loaded.
* Definitions: every shared one of which a primary criterion finds at least one record in the data. None is
  left out by hand.
* Both sides must give the same rows, checked before anything is timed; a difference ends the benchmark.
* A published statement that PostgreSQL has not ended within the limit is stopped and counts as the limit,
  which can only make ours look slower; our rows are then compared with those of the published SQL on DuckDB,
  and the entry names the definition.
* The published SQL is translated beforehand, its statements alone are timed; our time begins with the JSON.
"""

from __future__ import annotations

import math
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeAlias

import duckdb
import psycopg

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.dialects import write_sql
from analysis_jobs.cohort.engines import DuckDBEngine, PostgresEngine, resolve_concept_sets
from analysis_jobs.cohort.engines import Engine as CohortEngine
from analysis_jobs.cohort.sql import cohort_rows
from benchmarks.cohort_data import definition, in_store_order, multiplied, occurring_definitions
from benchmarks.harness import Benchmark, Measured, at_least
from node.postgres.connecting import set_planning
from node.store.concept_counts import COUNTS_TABLE
from onggi.spec.circe.read import read_cohort
from tests.support.official_rows import (
    TARGET,
    CohortRow,
    Connection,
    dialect_of,
    drop_temporary_tables,
    make_target,
    official_rows,
    run,
)
from tests.support.official_sql import official_statements
from tests.support.postgres import new_database
from tests.support.public_cdm import SCHEMA, copy_to_postgres

TIMES = 50
REPEATS = 3
LIMIT_S = 60.0
OURS = "our_cohort"
Engine: TypeAlias = Literal["duckdb", "postgres"]
ENGINES: tuple[Engine, ...] = ("duckdb", "postgres")
Ours: TypeAlias = Callable[[Connection, dict[str, Any]], int]


def run_ours(connection: Connection, expression: dict[str, Any]) -> int:
    """Fills the temporary table `our_cohort` (columns as the published target) and returns its rows.

    Everything counts: the JSON is read, the concept sets are resolved, the statement is written and run.
    """
    engine: CohortEngine = (
        DuckDBEngine(connection)
        if isinstance(connection, duckdb.DuckDBPyConnection)
        else PostgresEngine(connection)
    )
    counts = COUNTS_TABLE if engine.dialect == "duckdb" else None
    plan, cdm = read_cohort(expression), Cdm(SCHEMA, counts=counts)
    concept_sets = resolve_concept_sets(engine, plan, cdm=cdm)
    text = write_sql(cohort_rows(plan, cdm=cdm, concept_sets=concept_sets), dialect=engine.dialect)
    inserted = f"INSERT INTO {OURS} SELECT 1, person_id, start_date, end_date FROM ({text}) AS k"
    if isinstance(connection, duckdb.DuckDBPyConnection):
        return int(connection.execute(inserted, concept_sets.parameters).fetchall()[0][0])
    return connection.execute(inserted.encode(), concept_sets.parameters, prepare=False).rowcount


@dataclass(frozen=True, slots=True)
class Timing:
    """Median seconds of one definition on one engine."""

    definition_id: int
    rows: int
    ours: float
    peer: float
    stopped: bool
    """The published SQL did not end within the limit: its time is the limit's."""

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
    limit_s: float = LIMIT_S,
) -> list[Timing]:
    """Every definition that occurs in the data, or the given ones, on one engine."""
    asked = occurring_definitions() if definitions is None else definitions
    taken: list[Timing] = []
    with _opened(engine, times) as sides:
        for number in asked:
            each = _time(sides, number, ours=ours, repeats=repeats, limit_s=limit_s)
            taken.append(each)
            print(f"  {engine} {number}: {each.ours:.4f} s, published {each.peer:.4f} s", file=sys.stderr)
    return taken


@dataclass(frozen=True, slots=True)
class Sides:
    """Where each side finds its data; `source` is the plain DuckDB file, whose answer counts."""

    ours: Connection
    peer: Connection
    source: duckdb.DuckDBPyConnection


def _time(sides: Sides, definition_id: int, *, ours: Ours, repeats: int, limit_s: float) -> Timing:
    try:
        official, stopped = _official(sides.peer, definition_id, limit_s=limit_s, source=sides.source)
        _our_turn(sides.ours, definition_id, ours)
        _check_equal(sides.ours, definition_id, official)
        taken = [
            (
                _our_turn(sides.ours, definition_id, ours),
                _their_turn(sides.peer, definition_id) if stopped is None else stopped,
            )
            for _ in range(repeats)
        ]
    finally:
        drop_temporary_tables(sides.ours)
        drop_temporary_tables(sides.peer)
    mine, theirs = (statistics.median(side) for side in zip(*taken, strict=True))
    return Timing(definition_id, len(official), mine, theirs, stopped is not None)


def _our_turn(connection: Connection, definition_id: int, ours: Ours) -> float:
    run(connection, [f"DROP TABLE IF EXISTS {OURS}"])
    make_target(connection, OURS)
    begun = time.perf_counter()
    ours(connection, definition(definition_id))
    return time.perf_counter() - begun


def _their_turn(connection: Connection, definition_id: int) -> float:
    statements = _statements(connection, definition_id)
    run(connection, [f"DROP TABLE IF EXISTS {TARGET}"])
    make_target(connection, TARGET)
    begun = time.perf_counter()
    run(connection, statements)
    return time.perf_counter() - begun


def _official(
    connection: Connection, definition_id: int, *, limit_s: float, source: duckdb.DuckDBPyConnection
) -> tuple[list[CohortRow], float | None]:
    """The published SQL's rows; and after how long it was stopped, if it was."""
    begun = time.perf_counter()
    try:
        with _limited(connection, limit_s):
            _their_turn(connection, definition_id)
    except psycopg.errors.QueryCanceled:
        stopped = time.perf_counter() - begun
        drop_temporary_tables(connection)
        return official_rows(source, definition_id), stopped
    return _rows(connection, TARGET), None


@contextmanager
def _limited(connection: Connection, seconds: float) -> Iterator[None]:
    """PostgreSQL plans some published statements so badly that they would not end in days."""
    if isinstance(connection, duckdb.DuckDBPyConnection):
        yield
        return
    run(connection, [f"SET statement_timeout = {round(seconds * 1000)}"])
    try:
        yield
    finally:
        run(connection, ["SET statement_timeout = 0"])


def _check_equal(connection: Connection, definition_id: int, theirs: Sequence[CohortRow]) -> None:
    """A fast wrong answer would be no answer."""
    mine = _rows(connection, OURS)
    if mine != theirs:
        ours, official = len(set(mine) - set(theirs)), len(set(theirs) - set(mine))
        raise RuntimeError(
            f"definition {definition_id} on {dialect_of(connection)}: {ours} rows are ours alone, "
            f"{official} are the published SQL's alone"
        )


def _rows(connection: Connection, table: str) -> list[CohortRow]:
    asked = f"SELECT subject_id, cohort_start_date, cohort_end_date FROM {table} ORDER BY 1, 2, 3"
    if isinstance(connection, duckdb.DuckDBPyConnection):
        return connection.execute(asked).fetchall()
    return connection.execute(asked.encode(), prepare=False).fetchall()


def _statements(connection: Connection, definition_id: int) -> list[str]:
    return official_statements(
        definition_id,
        dialect=dialect_of(connection),
        cdm_schema=SCHEMA,
        vocabulary_schema=SCHEMA,
        target_table=TARGET,
    )


@contextmanager
def _opened(engine: Engine, times: int) -> Iterator[Sides]:
    with duckdb.connect(str(multiplied(times)), read_only=True) as source:
        if engine == "duckdb":
            with duckdb.connect(str(in_store_order(times)), read_only=True) as ordered:
                yield Sides(ordered, source, source)
            return
        address = new_database()
        with psycopg.connect(address) as copied, psycopg.connect(address, autocommit=True) as ours:
            copy_to_postgres(source, copied)
            copied.autocommit = True
            for each in (copied, ours):
                each.prepare_threshold = None
            set_planning(ours)
            yield Sides(ours, copied, source)


@cache
def _measured(engine: Engine) -> Sequence[Timing]:
    """Once a run: two entries read from each engine."""
    return measure_engine(engine)


def geomeans(timings: Sequence[Timing]) -> Measured:
    """The geometric means of both sides; their ratio is that of the single ratios."""
    worst = min(timings, key=lambda timing: timing.ratio)
    ours, peer = ([getattr(timing, side) for timing in timings] for side in ("ours", "peer"))
    stopped = [timing.definition_id for timing in timings if timing.stopped]
    note = f"Published SQL stopped after {LIMIT_S:g} s and counted as that: {stopped}."
    return Measured(
        ours=[_geomean(ours)],
        peer=[_geomean(peer)],
        notes=(note,) if stopped else (),
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
    measure=lambda: geomeans(_measured("duckdb")),
)
POSTGRES_GEOMEAN = Benchmark(
    name="cohort_postgres_geomean",
    unit="s",
    mark=at_least(3),
    how=_HOW.format(engine="PostgreSQL server with OMOP's indexes", rest=", geometric mean"),
    measure=lambda: geomeans(_measured("postgres")),
)
SLOWEST = Benchmark(
    name="cohort_slowest",
    unit="s",
    mark=at_least(0.83),
    how=_HOW.format(engine="engine", rest="; the worst single ratio on DuckDB or PostgreSQL"),
    measure=lambda: slowest({engine: _measured(engine) for engine in ENGINES}),
)

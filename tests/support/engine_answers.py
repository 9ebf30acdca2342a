"""What the cohort engine answers on a connection that holds a CDM: DuckDB, PostgreSQL or Spark."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import duckdb
from sqlglot import exp

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.engines import DuckDBEngine, Engine, PostgresEngine, resolve_concept_sets
from analysis_jobs.cohort.spark_engine import SparkEngine
from analysis_jobs.cohort.sql import cohort_entries, cohort_rows, rule_masks
from onggi.spec.circe.read import read_cohort
from tests.support.spark import is_spark

MAIN = Cdm()
Ask = Callable[..., exp.Select]


def engine_on(connection: Any) -> Engine:
    """The engine for a connection of DuckDB or psycopg, or for a session of Spark."""
    if isinstance(connection, duckdb.DuckDBPyConnection):
        return DuckDBEngine(connection)
    return SparkEngine(connection) if is_spark(connection) else PostgresEngine(connection)


def engine_entries(
    connection: Any, definition: Mapping[str, Any], cdm: Cdm = MAIN
) -> list[tuple[int, date, int]]:
    """person id, index date, cohort step."""
    return _answers(connection, definition, cdm, cohort_entries, (0, 1, 2))


def engine_rows(
    connection: Any, definition: Mapping[str, Any], cdm: Cdm = MAIN
) -> list[tuple[int, date, date]]:
    """person id, start and end of each episode, sorted."""
    return _answers(connection, definition, cdm, cohort_rows, (0, 1, 2))


def engine_masks(
    connection: Any, definition: Mapping[str, Any], cdm: Cdm = MAIN
) -> list[tuple[int, date, int]]:
    """person id, start and rules met of each qualified event, sorted."""
    return _answers(connection, definition, cdm, rule_masks, (0, 1, 3))


def _answers(
    connection: Any, definition: Mapping[str, Any], cdm: Cdm, ask: Ask, columns: tuple[int, ...]
) -> list[Any]:
    engine, plan = engine_on(connection), read_cohort(definition)
    concept_sets = resolve_concept_sets(engine, plan, cdm=cdm)
    query = ask(plan, cdm=cdm, concept_sets=concept_sets)
    rows = engine.fetch(query, concept_sets.parameters)
    return sorted(tuple(row[at] for at in columns) for row in rows)

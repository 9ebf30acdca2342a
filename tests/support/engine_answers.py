"""What the cohort engine answers on a connection that holds a CDM: DuckDB or PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import duckdb

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.engines import DuckDBEngine, Engine, PostgresEngine, resolve_concept_sets
from analysis_jobs.cohort.sql import cohort_entries, cohort_rows, rule_masks
from onggi.spec.circe.read import read_cohort

MAIN = Cdm()


def engine_on(connection: Any) -> Engine:
    """The engine for a connection of DuckDB or psycopg."""
    return (
        DuckDBEngine(connection)
        if isinstance(connection, duckdb.DuckDBPyConnection)
        else PostgresEngine(connection)
    )


def engine_entries(
    connection: Any, definition: Mapping[str, Any], cdm: Cdm = MAIN
) -> list[tuple[int, date, int]]:
    """person id, index date, cohort step."""
    engine, plan = engine_on(connection), read_cohort(definition)
    concept_sets = resolve_concept_sets(engine, plan, cdm=cdm)
    query = cohort_entries(plan, cdm=cdm, concept_sets=concept_sets)
    return sorted((row[0], row[1], row[2]) for row in engine.fetch(query, concept_sets.parameters))


def engine_rows(
    connection: Any, definition: Mapping[str, Any], cdm: Cdm = MAIN
) -> list[tuple[int, date, date]]:
    """person id, start and end of each episode, sorted."""
    engine, plan = engine_on(connection), read_cohort(definition)
    concept_sets = resolve_concept_sets(engine, plan, cdm=cdm)
    query = cohort_rows(plan, cdm=cdm, concept_sets=concept_sets)
    return sorted((row[0], row[1], row[2]) for row in engine.fetch(query, concept_sets.parameters))


def engine_masks(
    connection: Any, definition: Mapping[str, Any], cdm: Cdm = MAIN
) -> list[tuple[int, date, int]]:
    """person id, start and rules met of each qualified event, sorted."""
    engine, plan = engine_on(connection), read_cohort(definition)
    concept_sets = resolve_concept_sets(engine, plan, cdm=cdm)
    query = rule_masks(plan, cdm=cdm, concept_sets=concept_sets)
    return sorted((row[0], row[1], row[3]) for row in engine.fetch(query, concept_sets.parameters))

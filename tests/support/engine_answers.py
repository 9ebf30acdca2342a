"""What the cohort engine answers on a DuckDB connection that holds a CDM in its main schema."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import duckdb

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.engines import DuckDBEngine, resolve_concept_sets
from analysis_jobs.cohort.sql import cohort_entries, cohort_rows
from onggi.spec.circe.read import read_cohort


def engine_entries(
    connection: duckdb.DuckDBPyConnection, definition: Mapping[str, Any]
) -> list[tuple[int, date, int]]:
    """person id, index date, cohort step."""
    engine, plan, cdm = DuckDBEngine(connection), read_cohort(definition), Cdm()
    concept_sets = resolve_concept_sets(engine, plan, cdm=cdm)
    query = cohort_entries(plan, cdm=cdm, concept_sets=concept_sets)
    return [(row[0], row[1], row[2]) for row in engine.fetch(query, concept_sets.parameters)]


def engine_rows(
    connection: duckdb.DuckDBPyConnection, definition: Mapping[str, Any]
) -> list[tuple[int, date, date]]:
    """person id, start and end of each episode, sorted."""
    engine, plan, cdm = DuckDBEngine(connection), read_cohort(definition), Cdm()
    concept_sets = resolve_concept_sets(engine, plan, cdm=cdm)
    query = cohort_rows(plan, cdm=cdm, concept_sets=concept_sets)
    return sorted((row[0], row[1], row[2]) for row in engine.fetch(query, concept_sets.parameters))

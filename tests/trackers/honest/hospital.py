"""One made-up hospital of 20,000 persons in which everything that the asked definitions look for occurs.

It is drawn from one seed: persons, then the diseases that the concept sets mean, then what goes with them,
then visits and eras. Nothing is adjusted to which questions find the same persons.

What it is not: a real vocabulary. Concepts have made-up descendants, so that of two definitions the one is
wider than the other only where the concepts that they name say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa

from analysis_jobs.cohort.cdm_tables import Cdm
from tests.support.cdm_schemas import create_duckdb
from tests.support.counted_cdm import with_counts
from tests.trackers.honest.diseases import Numbers, find_diseases
from tests.trackers.honest.happenings import all_happenings
from tests.trackers.honest.persons import draw_persons, person_tables
from tests.trackers.honest.records import event_tables, visit_rows
from tests.trackers.honest.vocabularies import find_vocabulary

SCHEMA: Final = "cdm"
PERSONS: Final = 20_000
_SEED: Final = 5_414
_GAP_DAYS: Final = 30
_ERAS: Final = {
    "drug_exposure": ("drug", "drug_exposure"),
    "condition_occurrence": ("condition", "condition"),
}


def build_hospital(
    connection: duckdb.DuckDBPyConnection, definitions: Sequence[int], *, persons: int = PERSONS
) -> Cdm:
    """Fills the connection with the hospital for these definitions, and says where its tables stand."""
    wanted = sorted(set(definitions))
    random = np.random.default_rng(_SEED)
    people = draw_persons(random, persons)
    vocabulary = find_vocabulary(wanted, Random(_SEED))
    told = all_happenings(wanted, find_diseases(wanted, random), people, random)
    visits, visit_of = visit_rows(told, people, vocabulary, random)
    create_duckdb(connection, schema=SCHEMA)
    for name, table in (person_tables(people) | dict(vocabulary.tables)).items():
        _insert(connection, name, table)
    _insert(connection, "visit_occurrence", visits)
    for name, table, concepts in event_tables(told, visit_of, people, vocabulary, random):
        _insert(connection, name, table)
        if name in _ERAS:
            _insert_eras(connection, name, table, concepts)
    _insert_dose_eras(connection)
    return with_counts(connection, schema=SCHEMA)


def _insert(connection: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    connection.register("incoming_rows", rows)
    connection.execute(f"INSERT INTO {SCHEMA}.{name} BY NAME SELECT * FROM incoming_rows")
    connection.unregister("incoming_rows")


def _insert_eras(connection: duckdb.DuckDBPyConnection, name: str, rows: pa.Table, concepts: Numbers) -> None:
    """Records of one named concept at most thirty days apart, as one era."""
    domain, prefix = _ERAS[name]
    count = "drug_exposure_count" if domain == "drug" else "condition_occurrence_count"
    connection.register("incoming_rows", rows.append_column("named", pa.array(concepts)))
    connection.execute(
        f"""
        INSERT INTO {SCHEMA}.{domain}_era BY NAME
        WITH ended AS (
            SELECT person_id, named, {prefix}_start_date AS begins,
                   coalesce({prefix}_end_date, {prefix}_start_date + 1) AS ends
            FROM incoming_rows
        ), opened AS (
            SELECT *, begins > {_GAP_DAYS} + max(ends) OVER (
                PARTITION BY person_id, named ORDER BY begins, ends
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) AS opens
            FROM ended
        ), numbered AS (
            SELECT *, count(*) FILTER (opens) OVER (
                PARTITION BY person_id, named ORDER BY begins, ends
            ) AS era
            FROM opened
        ), eras AS (
            SELECT person_id, named, era, min(begins) AS begins, max(ends) AS ends, count(*) AS many
            FROM numbered GROUP BY person_id, named, era
        )
        SELECT row_number() OVER (ORDER BY person_id, named, begins) AS {domain}_era_id, person_id,
               named AS {domain}_concept_id, begins AS {domain}_era_start_date,
               ends AS {domain}_era_end_date, many AS {count}
        FROM eras
        """
    )
    connection.unregister("incoming_rows")


def _insert_dose_eras(connection: duckdb.DuckDBPyConnection) -> None:
    """Every era of a drug at one dose, in milligrams."""
    connection.execute(
        f"""
        INSERT INTO {SCHEMA}.dose_era BY NAME
        SELECT drug_era_id AS dose_era_id, person_id, drug_concept_id, 8576 AS unit_concept_id,
               10.0 * (1 + drug_era_id % 10) AS dose_value,
               drug_era_start_date AS dose_era_start_date, drug_era_end_date AS dose_era_end_date
        FROM {SCHEMA}.drug_era
        """
    )

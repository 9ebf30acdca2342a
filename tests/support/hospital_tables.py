"""The CDM 5.4 tables that a cohort definition can read, for hospitals given as plain rows."""

from __future__ import annotations

from typing import Any

import duckdb

from tests.support.cohort_oracle import Hospital

_KINDS = {"id": "BIGINT", "day": "DATE", "number": "DOUBLE", "count": "INTEGER", "text": "VARCHAR"}


def _columns(kinds: str) -> dict[str, str]:
    """`text: stop_reason lot_number` in one line each; every other word is a kind of its own by its name."""
    found: dict[str, str] = {}
    for line in kinds.strip().splitlines():
        kind, names = line.split(":")
        found |= dict.fromkeys(names.split(), _KINDS[kind.strip()])
    return found


def _record(table: str, prefix: str, more: str, *, days: str) -> dict[str, str]:
    """The columns that every clinical event table has, and its own."""
    common = f"""
    id: {table}_id person_id {prefix}_concept_id {prefix}_source_concept_id {prefix}_type_concept_id
    id: visit_occurrence_id provider_id
    day: {days}
    """
    return _columns(common) | _columns(more)


TABLES: dict[str, dict[str, str]] = {
    "person": _columns(
        """id: person_id gender_concept_id race_concept_id ethnicity_concept_id
        count: year_of_birth"""
    ),
    "observation_period": _columns(
        """id: observation_period_id person_id period_type_concept_id
        day: observation_period_start_date observation_period_end_date"""
    ),
    "condition_occurrence": _record(
        "condition_occurrence",
        "condition",
        "id: condition_status_concept_id\ntext: stop_reason",
        days="condition_start_date condition_end_date",
    ),
    "drug_exposure": _record(
        "drug_exposure",
        "drug",
        "id: route_concept_id\ntext: stop_reason lot_number\nnumber: quantity\ncount: refills days_supply",
        days="drug_exposure_start_date drug_exposure_end_date",
    ),
    "procedure_occurrence": _record(
        "procedure_occurrence",
        "procedure",
        "id: modifier_concept_id\ncount: quantity",
        days="procedure_date",
    ),
    "device_exposure": _record(
        "device_exposure",
        "device",
        "text: unique_device_id\ncount: quantity",
        days="device_exposure_start_date device_exposure_end_date",
    ),
    "measurement": _record(
        "measurement",
        "measurement",
        "id: operator_concept_id value_as_concept_id unit_concept_id\n"
        "number: value_as_number range_low range_high",
        days="measurement_date",
    ),
    "observation": _record(
        "observation",
        "observation",
        "id: qualifier_concept_id value_as_concept_id unit_concept_id\n"
        "number: value_as_number\ntext: value_as_string",
        days="observation_date",
    ),
    "specimen": _columns(
        """id: specimen_id person_id specimen_concept_id specimen_type_concept_id unit_concept_id
        id: anatomic_site_concept_id disease_status_concept_id
        day: specimen_date
        number: quantity
        text: specimen_source_id"""
    ),
    "death": _columns(
        """id: person_id death_type_concept_id cause_concept_id cause_source_concept_id
        day: death_date"""
    ),
    "visit_occurrence": _columns(
        """id: visit_occurrence_id person_id visit_concept_id visit_source_concept_id visit_type_concept_id
        id: provider_id care_site_id
        day: visit_start_date visit_end_date"""
    ),
    "visit_detail": _columns(
        """id: visit_detail_id person_id visit_detail_concept_id visit_detail_source_concept_id
        id: visit_detail_type_concept_id provider_id care_site_id visit_occurrence_id
        day: visit_detail_start_date visit_detail_end_date"""
    ),
    "condition_era": _columns(
        """id: condition_era_id person_id condition_concept_id
        day: condition_era_start_date condition_era_end_date
        count: condition_occurrence_count"""
    ),
    "drug_era": _columns(
        """id: drug_era_id person_id drug_concept_id
        day: drug_era_start_date drug_era_end_date
        count: drug_exposure_count gap_days"""
    ),
    "dose_era": _columns(
        """id: dose_era_id person_id drug_concept_id unit_concept_id
        day: dose_era_start_date dose_era_end_date
        number: dose_value"""
    ),
    "payer_plan_period": _columns(
        """id: payer_plan_period_id person_id payer_concept_id plan_concept_id sponsor_concept_id
        id: stop_reason_concept_id payer_source_concept_id plan_source_concept_id
        id: sponsor_source_concept_id stop_reason_source_concept_id
        day: payer_plan_period_start_date payer_plan_period_end_date"""
    ),
    "provider": _columns("id: provider_id specialty_concept_id"),
    "care_site": _columns("id: care_site_id place_of_service_concept_id"),
    "concept": _columns("id: concept_id\ntext: invalid_reason"),
    "concept_ancestor": _columns("id: ancestor_concept_id descendant_concept_id"),
    "concept_relationship": _columns("id: concept_id_1 concept_id_2\ntext: relationship_id invalid_reason"),
}


def load_tables(connection: duckdb.DuckDBPyConnection, hospital: Hospital) -> None:
    """Replaces every table by the given rows; a table without rows is empty, a missing column null."""
    for table, columns in TABLES.items():
        names = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        connection.execute(f"CREATE OR REPLACE TABLE {table} ({names})")
        rows: list[list[Any]] = [[row.get(name) for name in columns] for row in hospital.get(table, ())]
        if rows:
            places = ", ".join("?" for _ in columns)
            connection.executemany(f"INSERT INTO {table} VALUES ({places})", rows)

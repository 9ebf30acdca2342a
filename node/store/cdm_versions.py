"""Decides whether a folder is a CDM version that this node reads, and renames older columns.

* CDM 5.3 and 5.4 are read; the store itself is always 5.4.
* The version comes from `cdm_source`; a folder without it is judged by its columns.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from onggi.errors import Refused

# Everything that CDM 5.4 calls by another name than 5.3. New columns simply stay empty.
_RENAMED_IN_54: Mapping[str, Mapping[str, str]] = {
    "visit_occurrence": {
        "admitting_source_concept_id": "admitted_from_concept_id",
        "admitting_source_value": "admitted_from_source_value",
        "discharge_to_concept_id": "discharged_to_concept_id",
        "discharge_to_source_value": "discharged_to_source_value",
    },
    "visit_detail": {
        "admitting_source_concept_id": "admitted_from_concept_id",
        "admitting_source_value": "admitted_from_source_value",
        "discharge_to_concept_id": "discharged_to_concept_id",
        "discharge_to_source_value": "discharged_to_source_value",
        "visit_detail_parent_id": "parent_visit_detail_id",
    },
}

# The tables in which CDM 5.3 introduced `visit_detail_id`.
_EVENT_TABLES = (
    "condition_occurrence",
    "drug_exposure",
    "procedure_occurrence",
    "device_exposure",
    "measurement",
    "observation",
)
_READ = ("5.3", "5.4")


def to_54_name(column: str, *, table: str) -> str:
    """The CDM 5.4 name of a column that may carry its 5.3 name."""
    return _RENAMED_IN_54.get(table, {}).get(column, column)


def decide_version(declared: str | None, *, columns: Mapping[str, frozenset[str]]) -> str:
    """The CDM version of a folder, "5.3" or "5.4". Raises Refused for any other.

    Args:
        declared: `cdm_source.cdm_version` as written there, or None where there is none.
        columns: lower-case column names of each table that the folder holds.
    """
    found = re.search(r"(\d{1,2})\.(\d{1,2})", declared or "")
    version = f"{found[1]}.{found[2]}" if found else _version_from_columns(columns)
    if version not in _READ:
        raise Refused("load.cdm_version", found=version)
    return version


def _version_from_columns(columns: Mapping[str, frozenset[str]]) -> str:
    if "death_datetime" in columns.get("person", frozenset()):
        return "6.0"
    events = [columns[table] for table in _EVENT_TABLES if table in columns]
    if any("visit_detail_id" not in found for found in events):
        return "5.2"
    visits = columns.get("visit_occurrence", frozenset())
    if "admitted_from_concept_id" in visits:
        return "5.4"
    if "admitting_source_concept_id" in visits and events:
        return "5.3"
    return "unknown"

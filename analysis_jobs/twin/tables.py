"""Writes drawn people and records as the tables of an OMOP CDM 5.4, each clearly marked as synthetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa

from analysis_jobs.twin.people import Flags, Ints, People
from analysis_jobs.twin.records import Records
from catalog.dataset_card import DatasetCard, VocabularyEntry
from catalog.synthetic_mark import SOURCE_NAME

TWIN_RECORD: Final = 2_147_400_001
"""The type concept of every row of a twin: a row that was torn out of its twin still says what it is."""
FIRST_RECORD: Final = 9_000_000_000_000
_DRUG_DAYS: Final = 30
_ERA_GAP: Final = 30
_VALID: Final = ("1970-01-01", "2099-12-31")
_DOMAINS: Final = {
    "visit_occurrence": "Visit",
    "condition_occurrence": "Condition",
    "drug_exposure": "Drug",
    "procedure_occurrence": "Procedure",
    "device_exposure": "Device",
    "measurement": "Measurement",
    "observation": "Observation",
}
_DAYS: Final[Mapping[str, tuple[str, str | None]]] = {
    "visit_occurrence": ("visit_start_date", "visit_end_date"),
    "condition_occurrence": ("condition_start_date", "condition_end_date"),
    "drug_exposure": ("drug_exposure_start_date", "drug_exposure_end_date"),
    "procedure_occurrence": ("procedure_date", None),
    "device_exposure": ("device_exposure_start_date", "device_exposure_end_date"),
    "measurement": ("measurement_date", None),
    "observation": ("observation_date", None),
}


def person_tables(people: People) -> dict[str, pa.Table]:
    """Persons, observation periods and deaths."""
    none = np.zeros(len(people), dtype=np.int64)
    dead = people.dies
    return {
        "person": _table(
            {
                "person_id": people.ids,
                "gender_concept_id": people.sex,
                "year_of_birth": people.born.astype(np.int32),
                "race_concept_id": none,
                "ethnicity_concept_id": none,
            }
        ),
        "observation_period": _table(
            {
                "observation_period_id": people.ids,
                "person_id": people.ids,
                "observation_period_start_date": _dates(people.start),
                "observation_period_end_date": _dates(people.end),
                "period_type_concept_id": _constant(len(people)),
            }
        ),
        "death": _table(
            {
                "person_id": people.ids[dead],
                "death_date": _dates(people.end[dead]),
                "death_type_concept_id": _constant(int(dead.sum())),
            }
        ),
    }


def record_table(
    name: str, records: Records, people: People, *, before: int = 0, visits_before: int = 0
) -> pa.Table:
    """One table of records, in CDM columns; `before` of the same table have their ids already."""
    prefix = _DOMAINS[name].lower()
    start, end = _DAYS[name]
    columns: dict[str, Any] = {
        f"{name}_id": FIRST_RECORD + before + np.arange(1, len(records) + 1, dtype=np.int64),
        "person_id": people.ids[records.person],
        f"{prefix}_concept_id": records.concept,
        start: _dates(records.day),
        f"{prefix}_type_concept_id": _constant(len(records)),
    }
    if end is not None:
        lasts = _DRUG_DAYS - 1 if name == "drug_exposure" else 0
        columns[end] = _dates(records.day + lasts)
    if name == "drug_exposure":
        columns["days_supply"] = np.full(len(records), _DRUG_DAYS, dtype=np.int32)
    if name != "visit_occurrence":
        columns["visit_occurrence_id"] = _or_none(
            FIRST_RECORD + visits_before + records.visit + 1, records.visit < 0
        )
    if name in ("measurement", "observation"):
        columns["value_as_number"] = pa.array(records.number, mask=np.isnan(records.number))
        columns["unit_concept_id"] = _or_none(records.unit, records.unit == 0)
        columns["value_as_concept_id"] = _or_none(records.answer, records.answer == 0)
    return _table(columns)


def era_table(
    kind: Literal["condition", "drug"], records: Records, people: People, *, before: int = 0
) -> pa.Table:
    """Records of one person and concept, at most 30 days apart, as one era."""
    lasts = _DRUG_DAYS - 1 if kind == "drug" else 0
    order = np.lexsort((records.day, records.concept, records.person))
    person, concept, day = records.person[order], records.concept[order], records.day[order]
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = (np.diff(person) != 0) | (np.diff(concept) != 0) | (np.diff(day) > lasts + _ERA_GAP)
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(order))[: len(first)] - 1
    return _table(
        {
            f"{kind}_era_id": FIRST_RECORD + before + np.arange(1, len(first) + 1, dtype=np.int64),
            "person_id": people.ids[person[first]],
            f"{kind}_concept_id": concept[first],
            f"{kind}_era_start_date": _dates(day[first]),
            f"{kind}_era_end_date": _dates(day[last] + lasts),
            {"condition": "condition_occurrence_count", "drug": "drug_exposure_count"}[kind]: (
                last - first + 1
            ).astype(np.int32),
        }
    )


def vocabulary_tables(card: DatasetCard, used: Mapping[int, str]) -> dict[str, pa.Table]:
    """The concepts that the card lists and those that records use, with the ancestors that the card lists.

    Args:
        used: the domain of each concept that stands in a record.
    """
    listed = {entry.concept: entry for entry in card.vocabulary}
    for concept, domain in used.items():
        if concept and concept not in listed:
            listed[concept] = VocabularyEntry(
                concept=concept, domain=domain, vocabulary="None", concept_class="Undefined", standard="S"
            )
    entries = [listed[concept] for concept in sorted(listed)]
    pairs = sorted(
        {(each.ancestor, each.descendant) for each in card.ancestors} | {(one, one) for one in listed}
    )
    return {
        "concept": _concepts(entries),
        "concept_ancestor": _table(
            {
                "ancestor_concept_id": pa.array([one for one, _ in pairs], pa.int64()),
                "descendant_concept_id": pa.array([other for _, other in pairs], pa.int64()),
                "min_levels_of_separation": pa.array([int(one != other) for one, other in pairs], pa.int32()),
                "max_levels_of_separation": pa.array([int(one != other) for one, other in pairs], pa.int32()),
            }
        ),
    }


def source_table(card: DatasetCard) -> pa.Table:
    """`cdm_source`: what this is, and what it was made from."""
    told = {
        "cdm_source_name": f"{SOURCE_NAME} of {card.dataset}",
        "cdm_source_abbreviation": "twin",
        "cdm_holder": "nobody: made-up people",
        "source_description": f"Synthetic data drawn from dataset card {card.digest}; no row is a patient's",
        "cdm_version": "5.4",
        "vocabulary_version": card.vocabulary_version or "unknown",
    }
    return _table({name: [value] for name, value in told.items()})


def used_concepts(tables: Mapping[str, Records], people: People) -> dict[int, str]:
    """The domain of every concept in a record."""
    used: dict[int, str] = {TWIN_RECORD: "Type Concept"}
    _note(used, people.sex, "Gender")
    for records in tables.values():
        _note(used, records.unit, "Unit")
        _note(used, records.answer, "Meas Value")
    for name, records in tables.items():
        _note(used, records.concept, _DOMAINS[name])
    return used


def _note(used: dict[int, str], concepts: Ints, domain: str) -> None:
    used.update(dict.fromkeys(np.unique(concepts).tolist(), domain))


def _concepts(entries: Sequence[VocabularyEntry]) -> pa.Table:
    names = [entry.name or f"Concept {entry.concept}" for entry in entries]
    first, last = (np.full(len(entries), day, dtype="datetime64[D]") for day in _VALID)
    return _table(
        {
            "concept_id": pa.array([entry.concept for entry in entries], pa.int64()),
            "concept_name": pa.array(names, pa.string()),
            "domain_id": pa.array([entry.domain for entry in entries], pa.string()),
            "vocabulary_id": pa.array([entry.vocabulary for entry in entries], pa.string()),
            "concept_class_id": pa.array([entry.concept_class for entry in entries], pa.string()),
            "standard_concept": pa.array([entry.standard for entry in entries], pa.string()),
            "concept_code": pa.array([str(entry.concept) for entry in entries], pa.string()),
            "valid_start_date": pa.array(first),
            "valid_end_date": pa.array(last),
            "invalid_reason": pa.nulls(len(entries), pa.string()),
        }
    )


def _table(columns: Mapping[str, Any]) -> pa.Table:
    return pa.table(dict(columns))


def _dates(days: Ints) -> Any:
    return pa.array(days.astype(np.int32), pa.int32()).cast(pa.date32())


def _constant(size: int) -> Ints:
    return np.full(size, TWIN_RECORD, dtype=np.int64)


def _or_none(values: Ints, missing: Flags) -> Any:
    return pa.array(values, pa.int64(), mask=missing)

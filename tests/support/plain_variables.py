"""The meaning of a variable, told in slow, obvious Python on plain rows: the oracle of staging."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, time
from typing import Any

from onggi.spec.variables import Variable
from tests.support.small_hospitals import Hospital

# domain: table, concept column, date column, datetime column
_PLACES = {
    "condition": (
        "condition_occurrence",
        "condition_concept_id",
        "condition_start_date",
        "condition_start_datetime",
    ),
    "drug": ("drug_exposure", "drug_concept_id", "drug_exposure_start_date", "drug_exposure_start_datetime"),
    "procedure": ("procedure_occurrence", "procedure_concept_id", "procedure_date", "procedure_datetime"),
    "measurement": ("measurement", "measurement_concept_id", "measurement_date", "measurement_datetime"),
    "observation": ("observation", "observation_concept_id", "observation_date", "observation_datetime"),
    "visit": ("visit_occurrence", "visit_concept_id", "visit_start_date", "visit_start_datetime"),
    "device": (
        "device_exposure",
        "device_concept_id",
        "device_exposure_start_date",
        "device_exposure_start_datetime",
    ),
}


def order_of(persons: list[int], *, order_key: bytes) -> list[int]:
    """Persons in the order in which their rows must come."""
    return sorted(persons, key=lambda each: hashlib.sha256(f"{order_key.hex()}{each}".encode()).hexdigest())


def plain_value(variable: Variable, person: int, index: date, hospital: Hospital) -> float | None:
    """One person's value of one variable; None is missing."""
    about = next((row for row in hospital["person"] if row["person_id"] == person), None)
    if variable.domain == "age":
        if about is None or about["year_of_birth"] is None:
            return None
        return _believable(index.year - about["year_of_birth"], variable)
    if variable.domain == "index_year":
        return _believable(index.year, variable)
    if variable.domain == "sex":
        gender = about["gender_concept_id"] if about else None
        if not variable.levels:
            return 1.0 if gender in variable.concepts else 0.0
        return float(variable.levels.index(gender)) if gender in variable.levels else None
    return _of_records(variable, _window(variable, person, index, hospital), index)


def _window(variable: Variable, person: int, index: date, hospital: Hospital) -> list[tuple[Any, ...]]:
    """(date, time of day, id, row) of the records that the variable may use, in order."""
    table, concept, day, moment = _PLACES[variable.domain]
    meant = set(variable.concepts)
    if variable.include_descendants:
        for row in hospital.get("concept_ancestor", ()):
            if row["ancestor_concept_id"] in variable.concepts:
                meant.add(row["descendant_concept_id"])
    found = []
    for row in hospital.get(table, ()):
        if row["person_id"] != person or row[concept] not in meant or row[day] is None:
            continue
        distance = (row[day] - index).days
        low, high = variable.window.start_days, variable.window.end_days
        if (low is not None and distance < low) or (high is not None and distance > high):
            continue
        if variable.unit is not None and row.get("unit_concept_id") != variable.unit:
            continue
        at: datetime | None = row.get(moment)
        found.append((row[day], at.time() if at else time(0), row[f"{table}_id"], row))
    return sorted(found, key=lambda each: each[:3])


def _of_records(variable: Variable, records: list[tuple[Any, ...]], index: date) -> float | None:
    if variable.kind == "flag" and not variable.levels:
        return 1.0 if records else 0.0
    if variable.kind == "number" and variable.summary == "count":
        return _believable(len(records), variable)
    if variable.kind == "number" and variable.summary == "days_since":
        return _believable((index - records[-1][0]).days, variable) if records else None
    values: list[float] = []
    for _, _, _, row in records:
        if variable.kind == "number":
            number = _believable(row.get("value_as_number"), variable)
            if number is not None:
                values.append(number)
        elif row.get("value_as_concept_id") in variable.levels:
            values.append(float(variable.levels.index(row["value_as_concept_id"])))
    if not values:
        return None
    match variable.summary:
        case "first":
            return values[0]
        case "last":
            return values[-1]
        case "any":
            return max(values)
        case "mean":
            return sum(sorted(values)) / len(values)
    raise AssertionError(variable)


def _believable(number: float | None, variable: Variable) -> float | None:
    assert variable.low is not None
    assert variable.high is not None
    return float(number) if number is not None and variable.low <= number <= variable.high else None

"""The meaning of a variable, told in slow, obvious Python on plain rows: the oracle of staging."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from onggi.spec.variables import Variable
from tests.support.small_hospitals import Hospital, Row

# domain: table, concept column, date column, datetime column, id column
_PLACES: dict[str, tuple[str, str, str, str | None, str]] = {
    "condition": (
        "condition_occurrence",
        "condition_concept_id",
        "condition_start_date",
        "condition_start_datetime",
        "condition_occurrence_id",
    ),
    "drug": (
        "drug_exposure",
        "drug_concept_id",
        "drug_exposure_start_date",
        "drug_exposure_start_datetime",
        "drug_exposure_id",
    ),
    "procedure": (
        "procedure_occurrence",
        "procedure_concept_id",
        "procedure_date",
        "procedure_datetime",
        "procedure_occurrence_id",
    ),
    "visit": (
        "visit_occurrence",
        "visit_concept_id",
        "visit_start_date",
        "visit_start_datetime",
        "visit_occurrence_id",
    ),
    "device": (
        "device_exposure",
        "device_concept_id",
        "device_exposure_start_date",
        "device_exposure_start_datetime",
        "device_exposure_id",
    ),
    "visit_detail": (
        "visit_detail",
        "visit_detail_concept_id",
        "visit_detail_start_date",
        "visit_detail_start_datetime",
        "visit_detail_id",
    ),
    "death": ("death", "cause_concept_id", "death_date", "death_datetime", "person_id"),
    **{
        f"{each}_era": (
            f"{each}_era",
            f"{each}_concept_id",
            f"{each}_era_start_date",
            None,
            f"{each}_era_id",
        )
        for each in ("condition", "drug")
    },
    **{
        each: (each, f"{each}_concept_id", f"{each}_date", f"{each}_datetime", f"{each}_id")
        for each in ("measurement", "observation", "specimen")
    },
}
_OF_PERSON = {"sex": "gender_concept_id", "race": "race_concept_id", "ethnicity": "ethnicity_concept_id"}


def order_of(persons: list[int], *, order_key: bytes) -> list[int]:
    """Persons in the order in which their rows must come."""
    return sorted(persons, key=lambda each: hashlib.sha256(f"{order_key.hex()}{each}".encode()).hexdigest())


def plain_value(variable: Variable, person: int, index: date, hospital: Hospital) -> float | None:
    """One person's value of one variable; None is missing."""
    about = next((row for row in hospital["person"] if row["person_id"] == person), {})
    if variable.domain in _OF_PERSON:
        concept = about.get(_OF_PERSON[variable.domain])
        if not variable.levels:
            return 1.0 if concept in variable.concepts else 0.0
        return float(variable.levels.index(concept)) if concept in variable.levels else None
    match variable.domain:
        case "age":
            born = about.get("year_of_birth")
            return None if born is None else _believable(index.year - born, variable)
        case "age_days":
            return _believable(_age_in_days(about, index), variable)
        case "index_year":
            return _believable(index.year, variable)
        case "observation_period":
            held = held_period(person, index, hospital)
            if held is None:
                return None
            side = index - held[0] if variable.summary == "days_before" else held[1] - index
            return _believable(side.days, variable)
    return _of_records(variable, records_in_window(variable, person, index, hospital), index)


def _age_in_days(about: Row, index: date) -> int | None:
    year, month, day = (about.get(f"{part}_of_birth") for part in ("year", "month", "day"))
    if year is None or month is None or day is None or not 1 <= month <= 12:
        return None
    return (index - (date(year, month, 1) + timedelta(days=day - 1))).days


def held_period(person: int, index: date, hospital: Hospital) -> tuple[date, date] | None:
    """The observation that holds the index date."""
    held = [
        (row["observation_period_start_date"], row["observation_period_end_date"])
        for row in hospital["observation_period"]
        if row["person_id"] == person
        and row["observation_period_start_date"] <= index <= row["observation_period_end_date"]
    ]
    return (min(start for start, _ in held), max(end for _, end in held)) if held else None


def records_in_window(
    variable: Variable, person: int, index: date, hospital: Hospital
) -> list[tuple[Any, ...]]:
    """(date, time of day, id, row) of the records that the variable may use, in order."""
    table, concept, day, moment, key = _PLACES[variable.domain]
    meant = set(variable.concepts)
    if variable.include_descendants:
        for row in hospital.get("concept_ancestor", ()):
            if row["ancestor_concept_id"] in variable.concepts:
                meant.add(row["descendant_concept_id"])
    found = []
    for row in hospital.get(table, ()):
        if row["person_id"] != person or row[day] is None:
            continue
        if variable.concepts and row[concept] not in meant:
            continue
        distance = (row[day] - index).days
        low, high = variable.window.start_days, variable.window.end_days
        if (low is not None and distance < low) or (high is not None and distance > high):
            continue
        if variable.unit is not None and (row.get("unit_concept_id") or 0) not in _units(variable):
            continue
        at: datetime | None = row.get(moment) if moment else None
        found.append((row[day], at.time() if at else time(0), row[key], row))
    return sorted(found, key=lambda each: each[:3])


def _units(variable: Variable) -> dict[int, tuple[float, float]]:
    listed = {each.unit or 0: (each.factor, each.offset) for each in variable.conversions}
    return listed | ({} if variable.unit is None else {variable.unit: (1.0, 0.0)})


def _number(variable: Variable, row: Row) -> float | None:
    number = row.get("value_as_number")
    if number is None or variable.unit is None:
        return None if number is None else float(number)
    factor, offset = _units(variable)[row.get("unit_concept_id") or 0]
    return float(number) * factor + offset


def _of_records(variable: Variable, records: list[tuple[Any, ...]], index: date) -> float | None:
    if variable.kind == "flag" and not variable.levels:
        return 1.0 if records else 0.0
    days = [(row[0] - index).days for row in records]
    match variable.summary:
        case "count":
            return _believable(len(days), variable)
        case "distinct_days":
            return _believable(len(set(days)), variable)
        case "days_since":
            return _believable(-days[-1], variable) if days else None
        case "days_to_first":
            return _believable(days[0], variable) if days else None
    values = _values(variable, [row for _, _, _, row in records])
    if not values:
        return None
    if variable.summary == "sum":
        return _believable(sum(sorted(values)), variable)
    return _CHOSEN[variable.summary](values)


def _values(variable: Variable, rows: list[Row]) -> list[float]:
    if variable.kind != "number":
        recorded = [row.get("value_as_concept_id") for row in rows]
        return [float(variable.levels.index(each)) for each in recorded if each in variable.levels]
    numbers = [_number(variable, row) for row in rows]
    if variable.summary == "sum":
        return [each for each in numbers if each is not None]
    return [each for each in numbers if _believable(each, variable) is not None and each is not None]


_CHOSEN: dict[str, Callable[[list[float]], float]] = {
    "first": lambda values: values[0],
    "last": lambda values: values[-1],
    "any": max,
    "maximum": max,
    "minimum": min,
    "mean": lambda values: sum(sorted(values)) / len(values),
}


def _believable(number: float | None, variable: Variable) -> float | None:
    assert variable.low is not None
    assert variable.high is not None
    return float(number) if number is not None and variable.low <= number <= variable.high else None

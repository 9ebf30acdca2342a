"""A hospital's rows as the oracle reads them: what is absent is empty, and NULL never satisfies anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, TypeAlias

Row: TypeAlias = Mapping[str, Any]
Hospital: TypeAlias = Mapping[str, Sequence[Row]]
Json: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a domain, seen as an event of its person: when, at which visit, and what may be counted."""

    person: int
    id: int
    start: date | None
    end: date | None
    visit: int | None
    counted: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """Something with which records are compared: an event inside one observation period of its person."""

    person: int
    ordinal: int
    start: date
    end: date | None
    opens: date
    closes: date
    visit: int | None


def table(hospital: Hospital, name: str) -> Sequence[Row]:
    """The rows of a table; a table that the hospital does not have has none."""
    return hospital.get(name, ())


def find_row(hospital: Hospital, name: str, **wanted: Any) -> Row | None:
    """The row with these values, as an SQL join finds it: NULL equals nothing."""
    if any(value is None for value in wanted.values()):
        return None
    for row in table(hospital, name):
        if all(row.get(column) == value for column, value in wanted.items()):
            return row
    return None


def periods(hospital: Hospital, person: int, day: date | None) -> list[tuple[date, date]]:
    """The person's observation periods around a day, in order."""
    found = []
    for row in table(hospital, "observation_period"):
        opens, closes = row.get("observation_period_start_date"), row.get("observation_period_end_date")
        if row.get("person_id") != person or opens is None or closes is None or day is None:
            continue
        if opens <= day <= closes:
            found.append((opens, closes))
    return sorted(found)


def plus(day: date | None, days: int | None) -> date | None:
    """The day so many days later; NULL if either is."""
    return None if day is None or days is None else day + timedelta(days=days)


def first_known(*values: Any) -> Any:
    """SQL's COALESCE."""
    return next((value for value in values if value is not None), None)


def at_least(left: date | None, right: date | None) -> bool:
    """left >= right, and both are known."""
    return left is not None and right is not None and left >= right


def ids(concepts: Iterable[Json]) -> frozenset[int]:
    """The concept ids of a list of concepts in a definition."""
    return frozenset(each["CONCEPT_ID"] for each in concepts)

"""Hospitals full of faults, by chance and from a seed: every kind of data quality check meets violations."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from analysis_jobs.quality.checks import Check
from tests.support.cdm_schemas import Hospital, Kind, cdm_schemas

TODAY = date(2026, 11, 22)
PERSONS = (-3589912774911670296, 1, 62, 2**62)
_ALWAYS = ("person", "observation_period", "concept_ancestor")
_ROWS = {
    "observation_period": 16,
    "concept_ancestor": 8,
    "domain": 2,
    "vocabulary": 2,
    "concept_class": 2,
    "relationship": 2,
}
_DOMAINS = ("Condition", "Drug", "Gender", "Unit", "Visit", "Type Concept", "Measurement", "Race")
_DAYS = (
    date(1885, 3, 1),
    date(1949, 12, 31),
    date(2004, 2, 29),
    date(2005, 1, 1),
    date(2005, 3, 3),
    date(2090, 1, 1),
)


def faulty_hospital(
    seed: int, checks: tuple[Check, ...], *, persons: Sequence[int] = PERSONS, rows: tuple[int, int] = (3, 9)
) -> Hospital:
    """Rows in every table; some tables are empty, some columns too."""
    chance = random.Random(seed)
    asked = _asked(chance, checks)
    concepts = sorted(
        {0, 8507, 8532, 2_000_000_012, 8554} | {each for found in asked.values() for each in found}
    )
    hospital: dict[str, list[dict[str, Any]]] = {"concept": _vocabulary(chance, concepts)}
    for table, columns in cdm_schemas().items():
        if table in hospital or (table not in _ALWAYS and chance.random() < 0.1):
            continue
        kept = [column for column in columns if chance.random() < 0.9]
        number = _ROWS.get(table) or chance.randint(*rows)
        hospital[table] = [
            {
                column: _value(
                    chance, column, columns[column], asked.get(f"{table}.{column}", concepts), persons
                )
                for column in kept
            }
            for _ in range(number)
        ]
    return hospital


def _asked(chance: random.Random, checks: tuple[Check, ...]) -> dict[str, list[int]]:
    """By `table.column` concepts that checks ask about, and the units that some of them accept."""
    found: dict[str, list[int]] = {"concept_ancestor.ancestor_concept_id": []}
    about = [check for check in checks if check.concepts]
    for name in sorted({check.kind.name for check in about}):
        for check in chance.sample([check for check in about if check.kind.name == name], 3):
            place = f"{check.table}.{check.field}"
            found.setdefault(place, []).extend(check.concepts[:2])
            units = [unit for unit in (*check.units, check.unit) if unit not in (None, -1)]
            found.setdefault(f"{check.table}.unit_concept_id", [0]).extend(units)
            if name == "plausibleGenderUseDescendants":
                found["concept_ancestor.ancestor_concept_id"].extend(check.concepts[:2])
                found.setdefault("concept_ancestor.descendant_concept_id", []).extend(found[place])
    return found


def _vocabulary(chance: random.Random, concepts: list[int]) -> list[dict[str, Any]]:
    """Some of the concepts, each once, in all states."""
    return [
        {
            "concept_id": concept,
            "domain_id": chance.choice(_DOMAINS),
            "concept_class_id": chance.choice(("Ingredient", "Clinical Finding")),
            "standard_concept": chance.choice(("S", "C", None)),
            "invalid_reason": chance.choice((None, None, "D", "")),
        }
        for concept in concepts
        if chance.random() < 0.8
    ]


def _value(
    chance: random.Random, column: str, kind: Kind, concepts: list[int], persons: Sequence[int]
) -> Any:
    if chance.random() < 0.15:
        return None
    if kind == "day":
        return chance.choice(_DAYS) + timedelta(days=chance.choice((0, 1, 7, 8, 60, 61)))
    if kind == "moment":
        return datetime.combine(chance.choice(_DAYS), datetime.min.time()) + timedelta(
            hours=chance.randint(0, 99)
        )
    if kind == "text":
        return chance.choice((*_DOMAINS, "a", "b"))
    if kind == "number":
        return chance.choice((-1.0, 0.0, 0.00000005, 1.0, 12.5, 400.0))
    if "concept_id" in column:
        return chance.choice(concepts)
    if column in ("person_id", "subject_id"):
        return chance.choice(persons)
    return _whole(chance, column)


def _whole(chance: random.Random, column: str) -> int:
    if column == "year_of_birth":
        return chance.choice((0, 1700, 1980, 2004, 2027, 2028, 99999))
    if column in ("month_of_birth", "day_of_birth"):
        return chance.choice((0, 1, 2, 6, 12, 13, 30, 31, 32))
    return chance.choice((-5, 0, 1, 2, 3, 24, 25, 366))

"""Hypothesis strategies of small hospitals with every table that a cohort definition can read.

Hypothesis draws the sizes and one seed; the values come from the seed, the table and the row's number, so
that a smaller hospital keeps the rows that it still has. Days lie close together, and values repeat, so that
windows, eras and limits meet their edges.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st

from tests.support.cohort_oracle import Hospital
from tests.support.hospital_tables import TABLES

Row = dict[str, Any]

# Signed 64-bit ids, as real hospitals have them.
PERSONS = [-3589912774911670296, 1, 5, 2**62]
CONCEPTS = [1, 2, 3, 11, 2_000_000_012]
VALUES = [71, 72, 73, 4155142]
GENDERS = [8507, 8532]
TEXTS = ["abc", "ABC", "ab%c", "a_c", "", "it's", "한글"]
NUMBERS = [-1.0, 0.0, 0.5, 2.0, 7.25, 100.0, 0.00004]
SPAN = 40
FIRST_DAYS = [
    date(1999, 12, 20),
    date(2000, 2, 10),  # a leap day in a year that 100 divides
    date(1896, 2, 10),  # long before 1900, with a leap day
    date(1899, 12, 10),
    date(2023, 12, 15),
]
_PROVIDERS, _CARE_SITES = [501, 502], [601, 602]
_POOLS: dict[str, list[Any]] = {
    "gender_concept_id": GENDERS,
    "provider_id": [*_PROVIDERS, 503],
    "care_site_id": [*_CARE_SITES, 603],
    "quantity": [0, 1, 2, 30],
    "refills": [0, 1, 2],
    "days_supply": [-2, 0, 1, 7, 30],
    "range_low": [0.0, 1.0, 2.0],
    "range_high": [0.0, 5.0, 10.0],
    "dose_value": [10.0, 20.5],
    "condition_occurrence_count": [1, 2, 3],
    "drug_exposure_count": [1, 2, 3],
    "gap_days": [0, 5, 30],
}
_CLINICAL = ("condition", "drug", "procedure", "device", "measurement", "observation", "specimen")
_DOMAIN_CONCEPTS = {
    f"{name}{source}_concept_id"
    for name in (*_CLINICAL, "visit", "visit_detail", "cause", "payer")
    for source in ("", "_source")
}
_TEXTS = {"stop_reason", "lot_number", "unique_device_id", "value_as_string", "specimen_source_id"}
_DRAWN = [
    table
    for table, columns in TABLES.items()
    if {f"{table}_id", "person_id"} <= set(columns) and table not in ("person", "observation_period")
]


@st.composite
def hospitals(
    draw: st.DrawFn,
    *,
    first_day: date | None = None,
    overlapping: bool = False,
    same_ids: bool = True,
) -> Hospital:
    """Four persons at most. `same_ids`: records of different tables may carry one id."""
    first = first_day or draw(st.sampled_from(FIRST_DAYS))
    seed = draw(st.integers(0, 2**32))

    def random_for(*place: object) -> Random:
        return Random(f"{seed}/{'/'.join(map(str, place))}")

    hospital: dict[str, list[Row]] = _vocabulary(random_for("vocabulary"))
    hospital["person"] = [
        _person(person, first, random_for("person", person))
        for person in PERSONS
        if random_for("known", person).random() < 0.85
    ]
    hospital["observation_period"] = _periods(first, random_for, overlapping=overlapping, same_ids=same_ids)
    hospital["provider"] = [
        {"provider_id": each, "specialty_concept_id": _pick(random_for("provider", each), VALUES)}
        for each in _PROVIDERS
    ]
    hospital["care_site"] = [
        {"care_site_id": each, "place_of_service_concept_id": _pick(random_for("site", each), VALUES)}
        for each in _CARE_SITES
    ]
    for number, table in enumerate(_DRAWN):
        count = draw(st.sampled_from([10, 12, 11, 9, 7, 5, 3, 0]))
        # Records name visits by their ids, so these stay as they are.
        offset = 0 if same_ids or table == "visit_occurrence" else 1000 * (number + 1)
        hospital[table] = [
            _row(table, index, offset, first, random_for(table, index)) for index in range(count)
        ]
    hospital["death"] = [
        _row("death", 0, 0, first, random_for("death", person)) | {"person_id": person}
        for person in PERSONS
        if random_for("dead", person).random() < 0.4
    ]
    return hospital


def _pick(random: Random, values: list[Any], *, null: float = 0.15) -> Any:
    return None if random.random() < null else random.choice(values)


def _person(person: int, first: date, random: Random) -> Row:
    return {
        "person_id": person,
        "gender_concept_id": _pick(random, GENDERS),
        "year_of_birth": _pick(random, [first.year - age for age in range(48, 53)]),
        "race_concept_id": _pick(random, VALUES),
        "ethnicity_concept_id": _pick(random, VALUES),
    }


def _periods(
    first: date, random_for: Callable[..., Random], *, overlapping: bool, same_ids: bool
) -> list[Row]:
    """One or two periods a person, often the whole time; they share a day only where that is asked for."""
    found: list[Row] = []
    whole = (0, SPAN)
    for person in PERSONS:
        random = random_for("period", person)
        a, b, c, d = sorted(random.sample(range(SPAN + 1), 4))
        apart: list[list[tuple[int, int]]] = [*[[whole]] * 5, [], [(a, b), (c, d)], [(b, c)]]
        pairs = random.choice(apart)
        if overlapping:
            more: list[list[tuple[int, int]]] = [[], [whole], [(a, d)], [(a, c), (b, d)]]
            pairs = [*pairs, *random.choice(more)]
        for opens, closes in pairs:
            found.append(
                {
                    "observation_period_id": len(found) + (-3 if same_ids else 900),
                    "person_id": person,
                    "observation_period_start_date": first + timedelta(days=opens),
                    "observation_period_end_date": first + timedelta(days=closes),
                    "period_type_concept_id": _pick(random, VALUES),
                }
            )
    return found


def _row(table: str, index: int, offset: int, first: date, random: Random) -> Row:
    row: Row = {}
    for column in TABLES[table]:
        row[column] = _value(column, row, first, random)
    if f"{table}_id" in row:
        # Unique in the table, in no order, some of them large or negative.
        row[f"{table}_id"] = offset + (index * 7 % 11 - 3 if index % 4 else index - 2**61)
    row["person_id"] = random.choice(PERSONS)
    return row


def _value(column: str, row: Row, first: date, random: Random) -> Any:
    if column.endswith("_end_date"):
        if column.endswith(("_era_end_date", "_period_end_date")):
            return _start(row) + timedelta(days=random.randint(0, 12))
        ends = [_start(row) + timedelta(days=days) for days in (0, 0, 1, 2, 3, 7, 12)]
        # Rarely a record ends before it starts, as real ones do.
        return _pick(random, [*ends, _start(row) - timedelta(days=1)], null=0.25)
    if column.endswith("_date"):
        return first + timedelta(days=random.randint(0, SPAN))
    if column == "visit_occurrence_id":
        return _pick(random, [index * 7 % 11 - 3 for index in range(1, 12) if index % 4])
    if column in _DOMAIN_CONCEPTS:
        return _pick(random, CONCEPTS, null=0.05)
    if column in _POOLS:
        return _pick(random, _POOLS[column])
    if column.endswith("_concept_id"):
        return _pick(random, VALUES)
    return _pick(random, TEXTS if column in _TEXTS else NUMBERS)


def _start(row: Row) -> date:
    found: date = next(value for name, value in row.items() if name.endswith("_start_date"))
    return found


def _vocabulary(random: Random) -> dict[str, list[Row]]:
    concepts = [
        {"concept_id": concept, "invalid_reason": _pick(random, ["D", "U"], null=0.85)}
        for concept in [*CONCEPTS, *VALUES, *GENDERS]
        if random.random() < 0.95
    ]
    ancestors = [
        {"ancestor_concept_id": above, "descendant_concept_id": below}
        for above, below in [(1, 1), (1, 11), (2, 2_000_000_012), (1, 2_000_000_012), (3, 3), (71, 72)]
        if random.random() < 0.9
    ]
    mapped = [
        {
            "concept_id_1": source,
            "concept_id_2": standard,
            "relationship_id": random.choice(["Maps to", "Maps to", "Is a"]),
            "invalid_reason": _pick(random, ["D"], null=0.8),
        }
        for source, standard in [(3, 1), (3, 11), (2, 3), (999, 1), (73, 71)]
        if random.random() < 0.9
    ]
    return {"concept": concepts, "concept_ancestor": ancestors, "concept_relationship": mapped}

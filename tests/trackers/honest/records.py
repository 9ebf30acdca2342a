"""Writes what happened as rows of the CDM: clinical events with their visits, values and lengths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.random import Generator

from tests.support.criterion_rows import PLACES, Place
from tests.trackers.honest.diseases import Flags, Numbers
from tests.trackers.honest.happenings import Happenings
from tests.trackers.honest.persons import Persons, dates
from tests.trackers.honest.vocabularies import COMMON_VISITS, HospitalVocabulary

_OUTPATIENT, _INPATIENT, _EMERGENCY, _BOTH = COMMON_VISITS
_CODED: Final = (0.75, 0.15, 0.10)
"""How often the named concept itself is recorded, and its two descendants."""
_OTHER_VISITS: Final = 0.05
_CHECK_UPS: Final = 4
_SUPPLIES: Final = (7, 14, 30, 30, 60, 90)
_MEETS: Final = 0.5
_DAYS_ON_WARD: Final = 6.0
_PER_PERSON: Final = 1_000_000
"""More days than the calendar of this hospital has."""


def visit_rows(
    told: Happenings, persons: Persons, vocabulary: HospitalVocabulary, random: Generator
) -> tuple[pa.Table, Numbers]:
    """One visit per person and day, also check-ups without any record; and the visit of each record."""
    many = persons.ids.size * _CHECK_UPS
    who = random.integers(0, persons.ids.size, many)
    when = random.integers(persons.first_day[who], persons.last_day[who] + 1)
    place = np.concatenate([told.person, who]) * _PER_PERSON + np.concatenate([told.day, when])
    found, of_record = np.unique(place, return_inverse=True)
    ward = np.zeros(found.size, dtype=np.bool_)
    ward[of_record[: told.day.size][told.in_ward]] = True
    owner, day = found // _PER_PERSON, found % _PER_PERSON
    begins = day - np.where(ward, random.integers(0, 3, found.size), 0)
    stays = np.where(ward, 1 + random.geometric(1 / _DAYS_ON_WARD, found.size), 0)
    rows: dict[str, Any] = {
        "visit_occurrence_id": np.arange(1, found.size + 1),
        "person_id": persons.ids[owner],
        "visit_concept_id": _visit_concepts(ward, vocabulary.visits, random),
        "visit_start_date": dates(begins),
        "visit_end_date": dates(np.maximum(begins + stays, day)),
    }
    return pa.table(rows), of_record[: told.day.size] + 1


def _visit_concepts(ward: Flags, others: Sequence[int], random: Generator) -> Numbers:
    on_ward = np.where(random.random(ward.size) < 0.75, _INPATIENT, _BOTH)
    walked_in = np.where(random.random(ward.size) < 0.9, _OUTPATIENT, _EMERGENCY)
    found = np.where(ward, on_ward, walked_in)
    if not others:
        return found
    rare = random.random(ward.size) < _OTHER_VISITS
    return np.where(rare, random.choice(np.array(others, dtype=np.int64), ward.size), found)


def event_tables(
    told: Happenings,
    visits: Numbers,
    persons: Persons,
    vocabulary: HospitalVocabulary,
    random: Generator,
) -> Iterator[tuple[str, pa.Table, Numbers]]:
    """Each clinical table with its rows, and the named concept of each row."""
    known = np.array(sorted(vocabulary.recorded), dtype=np.int64)
    recorded = [vocabulary.recorded[int(each)] for each in known]
    at = np.searchsorted(known, told.concept)
    in_source = np.array([each.in_source for each in recorded])[at]
    coded_as = np.array([each.coded_as for each in recorded], dtype=np.int64)
    coded = coded_as[at, random.choice(len(_CODED), told.day.size, p=_CODED)]
    domains = np.array([each.domain for each in recorded])[at]
    for domain in sorted(set(domains)):
        where = np.flatnonzero(domains == domain)
        place = PLACES[str(domain)]
        rows = _columns(place, told.at(where), coded[where], in_source[where], persons)
        rows["visit_occurrence_id"] = visits[where]
        rows |= _lengths(str(domain), told.day[where], random)
        if domain in ("Measurement", "Observation"):
            rows |= _values(told.concept[where], vocabulary.asks, random)
        if domain == "Observation":
            rows = {name: column for name, column in rows.items() if not name.startswith("range_")}
        yield place.table, pa.table(rows), told.concept[where]


def _columns(
    place: Place, told: Happenings, coded: Numbers, in_source: Flags, persons: Persons
) -> dict[str, Any]:
    rows: dict[str, Any] = {
        str(place.key): np.arange(1, coded.size + 1),
        "person_id": persons.ids[told.person],
        str(place.concept): np.where(in_source, 0, coded),
        place.start: dates(told.day),
    }
    if place.source:
        rows[place.source] = np.where(in_source, coded, 0)
    return rows


def _lengths(domain: str, day: Numbers, random: Generator) -> dict[str, Any]:
    """When events end, where that is recorded."""
    if domain == "DrugExposure":
        supply = random.choice(np.array(_SUPPLIES, dtype=np.int64), day.size)
        return {"days_supply": supply, "drug_exposure_end_date": dates(day + supply - 1)}
    end = PLACES[domain].end
    if end is None:
        return {}
    ends = (day + random.integers(0, 15, day.size)).astype("datetime64[D]")
    return {end: pa.array(ends, mask=random.random(day.size) < 0.4)}


def _values(
    concepts: Numbers, asks: Mapping[int, Sequence[dict[str, Any]]], random: Generator
) -> dict[str, Any]:
    """Numbers around what criteria ask for, about as often inside of it as outside; else nothing."""
    number, low, high = (np.full(concepts.size, np.nan) for _ in range(3))
    unit, told = (np.zeros(concepts.size, dtype=np.int64) for _ in range(2))
    for concept in np.unique(concepts):
        wanted = [each for each in asks[int(concept)] if each.keys() & {"ValueAsNumber", "ValueAsConcept"}]
        if not wanted:
            continue
        where = np.flatnonzero(concepts == concept)
        chosen = random.integers(0, len(wanted), where.size)
        for position, ask in enumerate(wanted):
            rows = where[chosen == position]
            number[rows] = _around(ask.get("ValueAsNumber"), rows.size, random)
            if "RangeHighRatio" in ask:
                ratio = float(ask["RangeHighRatio"]["Value"]) * np.exp(random.normal(0, 0.5, rows.size))
                low[rows], high[rows] = 20, float(ask["RangeHigh"]["Value"]) + 80
                number[rows] = high[rows] * ratio
            unit[rows] = _one_of(ask.get("Unit"), rows.size, random, chance=0.9)
            told[rows] = _one_of(ask.get("ValueAsConcept"), rows.size, random, chance=_MEETS)
    return {
        "value_as_number": pa.array(number, from_pandas=True),
        "unit_concept_id": unit,
        "value_as_concept_id": told,
        "range_low": pa.array(low, from_pandas=True),
        "range_high": pa.array(high, from_pandas=True),
    }


def _around(asked: dict[str, Any] | None, many: int, random: Generator) -> Any:
    if asked is None:
        return np.nan
    low = float(asked["Value"])
    high = float(asked.get("Extent") or max(1.2 * low, low + 5))
    width = high - low
    inside = random.uniform(low, high, many)
    outside = low - random.uniform(0, 1, many) * min(width, low or width)
    return np.round(np.where(random.random(many) < _MEETS, inside, outside), 1)


def _one_of(listed: Sequence[dict[str, Any]] | None, many: int, random: Generator, *, chance: float) -> Any:
    if not listed:
        return 0
    concepts = np.array([int(each["CONCEPT_ID"]) for each in listed], dtype=np.int64)
    return np.where(random.random(many) < chance, random.choice(concepts, many), 0)

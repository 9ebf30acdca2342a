"""Writes single events of a criterion: with the right concept, value, length and visit, or nearly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple

from tests.support.criterion_rows import (
    CONCEPTS,
    COUNTS,
    LENGTHS,
    NUMBERS,
    PLACES,
    STARTS,
    WHOLE,
    Criterion,
    domain_of,
    near,
)
from tests.support.definition_vocabulary import Vocabulary
from tests.support.small_hospitals import Row

_FAR = 500
_VISITS = (9201, 9202, 9203, 262)
_NO_VISIT = frozenset(
    [
        "VisitOccurrence",
        "ConditionEra",
        "DrugEra",
        "DoseEra",
        "Death",
        "Specimen",
        "Episode",
        "PayerPlanPeriod",
    ]
)


class Happened(NamedTuple):
    """An event as others see it: its days, and the visit that it belongs to."""

    start: date
    end: date
    visit: int | None


def in_window(random: Random, window: dict[str, Any], index: Happened, *, beside: bool = False) -> date:
    """A day in a window around an event, often at its edge; or the day beside the edge."""
    anchor = index.end if window.get("UseIndexEnd") else index.start
    low, high = sorted((_bound(window.get("Start"), -_FAR), _bound(window.get("End"), _FAR)))
    if beside:
        offset = random.choice([low - 1, high + 1])
    else:
        offset = random.choice([low, high, *[random.randint(low, high)] * 3])
    return anchor + timedelta(days=offset)


def _bound(bound: dict[str, Any] | None, far: int) -> int:
    if bound is None:
        return far
    days = bound.get("Days")
    return int(bound["Coeff"]) * (_FAR if days is None else int(days))


def walk(part: Any) -> Iterator[dict[str, Any]]:
    """Every object in a part of a definition, itself first."""
    if isinstance(part, dict):
        yield part
        for each in part.values():
            yield from walk(each)
    elif isinstance(part, list):
        for each in part:
            yield from walk(each)


def _criteria(expression: dict[str, Any]) -> list[Criterion]:
    rest = {name: part for name, part in expression.items() if name != "ConceptSets"}
    found = []
    for part in walk(rest):
        for domain in PLACES.keys() & part.keys():
            if isinstance(part[domain], dict) and domain != "ObservationPeriod":
                found.append({domain: part[domain]})
    return sorted(found, key=str)


def named(expression: dict[str, Any], attribute: str) -> list[Any]:
    """Every value that an attribute of this name has anywhere in the definition."""
    return [part[attribute] for part in walk(expression) if part.get(attribute)]


@dataclass(slots=True)
class EventWriter:
    """What persons share: the source of chance, the definition, the tables being filled."""

    random: Random
    expression: dict[str, Any]
    vocabulary: Vocabulary
    tables: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    providers: list[Row] = field(init=False)
    criteria: list[Criterion] = field(init=False)
    ages: list[dict[str, Any]] = field(init=False)
    days: list[date] = field(init=False)
    _ids: set[int] = field(default_factory=set)
    _dead: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        wanted = [
            each["CONCEPT_ID"] for listed in named(self.expression, "ProviderSpecialty") for each in listed
        ]
        self.providers = [
            {"provider_id": self.new_id(), "specialty_concept_id": each} for each in [*wanted[:4], 38004446]
        ]
        self.criteria = _criteria(self.expression)
        starts = [asked for name in STARTS for asked in named(self.expression, name)]
        self.days = [date.fromisoformat(asked["Value"]) for asked in starts]
        self.ages = [
            age for name in ("Age", "AgeAtStart", "AgeAtEnd") for age in named(self.expression, name)
        ]

    def new_id(self) -> int:
        """Small ids and signed 64-bit ones, in no order: the order of ids is the order of no time."""
        while True:
            found = self.random.choice([self.random.randint(1, 10**6), self.random.randint(-(2**62), 2**62)])
            if found not in self._ids:
                self._ids.add(found)
                return found

    def happens(self, chance: float) -> bool:
        return self.random.random() < chance

    def write(
        self,
        person: int,
        criterion: Criterion,
        day: date,
        *,
        end: date | None = None,
        visit: int | None = None,
        good: bool = True,
    ) -> Happened:
        """Writes one event of the criterion; the caller adds what it demands of other events."""
        domain = domain_of(criterion)
        inner, place = criterion[domain], PLACES[domain]
        if domain == "Death":
            if person in self._dead:
                return Happened(day, day + timedelta(days=1), None)
            self._dead.add(person)
        row: Row = {"person_id": person, place.start: day}
        if place.key:
            row[place.key] = self.new_id()
        self._fill_concepts(row, domain, inner, good=good)
        self._fill_values(row, domain, inner)
        closes = self._fill_end(row, domain, inner, day, end)
        visit = row.get("visit_occurrence_id") or visit
        if domain not in _NO_VISIT:
            visit = visit or self._visit(person, inner, day)
            row["visit_occurrence_id"] = visit
        self.tables[place.table].append(row)
        return Happened(day, closes, visit)

    def _fill_concepts(self, row: Row, domain: str, inner: Criterion, *, good: bool) -> None:
        place, vocabulary = PLACES[domain], self.vocabulary
        if place.concept is None:
            return
        pick = vocabulary.a_member if good and self.happens(0.97) else vocabulary.a_stranger
        if inner.get("CodesetId") is not None or not any(name.endswith("SourceConcept") for name in inner):
            row[place.concept] = pick(self.random, inner.get("CodesetId"))
        source = next((inner[name] for name in inner if name.endswith("SourceConcept")), None)
        if place.source and isinstance(source, int):
            row[place.source] = pick(self.random, source)
        for name, column in CONCEPTS.items():
            if listed := inner.get(name):
                met = self.happens(0.9)
                chosen: int | None = self.random.choice(listed)["CONCEPT_ID"] if met else None
                row[column] = chosen if met or self.happens(0.5) else 0

    def _fill_values(self, row: Row, domain: str, inner: Criterion) -> None:
        for name, column in NUMBERS.items():
            if asked := inner.get(name):
                number = near(self.random, asked, meets=self.happens(0.9), whole=column in WHOLE)
                row[column] = int(number) if column in WHOLE else number
        if (asked := inner.get("OccurrenceCount")) and domain in COUNTS:
            row[COUNTS[domain]] = int(near(self.random, asked, meets=self.happens(0.7), whole=True))
        for name, column in (("RangeLowRatio", "range_low"), ("RangeHighRatio", "range_high")):
            if asked := inner.get(name):
                limit = self.random.choice([1.0, 2.0, 0.0, 40.0])
                ratio = near(self.random, asked, meets=self.happens(0.8))
                row |= {column: limit, "value_as_number": round(ratio * limit, 3)}
        if domain == "DrugExposure" and "days_supply" not in row:
            row["days_supply"] = self.random.choice([None, 0, 1, 7, 30, 90])

    def _fill_end(self, row: Row, domain: str, inner: Criterion, day: date, end: date | None) -> date:
        place = PLACES[domain]
        if place.end is None:
            return day + timedelta(days=1)
        if end is None:
            length = self.random.choice([0, 0, 1, 3, self.random.randint(0, 60)])
            for name in LENGTHS:
                if asked := inner.get(name):
                    length = int(near(self.random, asked, meets=self.happens(0.85), whole=True))
            end = day + timedelta(days=length - 2 * self.happens(0.02))
            # A visit or an era always ends in real data; other events often have no end.
            if not domain.endswith("Era") and domain != "VisitOccurrence" and self.happens(0.35):
                supply = int(row.get("days_supply") or 1)
                return day + timedelta(days=supply)
        row[place.end] = end
        return end

    def _visit(self, person: int, inner: Criterion, day: date) -> int | None:
        """The visit at which an event happened: of the asked type, if one is asked."""
        if not inner.get("VisitType") and self.happens(0.5):
            return None
        wanted = [each["CONCEPT_ID"] for each in inner.get("VisitType") or []]
        visit = self.new_id()
        self.tables["visit_occurrence"].append(
            {
                "visit_occurrence_id": visit,
                "person_id": person,
                "visit_concept_id": self.random.choice(wanted * 4 + list(_VISITS)),
                "visit_start_date": day - timedelta(days=self.random.choice([0, 0, 1, 4])),
                "visit_end_date": day + timedelta(days=self.random.choice([0, 0, 1, 9])),
                "provider_id": self.random.choice(self.providers)["provider_id"],
            }
        )
        return visit

"""A made-up hospital drawn for one cohort definition, so that most persons come near to what it asks.

Each person gets an index event of a primary criterion inside an observation period and then, rule by rule, events
that meet the rule or just miss it: at the edges of windows and ranges, once too often or too seldom, in the wrong
concept, without an end date. The same seed gives the same hospital.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from tests.support.criterion_rows import (
    CONCEPTS,
    COUNTS,
    LENGTHS,
    NUMBERS,
    PLACES,
    STARTS,
    WHOLE,
    Criterion,
    a_day,
    domain_of,
    near,
    within,
)
from tests.support.definition_vocabulary import Vocabulary, vocabulary_for
from tests.support.small_hospitals import Hospital, Row

_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2023, 12, 31)
_GENDERS = (8507, 8532)
_VISITS = (9201, 9202, 9203, 262)
_FAR = 500
_MOST = 6


def hospital_for(expression: dict[str, Any], *, seed: int, persons: int) -> Hospital:
    """The rows of every CDM table that the definition may read."""
    random = Random(seed)
    vocabulary = vocabulary_for(expression["ConceptSets"], random)
    writer = _Writer(random, expression, vocabulary)
    for _ in range(persons):
        _Person(writer).live()
    tables = {name: rows for name, rows in writer.tables.items() if rows}
    for rows in tables.values():
        random.shuffle(rows)
    return tables | vocabulary.rows | {"provider": writer.providers}


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


def _named(expression: dict[str, Any], attribute: str) -> list[Any]:
    return [part[attribute] for part in walk(expression) if part.get(attribute)]


@dataclass(slots=True)
class _Writer:
    """What persons share: the source of chance, the definition, the tables being filled."""

    random: Random
    expression: dict[str, Any]
    vocabulary: Vocabulary
    tables: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    providers: list[Row] = field(init=False)
    criteria: list[Criterion] = field(init=False)
    ages: list[dict[str, Any]] = field(init=False)
    _ids: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        wanted = [
            each["CONCEPT_ID"] for listed in _named(self.expression, "ProviderSpecialty") for each in listed
        ]
        self.providers = [
            {"provider_id": self.new_id(), "specialty_concept_id": each} for each in [*wanted[:4], 38004446]
        ]
        self.criteria = _criteria(self.expression)
        self.ages = [
            age for name in ("Age", "AgeAtStart", "AgeAtEnd") for age in _named(self.expression, name)
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


class _Person:
    """One person: luck is the chance that a single requirement of the definition is met."""

    def __init__(self, writer: _Writer) -> None:
        self.writer, self.random = writer, writer.random
        self.id = writer.new_id()
        self.luck = self.random.choice([1.0, 1.0, 0.95, 0.85, 0.6])
        self.gender = self.random.choice(_GENDERS)
        self.periods: list[tuple[date, date]] = []

    def live(self) -> None:
        """Writes everything about this person."""
        expression = self.writer.expression
        self._draw_periods()
        for number in range(self.random.choice([1, 1, 2, 3])):
            index = self._index_event()
            if number == 0:
                self._draw_person(index[0])
            for rule in self._groups():
                self._meet(rule, index)
            self._draw_exposures(index)
            if (censoring := expression.get("CensoringCriteria")) and self.writer.happens(0.3):
                day = index[0] + timedelta(days=self.random.choice([0, 1, self.random.randint(2, 900)]))
                self._event(self.random.choice(censoring), day)
        for _ in range(0 if self.luck == 1.0 else self.random.randint(0, 5)):
            self._event(
                self.random.choice(self.writer.criteria), self._any_day(), good=self.writer.happens(0.5)
            )
        if self.writer.happens(0.08) and not self._is_dead():
            self._event({"Death": {}}, self._any_day())
        self._repeat_some()

    def _groups(self) -> list[dict[str, Any]]:
        expression = self.writer.expression
        additional = [expression["AdditionalCriteria"]] if expression.get("AdditionalCriteria") else []
        return additional + [rule["expression"] for rule in expression.get("InclusionRules", [])]

    def _draw_periods(self) -> None:
        """One to three periods that do not overlap; now and then none, or one that touches the next."""
        window = self.writer.expression["PrimaryCriteria"]["ObservationWindow"]
        needed = int(window.get("PriorDays") or 0) + int(window.get("PostDays") or 0)
        opens = a_day(self.random, _FIRST_DAY, date(2008, 1, 1))
        for _ in range(self.random.choice([1, 1, 2, 3])):
            length = self.random.choice([needed + self.random.randint(0, 4000), self.random.randint(0, 700)])
            closes = min(opens + timedelta(days=length), _LAST_DAY)
            self.periods.append((opens, closes))
            opens = closes + timedelta(days=self.random.choice([1, 2, self.random.randint(3, 400)]))
            if opens >= _LAST_DAY:
                break
        if self.writer.happens(0.03):
            return
        for start, end in self.periods:
            self.writer.tables["observation_period"].append(
                {
                    "observation_period_id": self.writer.new_id(),
                    "person_id": self.id,
                    "observation_period_start_date": start,
                    "observation_period_end_date": end,
                    "period_type_concept_id": 32817,
                }
            )

    def _draw_person(self, day: date) -> None:
        age = self.random.randint(0, 90)
        if self.writer.ages:
            asked = self.random.choice(self.writer.ages)
            age = int(near(self.random, asked, meets=self.writer.happens(0.7), whole=True))
        if genders := _named(self.writer.expression, "Gender"):
            self.gender = self.random.choice([self.gender, genders[0][0]["CONCEPT_ID"]])
        if self.writer.happens(0.98):
            self.writer.tables["person"].append(
                {
                    "person_id": self.id,
                    "gender_concept_id": self.gender,
                    "year_of_birth": day.year - age,
                    "race_concept_id": 0,
                    "ethnicity_concept_id": 0,
                }
            )

    def _index_event(self) -> tuple[date, date, int | None]:
        primary = self.writer.expression["PrimaryCriteria"]
        criterion = self.random.choice(primary["CriteriaList"])
        window = primary["ObservationWindow"]
        before, after = int(window.get("PriorDays") or 0), int(window.get("PostDays") or 0)
        roomy = [each for each in self.periods if (each[1] - each[0]).days >= before + after]
        start, end = self.random.choice(roomy or self.periods)
        low, high = start + timedelta(days=before), end - timedelta(days=after)
        edges = [low, high, low - timedelta(days=1), high + timedelta(days=1)]
        day = (
            self.random.choice(edges) if self.writer.happens(0.1) else self._fitting_day(criterion, low, high)
        )
        if domain_of(criterion) == "ObservationPeriod":
            return start, end, None
        return self._event(criterion, day)

    def _fitting_day(self, criterion: Criterion, low: date, high: date) -> date:
        """A day that fits what the criterion asks of the date, if one is found soon."""
        inner = criterion[domain_of(criterion)]
        day = a_day(self.random, low, high)
        for _ in range(12):
            asked = [inner[name] for name in STARTS if inner.get(name)]
            if all(within(day, each, date.fromisoformat) for each in asked):
                return day
            day = a_day(self.random, low, high)
        return day

    def _any_day(self) -> date:
        start, end = self.random.choice(self.periods)
        return a_day(self.random, start - timedelta(days=20), end + timedelta(days=20))

    def _is_dead(self) -> bool:
        return any(row["person_id"] == self.id for row in self.writer.tables["death"])

    def _meet(self, group: dict[str, Any], index: tuple[date, date, int | None]) -> None:
        """Events for a group; whether it is met is left to luck, member by member."""
        kind, count = group["Type"], int(group.get("Count") or 0)
        correlated, groups = group.get("CriteriaList", []), group.get("Groups", [])
        members = list(range(len(correlated) + len(groups)))
        wanted = {
            "ALL": len(members),
            "ANY": min(1, len(members)),
            "AT_LEAST": min(count, len(members)),
            "AT_MOST": self.random.randint(0, min(count, len(members))),
        }[kind]
        chosen = set(self.random.sample(members, wanted))
        for at in members:
            good = (at in chosen) is self.writer.happens(self.luck)
            if at < len(correlated):
                self._correlate(correlated[at], index, meets=good)
            elif good:
                self._meet(groups[at - len(correlated)], index)

    def _correlate(self, asked: dict[str, Any], index: tuple[date, date, int | None], *, meets: bool) -> None:
        count, kind = int(asked["Occurrence"]["Count"]), int(asked["Occurrence"]["Type"])
        many = {
            (0, True): count,
            (0, False): self.random.choice([count + 1, max(count - 1, 0)]),
            (1, True): self.random.randint(0, count),
            (1, False): count + 1,
            (2, True): count + self.random.choice([0, 0, 1]),
            (2, False): max(count - 1, 0),
        }[kind, meets]
        for _ in range(min(many, _MOST)):
            self._one_correlated(asked, index)
        if self.writer.happens(0.1):  # one that lies just outside of the window
            self._one_correlated(asked, index, beside=True)

    def _one_correlated(
        self, asked: dict[str, Any], index: tuple[date, date, int | None], *, beside: bool = False
    ) -> None:
        criterion, window = asked["Criteria"], asked.get("StartWindow") or {}
        if domain_of(criterion) == "ObservationPeriod":
            return
        day = self._in_window(window, index, beside=beside)
        end: date | None = None
        if window.get("UseEventEnd"):
            day, end = day - timedelta(days=self.random.choice([0, 1, 5])), day
        if other := asked.get("EndWindow"):
            reached = self._in_window(other, index, beside=False)
            end, day = (reached, min(day, reached)) if other.get("UseEventEnd") else (end, reached)
        visit = index[2] if asked.get("RestrictVisit") and self.writer.happens(0.9) else None
        self._event(criterion, day, end=end, visit=visit)

    def _in_window(
        self, window: dict[str, Any], index: tuple[date, date, int | None], *, beside: bool
    ) -> date:
        anchor = index[1] if window.get("UseIndexEnd") else index[0]
        low, high = self._bound(window.get("Start"), -_FAR), self._bound(window.get("End"), _FAR)
        if low > high:
            low, high = high, low
        if beside:
            offset = self.random.choice([low - 1, high + 1])
        else:
            offset = self.random.choice([low, high, *[self.random.randint(low, high)] * 3])
        return anchor + timedelta(days=offset)

    def _bound(self, bound: dict[str, Any] | None, far: int) -> int:
        if bound is None:
            return far
        days = bound.get("Days")
        sign = int(bound["Coeff"])
        return sign * (abs(far) if days is None else int(days))

    def _event(
        self,
        criterion: Criterion,
        day: date,
        *,
        end: date | None = None,
        visit: int | None = None,
        good: bool = True,
    ) -> tuple[date, date, int | None]:
        """Writes one event of the criterion and what it demands of other events; gives start, end, visit."""
        domain = domain_of(criterion)
        inner, place = criterion[domain], PLACES[domain]
        if domain == "Death" and self._is_dead():
            return day, day + timedelta(days=1), None
        row: Row = {"person_id": self.id, place.start: day}
        if place.key:
            row[place.key] = self.writer.new_id()
        self._fill_concepts(row, domain, inner, good=good)
        self._fill_values(row, domain, inner)
        closes = self._fill_end(row, domain, inner, day, end)
        visit = row.get("visit_occurrence_id") or visit
        if domain not in (
            "VisitOccurrence",
            "ConditionEra",
            "DrugEra",
            "DoseEra",
            "Death",
            "Specimen",
            "Episode",
        ):
            if domain != "PayerPlanPeriod":
                visit = visit or self._visit(inner, day)
                row["visit_occurrence_id"] = visit
        self.writer.tables[place.table].append(row)
        if nested := inner.get("CorrelatedCriteria"):
            self._meet(nested, (day, closes, visit))
        return day, closes, visit

    def _fill_concepts(self, row: Row, domain: str, inner: Criterion, *, good: bool) -> None:
        place, vocabulary = PLACES[domain], self.writer.vocabulary
        if place.concept is None:
            return
        pick = vocabulary.a_member if good and self.writer.happens(0.97) else vocabulary.a_stranger
        if inner.get("CodesetId") is not None or not any(name.endswith("SourceConcept") for name in inner):
            row[place.concept] = pick(self.random, inner.get("CodesetId"))
        source = next((inner[name] for name in inner if name.endswith("SourceConcept")), None)
        if place.source and isinstance(source, int):
            row[place.source] = pick(self.random, source)
        for name, column in CONCEPTS.items():
            if listed := inner.get(name):
                met = self.writer.happens(0.9)
                chosen: int | None = self.random.choice(listed)["CONCEPT_ID"] if met else None
                row[column] = chosen if met or self.writer.happens(0.5) else 0

    def _fill_values(self, row: Row, domain: str, inner: Criterion) -> None:
        for name, column in NUMBERS.items():
            if asked := inner.get(name):
                number = near(self.random, asked, meets=self.writer.happens(0.9), whole=column in WHOLE)
                row[column] = int(number) if column in WHOLE else number
        if (asked := inner.get("OccurrenceCount")) and domain in COUNTS:
            row[COUNTS[domain]] = int(near(self.random, asked, meets=self.writer.happens(0.7), whole=True))
        for name, column in (("RangeLowRatio", "range_low"), ("RangeHighRatio", "range_high")):
            if asked := inner.get(name):
                limit = self.random.choice([1.0, 2.0, 0.0, 40.0])
                ratio = near(self.random, asked, meets=self.writer.happens(0.8))
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
                    length = int(near(self.random, asked, meets=self.writer.happens(0.85), whole=True))
            end = day + timedelta(days=length - 2 * self.writer.happens(0.02))
            # A visit or an era always ends in real data; other events often have no end.
            if not domain.endswith("Era") and domain != "VisitOccurrence" and self.writer.happens(0.35):
                supply = int(row.get("days_supply") or 1)
                return day + timedelta(days=supply)
        row[place.end] = end
        return end

    def _visit(self, inner: Criterion, day: date) -> int | None:
        """The visit at which an event happened: of the asked type, if one is asked."""
        if not inner.get("VisitType") and self.writer.happens(0.5):
            return None
        wanted = [each["CONCEPT_ID"] for each in inner.get("VisitType") or []]
        visit = self.writer.new_id()
        self.writer.tables["visit_occurrence"].append(
            {
                "visit_occurrence_id": visit,
                "person_id": self.id,
                "visit_concept_id": self.random.choice(wanted * 4 + list(_VISITS)),
                "visit_start_date": day - timedelta(days=self.random.choice([0, 0, 1, 4])),
                "visit_end_date": day + timedelta(days=self.random.choice([0, 0, 1, 9])),
                "provider_id": self.random.choice(self.writer.providers)["provider_id"],
            }
        )
        return visit

    def _draw_exposures(self, index: tuple[date, date, int | None]) -> None:
        """For an end strategy by drug: exposures one after another, with gaps around the allowed one."""
        strategy = (self.writer.expression.get("EndStrategy") or {}).get("CustomEra")
        if not strategy or self.writer.happens(0.3):
            return
        gap, day = (
            int(strategy.get("GapDays") or 0),
            index[0] + timedelta(days=self.random.choice([0, 0, -3, 2])),
        )
        criterion = {"DrugExposure": {"CodesetId": strategy["DrugCodesetId"]}}
        for _ in range(self.random.randint(1, 4)):
            _, end, _ = self._event(criterion, day)
            day = end + timedelta(days=self.random.choice([0, max(gap - 1, 0), gap, gap + 1, gap + 2]))

    def _repeat_some(self) -> None:
        """A few events are recorded twice on one day, under two ids."""
        if not self.writer.happens(0.15):
            return
        for domain in ("ConditionOccurrence", "DrugExposure", "Measurement"):
            place = PLACES[domain]
            own = [row for row in self.writer.tables[place.table] if row["person_id"] == self.id]
            if own and place.key:
                again = self.random.choice(own)
                self.writer.tables[place.table].append(again | {place.key: self.writer.new_id()})

"""A made-up hospital drawn for one cohort definition, so that most persons come near to what it asks.

Each person gets an index event of a primary criterion inside an observation period and then, rule by rule,
events that meet the rule or just miss it: at the edges of windows and ranges, once too often or too seldom,
in the wrong concept, without an end date. The same seed gives the same hospital.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from tests.support.criterion_rows import PLACES, STARTS, Criterion, a_day, domain_of, near, within
from tests.support.definition_events import EventWriter, Happened, in_window, named
from tests.support.definition_vocabulary import vocabulary_for
from tests.support.small_hospitals import Hospital

_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2025, 12, 31)
_GENDERS = (8507, 8532)
_MOST = 6


def hospital_for(expression: dict[str, Any], *, seed: int, persons: int) -> Hospital:
    """The rows of every CDM table that the definition may read."""
    random = Random(seed)
    vocabulary = vocabulary_for(expression["ConceptSets"], random)
    writer = EventWriter(random, expression, vocabulary)
    for _ in range(persons):
        _Person(writer).live()
    tables = {name: rows for name, rows in writer.tables.items() if rows}
    for rows in tables.values():
        random.shuffle(rows)
    return tables | vocabulary.rows | {"provider": writer.providers}


class _Person:
    """One person: luck is the chance that a single requirement of the definition is met."""

    def __init__(self, writer: EventWriter) -> None:
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
                self._draw_person(index.start)
            for rule in self._groups():
                self._meet(rule, index)
            self._draw_exposures(index)
            if (censoring := expression.get("CensoringCriteria")) and self.writer.happens(0.3):
                day = index.start + timedelta(days=self.random.choice([0, 1, self.random.randint(2, 900)]))
                self._event(self.random.choice(censoring), day)
        for _ in range(0 if self.luck == 1.0 else self.random.randint(0, 5)):
            self._event(
                self.random.choice(self.writer.criteria), self._any_day(), good=self.writer.happens(0.5)
            )
        if self.writer.happens(0.08):
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
        opens = self._opening(needed)
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

    def _opening(self, needed: int) -> date:
        """The first day: any, or one shortly before a day that the definition names."""
        if not self.writer.days or self.writer.happens(0.2):
            return a_day(self.random, _FIRST_DAY, date(2008, 1, 1))
        named_day = self.random.choice(self.writer.days)
        return max(_FIRST_DAY, named_day - timedelta(days=self.random.randint(0, needed + 300)))

    def _draw_person(self, day: date) -> None:
        age = self.random.randint(0, 90)
        if self.writer.ages:
            asked = self.random.choice(self.writer.ages)
            age = int(near(self.random, asked, meets=self.writer.happens(0.7), whole=True))
        if genders := named(self.writer.expression, "Gender"):
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

    def _index_event(self) -> Happened:
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
            return Happened(start, end, None)
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

    def _meet(self, group: dict[str, Any], index: Happened) -> None:
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

    def _correlate(self, asked: dict[str, Any], index: Happened, *, meets: bool) -> None:
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

    def _one_correlated(self, asked: dict[str, Any], index: Happened, *, beside: bool = False) -> None:
        criterion, window = asked["Criteria"], asked.get("StartWindow") or {}
        if domain_of(criterion) == "ObservationPeriod":
            return
        day = in_window(self.random, window, index, beside=beside)
        end: date | None = None
        if window.get("UseEventEnd"):
            day, end = day - timedelta(days=self.random.choice([0, 1, 5])), day
        if other := asked.get("EndWindow"):
            reached = in_window(self.random, other, index)
            end, day = (reached, min(day, reached)) if other.get("UseEventEnd", True) else (end, reached)
        visit = index.visit if asked.get("RestrictVisit") and self.writer.happens(0.9) else None
        self._event(criterion, day, end=end, visit=visit)

    def _event(
        self,
        criterion: Criterion,
        day: date,
        *,
        end: date | None = None,
        visit: int | None = None,
        good: bool = True,
    ) -> Happened:
        """One event, and what its criterion demands of other events around it."""
        happened = self.writer.write(self.id, criterion, day, end=end, visit=visit, good=good)
        if nested := criterion[domain_of(criterion)].get("CorrelatedCriteria"):
            self._meet(nested, happened)
        return happened

    def _draw_exposures(self, index: Happened) -> None:
        """For an end strategy by drug: exposures one after another, with gaps around the allowed one."""
        strategy = (self.writer.expression.get("EndStrategy") or {}).get("CustomEra")
        if not strategy or self.writer.happens(0.3):
            return
        gap, day = (
            int(strategy.get("GapDays") or 0),
            index.start + timedelta(days=self.random.choice([0, 0, -3, 2])),
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

"""Writes cohort definitions in plain words: who enters, then one rule after another, as Circe JSON.

    cohort(
        everyone(),
        rule("Age 50 or more", age_at_least(50)),
        rule("Type 2 diabetes", has_condition([201826], include_descendants=True)),
    )

The result is the JSON that ATLAS reads and writes; a definition made in ATLAS serves just as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from pydantic import JsonValue

from onggi.spec.circe.plan import GroupType
from onggi.spec.circe.write import (
    Concepts,
    ConceptSetTable,
    Item,
    Json,
    Member,
    Slot,
    concepts_json,
    group_json,
    range_json,
    window_json,
)
from onggi.spec.variables import Window

RecordDomain = Literal[
    "ConditionOccurrence",
    "DrugExposure",
    "Measurement",
    "Observation",
    "ProcedureOccurrence",
    "VisitOccurrence",
]
NumberOp = Literal["lt", "lte", "eq", "gt", "gte", "bt"]
EVER = Window(start_days=None, end_days=None)
"""Any time within the person's observation period."""


@dataclass(frozen=True, slots=True)
class Records:
    """Records of some concepts, `at_least` (or `exactly` none) of them in a window around the entry."""

    slot: ClassVar[Slot] = "CriteriaList"
    domain: RecordDomain
    concepts: tuple[int, ...]
    include_descendants: bool = False
    value_concepts: tuple[int, ...] = ()
    value: tuple[NumberOp, float, float | None] | None = None
    units: tuple[int, ...] = ()
    first: bool = False
    window: Window = EVER
    occurrence: tuple[Literal[0, 1, 2], int] = (2, 1)

    def __post_init__(self) -> None:
        if not self.concepts:
            raise ValueError("records of no concept would silently match nobody")

    def as_criterion(self, sets: ConceptSetTable) -> Json:
        """The records themselves, without window and count."""
        items = tuple(Item(each, descendants=self.include_descendants) for each in self.concepts)
        inner: Json = {"CodesetId": sets.id_of(Concepts(None, items))}
        if self.first:
            inner["First"] = True
        if self.value_concepts:
            inner["ValueAsConcept"] = concepts_json(self.value_concepts)
        if self.value is not None:
            inner["ValueAsNumber"] = range_json(*self.value)
        if self.units:
            inner["Unit"] = concepts_json(self.units)
        return {self.domain: inner}

    def as_member(self, sets: ConceptSetTable) -> Json:
        """The records in their window, counted."""
        kind, count = self.occurrence
        return {
            "Criteria": self.as_criterion(sets),
            "StartWindow": window_json(self.window.start_days, self.window.end_days),
            "Occurrence": {"Type": kind, "Count": count},
        }


@dataclass(frozen=True, slots=True)
class Person:
    """Age in whole years at entry, or gender."""

    slot: ClassVar[Slot] = "DemographicCriteriaList"
    age: tuple[NumberOp, int, int | None] | None = None
    gender: tuple[int, ...] = ()

    def as_member(self, sets: ConceptSetTable) -> Json:  # noqa: ARG002 - a person has no concept set
        """The demographic condition."""
        found: Json = {}
        if self.age is not None:
            found["Age"] = range_json(*self.age)
        if self.gender:
            found["Gender"] = concepts_json(self.gender)
        return found


@dataclass(frozen=True, slots=True)
class Several:
    """Members of which all, any, at least or at most so many must hold."""

    slot: ClassVar[Slot] = "Groups"
    kind: GroupType
    members: tuple[Member, ...]
    count: int | None = None

    def __post_init__(self) -> None:
        if not self.members:
            raise ValueError("a group of nothing would always hold")
        if self.count is not None and not 0 <= self.count <= len(self.members):
            raise ValueError(f"{self.count} of {len(self.members)} conditions cannot be asked")

    def as_member(self, sets: ConceptSetTable) -> Json:
        """The group."""
        return group_json(self.kind, self.members, sets, count=self.count)


@dataclass(frozen=True, slots=True)
class NamedRule:
    """One line of the attrition funnel."""

    name: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """What lets a person in: the start of observation (`records` None), or a record of some concepts."""

    records: Records | None
    prior_days: int = 0


def everyone(*, prior_days: int = 0) -> Entry:
    """Everybody, from the first day of observation."""
    return Entry(None, prior_days)


def first_record(records: Records, *, prior_days: int = 0) -> Entry:
    """Whoever has such a record, from the first one on; `prior_days` of observation must lie before it."""
    return Entry(replace(records, first=True), prior_days)


def rule(name: str, *members: Member) -> NamedRule:
    """A rule of that name: all members must hold. Missing does not satisfy."""
    return NamedRule(name, members)


def age_at_least(years: int) -> Person:
    """At least so many years old in the year of entry."""
    return Person(age=("gte", years, None))


def age_at_most(years: int) -> Person:
    """At most so many years old in the year of entry."""
    return Person(age=("lte", years, None))


def age_between(youngest: int, oldest: int) -> Person:
    """Both ages included."""
    return Person(age=("bt", youngest, oldest))


def gender_is(*concepts: int) -> Person:
    """The recorded gender is one of the concepts."""
    return Person(gender=concepts)


def has_condition(
    concepts: Sequence[int], *, include_descendants: bool = False, window: Window = EVER, at_least: int = 1
) -> Records:
    """At least so many conditions."""
    return Records(
        "ConditionOccurrence", tuple(concepts), include_descendants, window=window, occurrence=(2, at_least)
    )


def has_drug(
    concepts: Sequence[int], *, include_descendants: bool = False, window: Window = EVER, at_least: int = 1
) -> Records:
    """At least so many drug exposures."""
    return Records(
        "DrugExposure", tuple(concepts), include_descendants, window=window, occurrence=(2, at_least)
    )


def has_procedure(
    concepts: Sequence[int], *, include_descendants: bool = False, window: Window = EVER, at_least: int = 1
) -> Records:
    """At least so many procedures."""
    return Records(
        "ProcedureOccurrence", tuple(concepts), include_descendants, window=window, occurrence=(2, at_least)
    )


def has_visit(
    concepts: Sequence[int], *, include_descendants: bool = False, window: Window = EVER, at_least: int = 1
) -> Records:
    """At least so many visits."""
    return Records(
        "VisitOccurrence", tuple(concepts), include_descendants, window=window, occurrence=(2, at_least)
    )


def has_measurement(
    concepts: Sequence[int],
    *,
    value: tuple[NumberOp, float, float | None] | None = None,
    value_concepts: Sequence[int] = (),
    units: Sequence[int] = (),
    include_descendants: bool = False,
    window: Window = EVER,
    at_least: int = 1,
) -> Records:
    """At least so many measurements, with a number such as ``("gte", 140, None)`` or a recorded value."""
    return Records(
        "Measurement",
        tuple(concepts),
        include_descendants,
        tuple(value_concepts),
        value,
        tuple(units),
        window=window,
        occurrence=(2, at_least),
    )


def has_observation(
    concepts: Sequence[int],
    value_concepts: Sequence[int] = (),
    *,
    value: tuple[NumberOp, float, float | None] | None = None,
    include_descendants: bool = False,
    window: Window = EVER,
    at_least: int = 1,
) -> Records:
    """At least so many observations, with one of the recorded values where some are given."""
    return Records(
        "Observation",
        tuple(concepts),
        include_descendants,
        tuple(value_concepts),
        value,
        window=window,
        occurrence=(2, at_least),
    )


def has_no(records: Records) -> Records:
    """Not a single such record in its window."""
    return replace(records, occurrence=(0, 0))


def all_of(*members: Member) -> Several:
    """Every member holds."""
    return Several("ALL", members)


def any_of(*members: Member) -> Several:
    """At least one member holds."""
    return Several("ANY", members)


def at_least(count: int, *members: Member) -> Several:
    """At least so many members hold."""
    return Several("AT_LEAST", members, count)


def at_most(count: int, *members: Member) -> Several:
    """At most so many members hold."""
    return Several("AT_MOST", members, count)


def cohort(entry: Entry, *rules: NamedRule) -> Json:
    """The Circe expression: equal arguments give equal JSON."""
    sets = ConceptSetTable()
    if entry.records is None:
        primary: Json = {"ObservationPeriod": {"First": True}}
    else:
        primary = entry.records.as_criterion(sets)
    inclusion: list[JsonValue] = [
        {"name": each.name, "expression": group_json("ALL", each.members, sets)} for each in rules
    ]
    return {
        "cdmVersionRange": ">=5.0.0",
        "ConceptSets": sets.as_json(),
        "PrimaryCriteria": {
            "CriteriaList": [primary],
            "ObservationWindow": {"PriorDays": entry.prior_days, "PostDays": 0},
            "PrimaryCriteriaLimit": {"Type": "First"},
        },
        "QualifiedLimit": {"Type": "First"},
        "ExpressionLimit": {"Type": "First"},
        "InclusionRules": inclusion,
        "CensoringCriteria": [],
        "CollapseSettings": {"CollapseType": "ERA", "EraPad": 0},
        "CensorWindow": {},
    }

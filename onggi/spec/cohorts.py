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
from typing import Literal, TypeAlias

from pydantic import JsonValue

from onggi.spec.variables import Window

Json: TypeAlias = dict[str, JsonValue]
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


@dataclass(frozen=True, slots=True)
class Person:
    """Age in whole years at entry, or gender."""

    age: tuple[NumberOp, int, int | None] | None = None
    gender: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Several:
    """Members of which all, any, or at least so many must hold."""

    kind: Literal["ALL", "ANY", "AT_LEAST"]
    members: tuple[Member, ...]
    count: int | None = None


Member: TypeAlias = Records | Person | Several


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


def cohort(entry: Entry, *rules: NamedRule) -> Json:
    """The Circe expression: equal arguments give equal JSON."""
    sets = _ConceptSets()
    if entry.records is None:
        primary: Json = {"ObservationPeriod": {"First": True}}
    else:
        primary = _criterion(entry.records, sets)
    inclusion: list[JsonValue] = [
        {"name": each.name, "expression": _group(Several("ALL", each.members), sets)} for each in rules
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


class _ConceptSets:
    """Gives every distinct list of concepts one number, in order of first use."""

    def __init__(self) -> None:
        self._ids: dict[tuple[tuple[int, ...], bool], int] = {}

    def id_of(self, records: Records) -> int:
        return self._ids.setdefault((records.concepts, records.include_descendants), len(self._ids))

    def as_json(self) -> list[JsonValue]:
        return [
            {
                "id": number,
                "name": f"set {number}",
                "expression": {
                    "items": [
                        {
                            "concept": {"CONCEPT_ID": concept},
                            "isExcluded": False,
                            "includeDescendants": below,
                            "includeMapped": False,
                        }
                        for concept in concepts
                    ]
                },
            }
            for (concepts, below), number in self._ids.items()
        ]


def _concepts(concepts: Sequence[int]) -> list[JsonValue]:
    return [{"CONCEPT_ID": each} for each in concepts]


def _range(found: tuple[NumberOp, float, float | None]) -> Json:
    op, value, extent = found
    shown: Json = {"Op": op, "Value": value}
    if extent is not None:
        shown["Extent"] = extent
    return shown


def _criterion(records: Records, sets: _ConceptSets) -> Json:
    inner: Json = {"CodesetId": sets.id_of(records)}
    if records.first:
        inner["First"] = True
    if records.value_concepts:
        inner["ValueAsConcept"] = _concepts(records.value_concepts)
    if records.value is not None:
        inner["ValueAsNumber"] = _range(records.value)
    if records.units:
        inner["Unit"] = _concepts(records.units)
    return {records.domain: inner}


def _bound(days: int | None, *, open_side: int) -> Json:
    if days is None:
        return {"Coeff": open_side}
    return {"Days": abs(days), "Coeff": -1 if days < 0 else 1}


def _correlated(records: Records, sets: _ConceptSets) -> Json:
    kind, count = records.occurrence
    return {
        "Criteria": _criterion(records, sets),
        "StartWindow": {
            "Start": _bound(records.window.start_days, open_side=-1),
            "End": _bound(records.window.end_days, open_side=1),
            "UseEventEnd": False,
        },
        "Occurrence": {"Type": kind, "Count": count},
    }


def _person(person: Person) -> Json:
    found: Json = {}
    if person.age is not None:
        found["Age"] = _range(person.age)
    if person.gender:
        found["Gender"] = _concepts(person.gender)
    return found


def _group(several: Several, sets: _ConceptSets) -> Json:
    criteria: list[JsonValue] = [
        _correlated(each, sets) for each in several.members if isinstance(each, Records)
    ]
    people: list[JsonValue] = [_person(each) for each in several.members if isinstance(each, Person)]
    groups: list[JsonValue] = [_group(each, sets) for each in several.members if isinstance(each, Several)]
    found: Json = {
        "Type": several.kind,
        "CriteriaList": criteria,
        "DemographicCriteriaList": people,
        "Groups": groups,
    }
    return found if several.count is None else found | {"Count": several.count}

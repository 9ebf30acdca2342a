"""Writes a cohort as a sentence: everyone, then one named rule after another.

    everyone().rule("Age 50 or more", age(at_least=50)).rule("Diabetes", has_condition([201826]))

The result is OHDSI Circe JSON; a definition made in ATLAS serves just as well (`from_atlas`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias, cast

from onggi.errors import Refused
from onggi.spec import cohorts as circe
from onggi.spec.builders import cohort as whole
from onggi.spec.circe.write import Json, Member
from onggi.spec.cohorts import (
    Entry,
    NamedRule,
    Person,
    Records,
    all_of,
    any_of,
    at_least,
    at_most,
    gender_is,
    has_condition,
    has_drug,
    has_measurement,
    has_no,
    has_observation,
    has_procedure,
    has_visit,
)

__all__ = [
    "Cohort",
    "Definition",
    "age",
    "all_of",
    "any_of",
    "as_circe",
    "at_least",
    "at_most",
    "everyone",
    "first_record",
    "from_atlas",
    "gender_is",
    "has_condition",
    "has_drug",
    "has_measurement",
    "has_no",
    "has_observation",
    "has_procedure",
    "has_visit",
]


@dataclass(frozen=True, slots=True)
class Definition:
    """A cohort under construction. Every `rule` gives a new one; the old one stays as it was."""

    entry: Entry
    rules: tuple[NamedRule, ...] = ()

    def rule(self, name: str, *members: Member) -> Definition:
        """One more line of the attrition funnel: all members must hold; missing does not satisfy.

        Raises:
            Refused: ``client.cohort_rule`` without members, or with a name that is already used.
        """
        if not members or any(each.name == name for each in self.rules):
            raise Refused("client.cohort_rule", rule=name)
        return replace(self, rules=(*self.rules, NamedRule(name, members)))

    def as_circe(self) -> Json:
        """The Circe expression; equal definitions give equal JSON."""
        return circe.cohort(self.entry, *self.rules)


Cohort: TypeAlias = Definition | whole.Cohort | Mapping[str, object]
"""What every job builder takes: a definition, an `onggi.Cohort`, or the Circe JSON of ATLAS."""


def everyone(*, prior_days: int = 0) -> Definition:
    """Everybody, from the first day of observation."""
    return Definition(circe.everyone(prior_days=prior_days))


def first_record(records: Records, *, prior_days: int = 0) -> Definition:
    """Whoever has such a record, from the first one on."""
    return Definition(circe.first_record(records, prior_days=prior_days))


def age(*, at_least: int | None = None, at_most: int | None = None) -> Person:
    """Whole years at entry, both ends included.

    Raises:
        Refused: ``client.cohort_rule`` where neither end is given, or they leave nobody.
    """
    match at_least, at_most:
        case int(youngest), None:
            return circe.age_at_least(youngest)
        case None, int(oldest):
            return circe.age_at_most(oldest)
        case int(youngest), int(oldest) if youngest <= oldest:
            return circe.age_between(youngest, oldest)
    raise Refused("client.cohort_rule", rule="age")


def from_atlas(text: str) -> Json:
    """A definition exported from ATLAS. What it means is checked when the job is submitted.

    Raises:
        Refused: ``client.file_malformed`` where the text is not a JSON object.
    """
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Refused("client.file_malformed", path="ATLAS JSON", place="")
    return cast("Json", value)


def as_circe(cohort: Cohort) -> Json:
    """The JSON that goes into the specification."""
    if isinstance(cohort, Definition):
        return cohort.as_circe()
    if isinstance(cohort, whole.Cohort):
        return cohort.to_dict()
    return cast("Json", dict(cohort))

"""Says what two jobs about one data set ask alike: the same cohort, parts of its definition, variables.

Two answers about nearly the same persons may tell by subtraction of those in one and not in the other. Each
hospital's own node decides whether they may leave; a checker reads here which earlier answers are close.

* A definition is the same where its canonical JSON is. Its parts are its entry events and its rules.
* A part is compared with the concepts that it names, not with their place in the definition's own list, and
  without the name that somebody gave it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

_REFERS: Final = ("CodesetId", "SourceConcept")
"""Fields of Circe whose whole number is a concept set of the same definition."""
_UNORDERED: Final = "items"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a specification asks, each part by a digest. `variables` tell the name beside the digest."""

    cohorts: frozenset[str]
    entries: frozenset[str]
    rules: frozenset[str]
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What an earlier question has in common with this one. `of_rules`: how many rules this one has.

    `variables` are those of this question that the other one defines alike, by their names here.
    """

    same_cohort: bool
    same_entry: bool
    rules: int
    of_rules: int
    variables: tuple[str, ...]

    @property
    def is_related(self) -> bool:
        """Whether any part of the cohort is the same. Variables alone are of any persons."""
        return self.same_cohort or self.same_entry or self.rules > 0

    @property
    def closeness(self) -> tuple[bool, int, bool, int]:
        """Larger is closer."""
        return (self.same_cohort, self.rules, self.same_entry, len(self.variables))


def question_of(spec: Mapping[str, JsonValue]) -> Question:
    """The parts of a specification in its JSON form; whatever has another form than expected is no part."""
    cohorts = list(_cohorts(spec))
    return Question(
        cohorts=frozenset(_digest(each) for each in cohorts),
        entries=frozenset(each for cohort in cohorts for each in _entries(cohort)),
        rules=frozenset(each for cohort in cohorts for each in _rules(cohort)),
        variables=dict(_variables(spec)),
    )


def shared_of(question: Question, other: Question) -> Shared:
    """What `other` has in common with `question`."""
    return Shared(
        same_cohort=bool(question.cohorts & other.cohorts),
        same_entry=bool(question.entries & other.entries),
        rules=len(question.rules & other.rules),
        of_rules=len(question.rules),
        variables=tuple(name for digest, name in question.variables.items() if digest in other.variables),
    )


def _cohorts(spec: Mapping[str, JsonValue]) -> Iterator[dict[str, JsonValue]]:
    parameters = spec.get("parameters")
    more = parameters.get("cohorts") if isinstance(parameters, dict) else None
    found = [spec.get("cohort"), *(each.get("cohort") for each in _dicts(more))]
    yield from (each for each in found if isinstance(each, dict))


def _entries(cohort: Mapping[str, JsonValue]) -> Iterator[str]:
    if "PrimaryCriteria" in cohort:
        yield _digest(_resolved(cohort["PrimaryCriteria"], _concept_sets(cohort)))


def _rules(cohort: Mapping[str, JsonValue]) -> Iterator[str]:
    sets = _concept_sets(cohort)
    for rule in _dicts(cohort.get("InclusionRules")):
        yield _digest(_resolved(rule.get("expression"), sets))


def _variables(spec: Mapping[str, JsonValue]) -> Iterator[tuple[str, str]]:
    for each in _dicts(spec.get("variables")):
        unnamed = {name: value for name, value in each.items() if name != "name"}
        yield _digest(unnamed), str(each.get("name", ""))


def _dicts(value: JsonValue) -> list[dict[str, JsonValue]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _concept_sets(cohort: Mapping[str, JsonValue]) -> dict[JsonValue, str]:
    found: dict[JsonValue, str] = {}
    for each in _dicts(cohort.get("ConceptSets")):
        number = each.get("id")
        if isinstance(number, int):
            found[number] = _digest(_resolved(each.get("expression"), {}))
    return found


def _resolved(value: JsonValue, sets: Mapping[JsonValue, str], name: str = "") -> JsonValue:
    """The value with concept sets in place of their numbers. A set that is not there keeps its number."""
    if isinstance(value, dict):
        return {key: _resolved(each, sets, key) for key, each in value.items()}
    if isinstance(value, list):
        told = [_resolved(each, sets) for each in value]
        return sorted(told, key=_text) if name == _UNORDERED else told
    if name.endswith(_REFERS) and isinstance(value, int) and value in sets:
        return sets[value]
    return value


def _digest(value: JsonValue) -> str:
    """Of values that were stored in canonical form: sorted keys are all that it takes to compare them."""
    return hashlib.sha256(_text(value).encode()).hexdigest()


def _text(value: JsonValue) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

"""Reads the public phenotype library: what a definition is called, where it belongs, what it looks for."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, NamedTuple, TypeAlias

from tests.support.criterion_rows import PLACES, domain_of
from tests.support.definition_events import walk
from tests.support.shared_data import shared_data

Expression: TypeAlias = dict[str, Any]
Role: TypeAlias = Literal["entry", "rule", "other"]
VISITS = frozenset({"VisitOccurrence", "VisitDetail"})
_DRUG = "DrugExposure"
_RETIRED = ("Withdrawn", "Deprecated")


@dataclass(frozen=True, slots=True)
class Published:
    """One definition of the library: the words of its name, its tags and whether it is still offered."""

    id: int
    words: frozenset[str]
    tags: frozenset[str]
    offered: bool


class Use(NamedTuple):
    """A concept set that a criterion looks for: where, in which part, and what else the criterion asks."""

    domain: str
    codeset: int
    in_source: bool
    role: Role
    asks: dict[str, Any]


def words_of(text: str) -> frozenset[str]:
    """A set of words, written as a text."""
    return frozenset(text.split())


@cache
def library() -> Mapping[int, Published]:
    """Every definition that has a file, by its number."""
    found = {}
    with shared_data("omop", "phenotype-library", "Cohorts.csv").open(
        encoding="utf-8-sig", newline=""
    ) as file:
        for row in csv.DictReader(file):
            number = int(row["cohortId"])
            if (shared_data("omop", "phenotype-library", "cohorts") / f"{number}.json").exists():
                found[number] = Published(
                    number,
                    frozenset(re.findall(r"[a-z]{4,}", row["cohortNameFormatted"].lower())),
                    frozenset(re.findall(r"#\s*([a-z0-9]+)", row["hashTag"].lower())),
                    row["status"] not in _RETIRED,
                )
    return dict(sorted(found.items()))


@cache
def _text(number: int) -> str:
    path = shared_data("omop", "phenotype-library", "cohorts", f"{number}.json")
    return path.read_text(encoding="utf-8")


def read_expression(number: int) -> Expression:
    """The definition as published, in a copy of the caller's own."""
    found: Expression = json.loads(_text(number))
    return found


def uses(expression: Expression) -> Iterator[Use]:
    """Every concept set that a criterion looks for, in the order of the definition."""
    for criterion in expression["PrimaryCriteria"]["CriteriaList"]:
        yield from _uses_in(criterion, "entry")
    rules = [expression.get("AdditionalCriteria"), *expression.get("InclusionRules", [])]
    for rule in rules:
        yield from _uses_in(rule, "rule")
    for criterion in expression.get("CensoringCriteria") or []:
        yield from _uses_in(criterion, "other")
    era = (expression.get("EndStrategy") or {}).get("CustomEra")
    if era:
        yield Use(_DRUG, int(era["DrugCodesetId"]), False, "other", {})


def _uses_in(part: Any, role: Role) -> Iterator[Use]:
    """What an index event demands of other events around it is sought as an entry event is."""
    for each in walk(part):
        for domain in sorted(PLACES.keys() & each.keys()):
            if isinstance(each[domain], dict):
                yield from _own_uses({domain: each[domain]}, role)


def _own_uses(criterion: dict[str, Any], role: Role) -> Iterator[Use]:
    domain = domain_of(criterion)
    asks = criterion[domain]
    if asks.get("CodesetId") is not None:
        yield Use(domain, int(asks["CodesetId"]), False, role, asks)
    for name, value in asks.items():
        if name.endswith("SourceConcept") and isinstance(value, int):
            yield Use(domain, value, True, role, asks)


def own_uses(criterion: dict[str, Any]) -> list[Use]:
    """The concept sets of one criterion itself."""
    return list(_own_uses(criterion, "rule"))


def concept_items(expression: Expression) -> dict[int, list[dict[str, Any]]]:
    """codeset -> its lines."""
    return {each["id"]: each["expression"]["items"] for each in expression["ConceptSets"]}


def included_concepts(expression: Expression, codeset: int) -> frozenset[int]:
    """The concepts that a set names and does not exclude."""
    items = concept_items(expression).get(codeset, [])
    return frozenset(int(each["concept"]["CONCEPT_ID"]) for each in items if not each.get("isExcluded"))


def clinical_concepts(expression: Expression) -> frozenset[int]:
    """Every concept that the definition looks for in records other than visits."""
    found: frozenset[int] = frozenset()
    for use in uses(expression):
        if use.domain not in VISITS:
            found |= included_concepts(expression, use.codeset)
    return found

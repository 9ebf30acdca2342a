"""Lists what a cohort definition names, so that a permit can say which concepts may be asked about."""

from __future__ import annotations

from collections.abc import Mapping

from analysis_jobs.cohort.cdm_tables import CRITERION_TABLES
from analysis_jobs.cohort.circe import read_cohort


def concepts_of(expression: Mapping[str, object]) -> frozenset[int]:
    """Every concept of every concept set that a criterion uses, excluded ones included.

    With descendants, the concept named stands for its descendants: see `concepts_with_descendants_of`.
    """
    plan = read_cohort(expression)
    return frozenset(item.concept for each in plan.concept_sets for item in each.items)


def concepts_with_descendants_of(expression: Mapping[str, object]) -> frozenset[int]:
    """The concepts that also mean all their descendants."""
    plan = read_cohort(expression)
    return frozenset(item.concept for each in plan.concept_sets for item in each.items if item.descendants)


def value_concepts_of(expression: Mapping[str, object]) -> frozenset[int]:
    """Concepts asked about as a recorded value, a unit or a gender."""
    plan = read_cohort(expression)
    found: set[int] = set()
    for criterion in plan.criteria():
        found |= {*criterion.value_as_concept, *criterion.unit, *criterion.gender}
    for demographic in plan.demographics():
        found |= set(demographic.gender)
    return frozenset(found)


def whole_domains_of(expression: Mapping[str, object]) -> frozenset[str]:
    """CDM tables of which any record counts, because a criterion names no concept set."""
    plan = read_cohort(expression)
    return frozenset(CRITERION_TABLES[each.domain].name for each in plan.criteria() if each.codeset is None)

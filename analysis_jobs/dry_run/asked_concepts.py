"""Finds the concepts that a job asks for, so that a twin whose card lacks them gets practice records of them.

A card tells the frequent concepts alone. Without practice records a job on rarer ones would find nobody, and
the dry run would say nothing about its statistic.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, get_args

from analysis_jobs.cohort.cdm_tables import CRITERION_TABLES
from analysis_jobs.variables.meaning import RECORD_TABLES
from catalog.bands import count_band, value_band
from catalog.dataset_card import ConceptCard, NumberCard, RecordTableName
from onggi.spec.circe.plan import CohortPlan, ConceptIs, Criterion, NumberIs
from onggi.spec.job import JobSpec
from onggi.spec.outcomes import Outcome
from onggi.spec.variables import Domain, Variable

_MOST: Final = 200
_OF_A_SET: Final = 3
_TABLES: Final = frozenset(get_args(RecordTableName))
_RECORDS_OF: Final = {"condition_era": "condition_occurrence", "drug_era": "drug_exposure"}
_SPREAD: Final = (0.30, 0.40, 0.50, 0.60, 0.70)
_MEASURED, _HAPPENED = 0.9, 0.4
"""What is measured has nearly everybody, so that complete cases are many; what happens has some."""
_LARGEST_ID: Final = 2**53
_OF_NUMBERS: Final = frozenset({"first", "last", "mean", "minimum", "maximum", "sum"})


@dataclass(frozen=True, slots=True)
class Asked:
    """One concept of one table, as the job asks for it: its unit and range, or its answers."""

    table: str
    concept: int
    unit: int | None = None
    low: float | None = None
    high: float | None = None
    answers: tuple[int, ...] = ()

    @property
    def share(self) -> float:
        """How many persons have it."""
        return _MEASURED if self.table in ("measurement", "observation") else _HAPPENED

    def as_card(self) -> ConceptCard:
        """What is drawn for it."""
        numbers: tuple[NumberCard, ...] = ()
        if self.low is not None and self.high is not None:
            bands = tuple(value_band(self.low + (self.high - self.low) * share) for share in _SPREAD)
            numbers = (
                NumberCard.model_validate({"unit": self.unit, "persons": count_band(50), "bands": bands}),
            )
        percent = max(5, 100 // max(len(self.answers), 1) // 5 * 5)
        return ConceptCard.model_validate(
            {
                "table": self.table,
                "concept": self.concept,
                "persons": count_band(50),
                "records_each": count_band(1),
                "numbers": numbers,
                "answers": [{"concept": each, "percent": percent} for each in self.answers[:100]],
            }
        )


def asked_concepts(spec: JobSpec, plans: Iterable[CohortPlan]) -> list[Asked]:
    """Each table and concept once; a variable's range and answers come before a criterion's."""
    found: dict[tuple[str, int], Asked] = {}
    of_cohorts = (each for plan in plans for each in _of_cohort(plan))
    for each in (*_of_variables(spec.variables), *_of_outcomes(spec.outcomes), *of_cohorts):
        if each.table in _TABLES and 0 < abs(each.concept) < _LARGEST_ID:
            known = found.setdefault((each.table, each.concept), each)
            if known is not each:
                found[each.table, each.concept] = _merged(known, each)
    return list(found.values())[:_MOST]


def _merged(one: Asked, other: Asked) -> Asked:
    numbers = one if one.low is not None else other
    answers = tuple(dict.fromkeys((*one.answers, *other.answers)))
    return Asked(one.table, one.concept, numbers.unit, numbers.low, numbers.high, answers)


def _of_variables(variables: Iterable[Variable]) -> Iterable[Asked]:
    for variable in variables:
        table = RECORD_TABLES.get(variable.domain)
        if table is None:
            continue
        ranged = variable.kind == "number" and table.has_values and variable.summary in _OF_NUMBERS
        for concept in variable.concepts:
            yield Asked(
                _recorded_in(variable.domain),
                concept,
                variable.unit,
                variable.low if ranged else None,
                variable.high if ranged else None,
                variable.levels,
            )


def _of_outcomes(outcomes: Iterable[Outcome]) -> Iterable[Asked]:
    for outcome in outcomes:
        for event in (outcome.event, *outcome.competing):
            for concept in event.concepts:
                yield Asked(_recorded_in(event.domain), concept)


def _recorded_in(domain: Domain) -> str:
    name = RECORD_TABLES[domain].name
    return _RECORDS_OF.get(name, name)


def _of_cohort(plan: CohortPlan) -> Iterable[Asked]:
    members = {
        each.id: [item.concept for item in each.items if not item.excluded][:_OF_A_SET]
        for each in plan.concept_sets
    }
    for criterion in plan.criteria():
        name = CRITERION_TABLES[criterion.domain].name
        for codeset in (criterion.codeset, criterion.source_codeset):
            for concept in members.get(codeset, ()) if codeset is not None else ():
                yield _of_criterion(criterion, _RECORDS_OF.get(name, name), concept)


def _of_criterion(criterion: Criterion, table: str, concept: int) -> Asked:
    unit: int | None = None
    value: float | None = None
    answers: tuple[int, ...] = ()
    for condition in criterion.conditions:
        column = getattr(getattr(condition, "subject", None), "name", None)
        if isinstance(condition, ConceptIs) and not condition.excluded:
            if column == "value_as_concept_id":
                answers = condition.concepts
            elif column == "unit_concept_id" and condition.concepts:
                unit = condition.concepts[0]
        elif isinstance(condition, NumberIs) and column == "value_as_number":
            value = condition.range.value
    if value is None or not abs(value) < 1e9:
        return Asked(table, concept, unit, None, None, answers)
    # Around the number that is compared with, so that some lie on either side of it.
    reach = max(abs(value), 1.0)
    return Asked(table, concept, unit, value - reach, value + reach, answers)

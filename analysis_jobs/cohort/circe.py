"""Reads an OHDSI Circe cohort definition (the JSON that ATLAS writes) into a plan, or names what it cannot.

* What is not supported is refused by attribute and place (``cohort.unsupported``), never ignored.
* The end of a cohort episode is outside an Onggi answer: `EndStrategy.DateOffset` and `CollapseSettings`
  are read and kept, and do not move an entry. An event whose recorded end lies before its start still
  enters (Circe would drop it under an end-date strategy).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, cast, get_args

from analysis_jobs.cohort.criteria import read_concept, read_criteria, read_group
from analysis_jobs.cohort.plan import CohortPlan, ConceptItem, ConceptSet, Group, Limit, Rule
from analysis_jobs.cohort.strict_json import (
    Fields,
    read_bool,
    read_text,
    read_whole,
    refuse_contradictory,
    refuse_malformed,
    refuse_unsupported,
)

ExitField = Literal["StartDate", "EndDate"]


def read_cohort(expression: Mapping[str, object]) -> CohortPlan:
    """The plan of a Circe expression.

    Raises:
        Refused: ``cohort.unsupported`` (attribute, place), ``cohort.contradictory`` (problem, place) or
            ``cohort.malformed`` (expected, place).
    """
    fields = Fields(expression, "$")
    fields.describe("cdmVersionRange", "Title")
    concept_sets = fields.each("ConceptSets", _read_concept_set)
    primary = fields.required("PrimaryCriteria", Fields)
    criteria = primary.required("CriteriaList", read_criteria)
    prior_days, post_days = primary.required("ObservationWindow", _read_observation_window)
    primary_limit = primary.required("PrimaryCriteriaLimit", _read_limit)
    primary.close()
    fields.optional("CensorWindow", _read_nothing)
    plan = CohortPlan(
        concept_sets=concept_sets,
        primary=criteria,
        prior_days=prior_days,
        post_days=post_days,
        primary_limit=primary_limit,
        additional=fields.optional("AdditionalCriteria", read_group),
        qualified_limit=fields.optional("QualifiedLimit", _read_limit) or "FIRST",
        rules=fields.each("InclusionRules", _read_rule),
        expression_limit=fields.optional("ExpressionLimit", _read_limit) or "FIRST",
        exit_offset=fields.optional("EndStrategy", _read_exit),
        era_pad=fields.optional("CollapseSettings", _read_collapse) or 0,
    )
    fields.close()
    return _with_used_concept_sets(plan)


def _read_nothing(value: object, place: str) -> None:
    """An object that must be empty."""
    Fields(value, place).close()


def _read_limit(value: object, place: str) -> Limit:
    fields = Fields(value, place)
    text = (fields.optional("Type", read_text) or "FIRST").upper()
    fields.close()
    if text not in get_args(Limit):
        refuse_unsupported(text, place)
    return cast(Limit, text)


def _read_observation_window(value: object, place: str) -> tuple[int, int]:
    fields = Fields(value, place)
    prior = fields.optional("PriorDays", read_whole) or 0
    post = fields.optional("PostDays", read_whole) or 0
    fields.close()
    if prior < 0 or post < 0:
        refuse_malformed("days >= 0", place)
    return prior, post


def _read_item(value: object, place: str) -> ConceptItem:
    fields = Fields(value, place)
    fields.only_false("includeMapped")
    item = ConceptItem(
        concept=fields.required("concept", read_concept),
        excluded=fields.optional("isExcluded", read_bool) or False,
        descendants=fields.optional("includeDescendants", read_bool) or False,
    )
    fields.close()
    return item


def _read_concept_set(value: object, place: str) -> ConceptSet:
    fields = Fields(value, place)
    found = fields.required("id", read_whole)
    fields.describe("name")
    inner = fields.required("expression", Fields)
    items = inner.each("items", _read_item)
    inner.close()
    fields.close()
    return ConceptSet(found, items)


def _read_rule(value: object, place: str) -> Rule:
    fields = Fields(value, place)
    name = fields.optional("name", read_text) or ""
    fields.describe("description")
    group: Group = fields.required("expression", read_group)
    fields.close()
    return Rule(name, group)


def _read_exit(value: object, place: str) -> tuple[ExitField, int] | None:
    fields = Fields(value, place)
    found = fields.optional("DateOffset", _read_date_offset)
    fields.close()
    return found


def _read_date_offset(value: object, place: str) -> tuple[ExitField, int]:
    fields = Fields(value, place)
    field = fields.required("DateField", read_text)
    offset = fields.required("Offset", read_whole)
    fields.close()
    if field not in get_args(ExitField):
        refuse_unsupported(field, place)
    if offset < 0:
        refuse_contradictory("Offset < 0: the exit would lie before the entry", place)
    return cast(ExitField, field), offset


def _read_collapse(value: object, place: str) -> int:
    fields = Fields(value, place)
    kind = fields.optional("CollapseType", read_text) or "ERA"
    pad = fields.optional("EraPad", read_whole) or 0
    fields.close()
    if kind != "ERA":
        refuse_unsupported(kind, place)
    if pad < 0:
        refuse_malformed("days >= 0", place)
    return pad


def _with_used_concept_sets(plan: CohortPlan) -> CohortPlan:
    """Keeps the concept sets that a criterion uses; an unknown or twice-defined one is a contradiction."""
    by_id: dict[int, ConceptSet] = {}
    for concept_set in plan.concept_sets:
        if concept_set.id in by_id:
            refuse_contradictory(f"two concept sets have id {concept_set.id}", "$.ConceptSets")
        by_id[concept_set.id] = concept_set
    used = {criterion.codeset for criterion in plan.criteria() if criterion.codeset is not None}
    if unknown := sorted(used - by_id.keys()):
        refuse_contradictory(f"CodesetId {unknown[0]} is not among the ConceptSets", "$.ConceptSets")
    kept = tuple(each for each in plan.concept_sets if each.id in used)
    return replace(plan, concept_sets=kept)

"""Reads an OHDSI Circe cohort definition (the JSON that ATLAS writes) into a plan, or names what it cannot.

What is not supported is refused by attribute and place (``cohort.unsupported``), never ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast, get_args

from onggi.spec.circe.conditions import read_concept
from onggi.spec.circe.criteria import read_criteria, read_period
from onggi.spec.circe.groups import read_days, read_group
from onggi.spec.circe.plan import (
    CohortPlan,
    ConceptItem,
    ConceptSet,
    Criterion,
    DrugEraExit,
    Group,
    Limit,
    OffsetExit,
    Rule,
    Side,
)
from onggi.spec.circe.strict_json import (
    Fields,
    read_bool,
    read_text,
    read_whole,
    refuse_contradictory,
    refuse_malformed,
    refuse_unsupported,
)

MAXIMUM_RULES = 62
"""As many as fit into the bits of one signed 64-bit number, in which the rules met are kept."""
_SIDES: dict[str, Side] = {"StartDate": "start", "EndDate": "end"}


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
    criteria = primary.required("CriteriaList", _read_all)
    prior_days, post_days = primary.required("ObservationWindow", _read_observation_window)
    primary_limit = primary.required("PrimaryCriteriaLimit", _read_limit)
    primary.close()
    earliest, latest = fields.optional("CensorWindow", read_period) or (None, None)
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
        exit=fields.optional("EndStrategy", _read_exit),
        censoring=fields.optional("CensoringCriteria", _read_censoring) or (),
        era_pad=fields.optional("CollapseSettings", _read_collapse) or 0,
        earliest=earliest,
        latest=latest,
    )
    fields.close()
    if len(plan.rules) > MAXIMUM_RULES:
        refuse_unsupported(f"more than {MAXIMUM_RULES} rules", "$.InclusionRules")
    return _with_used_concept_sets(plan)


def _read_all(value: object, place: str) -> tuple[Criterion, ...]:
    return read_criteria(value, place, read_group)


def _read_censoring(value: object, place: str) -> tuple[Criterion, ...]:
    return () if value == [] else _read_all(value, place)


def _read_limit(value: object, place: str) -> Limit:
    fields = Fields(value, place)
    text = (fields.optional("Type", read_text) or "FIRST").upper()
    fields.close()
    if text not in get_args(Limit):
        refuse_unsupported(text, place)
    return cast(Limit, text)


def _read_observation_window(value: object, place: str) -> tuple[int, int]:
    fields = Fields(value, place)
    prior = fields.optional("PriorDays", read_days) or 0
    post = fields.optional("PostDays", read_days) or 0
    fields.close()
    if prior < 0 or post < 0:
        refuse_malformed("days >= 0", place)
    return prior, post


def _read_item(value: object, place: str) -> ConceptItem:
    fields = Fields(value, place)
    item = ConceptItem(
        concept=fields.required("concept", read_concept),
        excluded=fields.optional("isExcluded", read_bool) or False,
        descendants=fields.optional("includeDescendants", read_bool) or False,
        mapped=fields.optional("includeMapped", read_bool) or False,
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


def _read_exit(value: object, place: str) -> OffsetExit | DrugEraExit | None:
    fields = Fields(value, place)
    offset = fields.optional("DateOffset", _read_date_offset)
    era = fields.optional("CustomEra", _read_drug_era)
    fields.close()
    if offset is not None and era is not None:
        refuse_contradictory("two end strategies", place)
    return offset or era


def _read_date_offset(value: object, place: str) -> OffsetExit:
    fields = Fields(value, place)
    field = fields.required("DateField", read_text)
    days = fields.required("Offset", read_days)
    fields.close()
    if field not in _SIDES:
        refuse_unsupported(field, place)
    if days < 0 and _SIDES[field] == "start":
        refuse_contradictory("Offset < 0: the exit would lie before the entry", place)
    return OffsetExit(_SIDES[field], days)


def _read_drug_era(value: object, place: str) -> DrugEraExit:
    fields = Fields(value, place)
    found = DrugEraExit(
        codeset=fields.required("DrugCodesetId", read_whole),
        gap_days=fields.optional("GapDays", read_days) or 0,
        offset=fields.optional("Offset", read_days) or 0,
        days_supply=fields.optional("DaysSupplyOverride", read_days),
    )
    fields.close()
    if found.gap_days < 0 or found.offset < 0 or (found.days_supply or 0) < 0:
        refuse_malformed("days >= 0", place)
    return found


def _read_collapse(value: object, place: str) -> int:
    fields = Fields(value, place)
    kind = fields.optional("CollapseType", read_text) or "ERA"
    pad = fields.optional("EraPad", read_days) or 0
    fields.close()
    if kind != "ERA":
        refuse_unsupported(kind, place)
    if pad < 0:
        refuse_malformed("days >= 0", place)
    return pad


def _with_used_concept_sets(plan: CohortPlan) -> CohortPlan:
    """Keeps the concept sets that something uses; an unknown or twice-defined one is a contradiction."""
    by_id: dict[int, ConceptSet] = {}
    for concept_set in plan.concept_sets:
        if concept_set.id in by_id:
            refuse_contradictory(f"two concept sets have id {concept_set.id}", "$.ConceptSets")
        by_id[concept_set.id] = concept_set
    used = set(plan.codesets())
    if unknown := sorted(used - by_id.keys()):
        refuse_contradictory(f"CodesetId {unknown[0]} is not among the ConceptSets", "$.ConceptSets")
    return replace(plan, concept_sets=tuple(each for each in plan.concept_sets if each.id in used))

"""Finds what is true in Circe and yet may surprise whoever wrote the definition. None of it stops a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from onggi.spec.circe.finding import Finding
from onggi.spec.circe.plan import (
    CohortPlan,
    Condition,
    Correlated,
    Criterion,
    DateIs,
    Group,
    NumberIs,
    Window,
)
from onggi.spec.circe.read import read_cohort


def find_surprises(expression: Mapping[str, object]) -> tuple[Finding, ...]:
    """What a definition that can be read does otherwise than it may seem.

    Raises:
        Refused: as `read_cohort`.
    """
    plan = read_cohort(expression)
    found: list[Finding] = [*_limits(plan), *_concept_sets(plan, expression), *_names(plan)]
    for at, criterion in enumerate(plan.primary):
        found += _criterion(criterion, f"$.PrimaryCriteria.CriteriaList[{at}]")
    if plan.additional is not None:
        found += _group(plan.additional, "$.AdditionalCriteria")
    for at, rule in enumerate(plan.rules):
        found += _group(rule.group, f"$.InclusionRules[{at}].expression")
    for at, criterion in enumerate(plan.censoring):
        found += _criterion(criterion, f"$.CensoringCriteria[{at}]")
    return tuple(found)


def _limits(plan: CohortPlan) -> Iterator[Finding]:
    """Without additional criteria Circe does not look at the QualifiedLimit: all events stay."""
    looked_for = plan.qualified_limit != "ALL" and plan.primary_limit == plan.expression_limit == "ALL"
    if plan.additional is None and looked_for:
        yield Finding("cohort.limit_without_effect", {"place": "$.QualifiedLimit"})


def _concept_sets(plan: CohortPlan, expression: Mapping[str, object]) -> Iterator[Finding]:
    used = {each.id: each for each in plan.concept_sets}
    listed = expression.get("ConceptSets")
    for at, each in enumerate(listed if isinstance(listed, list) else []):
        place = f"$.ConceptSets[{at}]"
        number = int(each["id"])
        if number not in used:
            yield Finding("cohort.concept_set_unused", {"place": place, "id": number})
        elif all(item.excluded for item in used[number].items):
            yield Finding("cohort.concept_set_empty", {"place": place, "id": number})


def _names(plan: CohortPlan) -> Iterator[Finding]:
    names = [rule.name for rule in plan.rules]
    for at, name in enumerate(names):
        if name in names[:at]:
            yield Finding("cohort.rule_name_twice", {"place": f"$.InclusionRules[{at}].name"})


def _group(group: Group, place: str) -> Iterator[Finding]:
    members = len(group.criteria) + len(group.demographics) + len(group.groups)
    at_most = group.type == "AT_MOST" and group.count >= members
    if not members or at_most or (group.type == "AT_LEAST" and group.count == 0):
        yield _always_holds(place)
    if members and group.type == "ANY" and any(_is_always(each) for each in group.criteria):
        yield _always_holds(place)
    for at, member in enumerate(group.criteria):
        yield from _correlated(member, f"{place}.CriteriaList[{at}]")
    for at, demographic in enumerate(group.demographics):
        where = f"{place}.DemographicCriteriaList[{at}]"
        yield from _ranges(demographic.conditions, where)
    for at, inner in enumerate(group.groups):
        yield from _group(inner, f"{place}.Groups[{at}]")


def _correlated(member: Correlated, place: str) -> Iterator[Finding]:
    if _is_always(member):
        yield _always_holds(place)
    windows = {"StartWindow": member.start_window, "EndWindow": member.end_window}
    for name, window in windows.items():
        if window is not None and _is_reversed(window):
            yield Finding("cohort.window_reversed", {"place": f"{place}.{name}"})
    yield from _criterion(member.criterion, f"{place}.Criteria")


def _criterion(criterion: Criterion, place: str) -> Iterator[Finding]:
    inside = f"{place}.{criterion.domain}"
    if criterion.first and criterion.conditions:
        yield Finding("cohort.first_before_conditions", {"place": f"{inside}.First"})
    yield from _ranges(criterion.conditions, inside)
    if criterion.group is not None:
        yield from _group(criterion.group, f"{inside}.CorrelatedCriteria")


def _ranges(conditions: Iterable[Condition], place: str) -> Iterator[Finding]:
    for each in conditions:
        match each:
            case NumberIs(range=numbers) if numbers.extent is not None and numbers.value > numbers.extent:
                told = f"{numbers.value:g} - {numbers.extent:g}"
            case DateIs(range=days) if days.extent is not None and days.value > days.extent:
                told = f"{days.value} - {days.extent}"
            case _:
                continue
        yield Finding("cohort.range_reversed", {"place": place, "range": told})


def _is_always(member: Correlated) -> bool:
    return member.occurrence == "at_least" and member.count == 0


def _is_reversed(window: Window) -> bool:
    first, last = window.start.days, window.end.days
    return first is not None and last is not None and first > last


def _always_holds(place: str) -> Finding:
    return Finding("cohort.always_holds", {"place": place})

"""Applies a researcher's changes to a published definition, each by the means that Circe has for it.

| change | what it does |
|---|---|
| `age_from`, `age_to` | an inclusion rule on the age at the entry event, both ends included |
| `sex` | an inclusion rule on the person |
| `prior_days` | so many days of observation before the entry event |
| `starts_from`, `starts_to` | the day of the entry event, on every primary criterion |
| `first_only` | true: the first event of a person's history; false: every event may be the entry |
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from tests.support.criterion_rows import domain_of
from tests.trackers.honest.definitions import Expression

Value: TypeAlias = int | str | bool
NAMES: Final = ("age_from", "age_to", "sex", "prior_days", "starts_from", "starts_to", "first_only")
_STARTS: Final[Mapping[str, str]] = {
    "ConditionEra": "EraStartDate",
    "DrugEra": "EraStartDate",
    "DoseEra": "EraStartDate",
    "ObservationPeriod": "PeriodStartDate",
    "PayerPlanPeriod": "PeriodStartDate",
    "VisitDetail": "VisitDetailStartDate",
}


def start_attribute(domain: str) -> str:
    """How a criterion of this domain asks for the day on which its records begin."""
    return _STARTS.get(domain, "OccurrenceStartDate")


def primary_asks(expression: Expression) -> Sequence[tuple[str, dict[str, Any]]]:
    """Domain and attributes of each primary criterion; the attributes are those of the expression itself."""
    criteria = expression["PrimaryCriteria"]["CriteriaList"]
    return [(domain_of(each), each[domain_of(each)]) for each in criteria]


def apply_changes(expression: Expression, changes: Sequence[tuple[str, Value]]) -> Expression:
    """The changed definition; the given one stays as it is.

    Raises:
        ValueError: for a change that is unknown, named twice, or that the definition cannot take.
    """
    wanted = dict(changes)
    if len(wanted) != len(changes) or wanted.keys() - set(NAMES):
        raise ValueError(f"unknown or repeated among {[name for name, _ in changes]}")
    found = copy.deepcopy(expression)
    for name, value in changes:
        match name:
            case "age_from":
                _add_rule(found, {"Age": {"Value": value, "Op": "gte"}})
            case "age_to":
                _add_rule(found, {"Age": {"Value": value, "Op": "lte"}})
            case "sex":
                _add_rule(found, {"Gender": [{"CONCEPT_ID": value}]})
            case "prior_days":
                found["PrimaryCriteria"]["ObservationWindow"]["PriorDays"] = value
            case "first_only":
                _limit_to_first(found, wanted=bool(value))
    if days := _days(wanted):
        _start_within(found, days)
    return found


def _add_rule(expression: Expression, demographic: dict[str, Any]) -> None:
    group = {"Type": "ALL", "CriteriaList": [], "DemographicCriteriaList": [demographic], "Groups": []}
    rules = expression.setdefault("InclusionRules", [])
    rules.append({"name": f"restriction {len(rules) + 1}", "expression": group})


def _limit_to_first(expression: Expression, *, wanted: bool) -> None:
    """Both of ATLAS's places: one event per person, and the first of the person's history."""
    expression["PrimaryCriteria"]["PrimaryCriteriaLimit"] = {"Type": "First" if wanted else "All"}
    if not wanted:
        expression["ExpressionLimit"] = {"Type": "All"}
    for domain, asks in primary_asks(expression):
        asks.pop("First", None)
        if wanted and domain != "Death":
            asks["First"] = True


def _days(wanted: Mapping[str, Value]) -> dict[str, Value] | None:
    first, last = wanted.get("starts_from"), wanted.get("starts_to")
    if first is not None and last is not None:
        return {"Value": first, "Extent": last, "Op": "bt"}
    if first is not None:
        return {"Value": first, "Op": "gte"}
    return None if last is None else {"Value": last, "Op": "lte"}


def _start_within(expression: Expression, days: dict[str, Value]) -> None:
    for domain, asks in primary_asks(expression):
        name = start_attribute(domain)
        if asks.get(name):
            raise ValueError(f"{domain} asks for a day of its own")
        asks[name] = dict(days)

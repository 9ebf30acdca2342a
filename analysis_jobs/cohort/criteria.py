"""Reads criteria and groups of a Circe definition: which records count, in which window, how often."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal, cast, get_args

from analysis_jobs.cohort.plan import (
    Bound,
    Correlated,
    Criterion,
    CriterionDomain,
    DateRange,
    Demographic,
    Group,
    GroupType,
    NumberRange,
    OccurrenceType,
    RangeOp,
    Window,
)
from analysis_jobs.cohort.strict_json import (
    Fields,
    read_bool,
    read_list,
    read_number,
    read_text,
    read_whole,
    refuse_contradictory,
    refuse_malformed,
    refuse_unsupported,
)

_OCCURRENCES: tuple[OccurrenceType, ...] = ("exactly", "at_most", "at_least")
_TYPE_EXCLUDE = {
    "VisitOccurrence": "VisitTypeExclude",
    "ConditionOccurrence": "ConditionTypeExclude",
    "Measurement": "MeasurementTypeExclude",
    "Observation": "ObservationTypeExclude",
    "DrugExposure": "DrugTypeExclude",
    "ProcedureOccurrence": "ProcedureTypeExclude",
}
_WITH_VALUES = ("Measurement", "Observation")
_CONCEPT_DESCRIPTIONS = (
    "CONCEPT_NAME",
    "STANDARD_CONCEPT",
    "STANDARD_CONCEPT_CAPTION",
    "INVALID_REASON",
    "INVALID_REASON_CAPTION",
    "CONCEPT_CODE",
    "DOMAIN_ID",
    "VOCABULARY_ID",
    "CONCEPT_CLASS_ID",
    "VALID_START_DATE",
    "VALID_END_DATE",
)


def read_concept(value: object, place: str) -> int:
    """A concept by its id; its other columns only describe it."""
    fields = Fields(value, place)
    concept = fields.required("CONCEPT_ID", read_whole)
    fields.describe(*_CONCEPT_DESCRIPTIONS)
    fields.close()
    return concept


def _read_day(value: object, place: str) -> date:
    text = read_text(value, place)
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        refuse_malformed("YYYY-MM-DD", place)
    try:
        return date.fromisoformat(text)
    except ValueError:
        refuse_malformed("YYYY-MM-DD", place)


def _read_op(value: object, place: str) -> RangeOp:
    text = read_text(value, place)
    if text not in get_args(RangeOp):
        refuse_unsupported(text, place)
    return cast(RangeOp, text)


def _read_number_range(value: object, place: str) -> NumberRange:
    fields = Fields(value, place)
    op = fields.required("Op", _read_op)
    first = fields.required("Value", read_number)
    extent = fields.optional("Extent", read_number)
    fields.close()
    if op.endswith("bt") and extent is None:
        refuse_malformed("Extent", place)
    return NumberRange(op, first, extent if op.endswith("bt") else None)


def _read_age(value: object, place: str) -> NumberRange:
    found = _read_number_range(value, place)
    for number in (found.value, found.extent):
        if number is not None and number != int(number):
            refuse_malformed("whole years", place)
    return found


def _read_date_range(value: object, place: str) -> DateRange:
    fields = Fields(value, place)
    op = fields.required("Op", _read_op)
    first = fields.required("Value", _read_day)
    extent = fields.optional("Extent", _read_day)
    fields.close()
    if op.endswith("bt") and extent is None:
        refuse_malformed("Extent", place)
    return DateRange(op, first, extent if op.endswith("bt") else None)


def _no_nested_group(value: object, place: str) -> None:
    """`CorrelatedCriteria` inside a criterion is not supported; an empty one says nothing in Circe."""
    if not isinstance(value, dict):
        refuse_malformed("object", place)
    if any(value.get(name) for name in ("CriteriaList", "DemographicCriteriaList", "Groups")):
        refuse_unsupported("CorrelatedCriteria", place.rpartition(".")[0])


def read_criterion(value: object, place: str) -> Criterion:
    """One criterion: an object with exactly one domain in it."""
    outer = Fields(value, place)
    names = outer.names()
    if len(names) != 1:
        refuse_malformed("exactly one domain", place)
    if names[0] not in get_args(CriterionDomain):
        refuse_unsupported(names[0], place)
    domain = cast(CriterionDomain, names[0])
    return outer.required(domain, lambda inner, at: _read_domain(inner, at, domain))


def _read_domain(value: object, place: str, domain: CriterionDomain) -> Criterion:
    fields = Fields(value, place)
    fields.optional("CorrelatedCriteria", _no_nested_group)
    if domain == "ObservationPeriod":
        found = Criterion(domain, first=fields.optional("First", read_bool) or False)
        fields.close()
        return found
    fields.only_false(_TYPE_EXCLUDE[domain])
    with_values = domain in _WITH_VALUES
    found = Criterion(
        domain,
        codeset=fields.optional("CodesetId", read_whole),
        first=fields.optional("First", read_bool) or False,
        occurrence_start=fields.optional("OccurrenceStartDate", _read_date_range),
        age=fields.optional("Age", _read_age),
        gender=fields.each("Gender", read_concept),
        value_as_number=fields.optional("ValueAsNumber", _read_number_range) if with_values else None,
        value_as_concept=fields.each("ValueAsConcept", read_concept) if with_values else (),
        unit=fields.each("Unit", read_concept) if with_values else (),
    )
    fields.close()
    return found


def _read_bound(value: object, place: str) -> Bound:
    fields = Fields(value, place)
    days = fields.optional("Days", read_whole)
    direction = fields.required("Coeff", read_whole)
    fields.close()
    if direction not in (-1, 1):
        refuse_malformed("-1 or 1", f"{place}.Coeff")
    side = cast(Literal[-1, 1], direction)
    return Bound(None if days is None else days * side, side)


def _read_window(value: object, place: str, *, event_end_unless_told: bool) -> Window:
    fields = Fields(value, place)
    to_event_end = fields.optional("UseEventEnd", read_bool)
    window = Window(
        start=fields.required("Start", _read_bound),
        end=fields.required("End", _read_bound),
        from_index_end=fields.optional("UseIndexEnd", read_bool) or False,
        to_event_end=event_end_unless_told if to_event_end is None else to_event_end,
    )
    fields.close()
    return window


def _read_occurrence(value: object, place: str) -> tuple[OccurrenceType, int]:
    fields = Fields(value, place)
    kind = fields.required("Type", read_whole)
    count = fields.required("Count", read_whole)
    fields.only_false("IsDistinct")
    fields.close()
    if kind not in (0, 1, 2):
        refuse_malformed("0, 1 or 2", f"{place}.Type")
    if count < 0:
        refuse_contradictory("Count < 0", place)
    return _OCCURRENCES[kind], count


def _read_correlated(value: object, place: str) -> Correlated:
    fields = Fields(value, place)
    fields.only_false("RestrictVisit")
    occurrence, count = fields.required("Occurrence", _read_occurrence)
    found = Correlated(
        criterion=fields.required("Criteria", read_criterion),
        start_window=fields.required(
            "StartWindow", lambda inner, at: _read_window(inner, at, event_end_unless_told=False)
        ),
        # Circe: an end window without UseEventEnd looks at the event's end.
        end_window=fields.optional(
            "EndWindow", lambda inner, at: _read_window(inner, at, event_end_unless_told=True)
        ),
        occurrence=occurrence,
        count=count,
        ignore_observation_period=fields.optional("IgnoreObservationPeriod", read_bool) or False,
    )
    fields.close()
    return found


def _read_demographic(value: object, place: str) -> Demographic:
    fields = Fields(value, place)
    found = Demographic(fields.optional("Age", _read_age), fields.each("Gender", read_concept))
    fields.close()
    return found


def _read_group_type(value: object, place: str) -> GroupType:
    text = read_text(value, place).upper()
    if text not in get_args(GroupType):
        refuse_unsupported(text, place)
    return cast(GroupType, text)


def read_group(value: object, place: str) -> Group:
    """A group of correlated criteria, demographic conditions and inner groups."""
    fields = Fields(value, place)
    kind = fields.required("Type", _read_group_type)
    count = fields.optional("Count", read_whole)
    group = Group(
        type=kind,
        count=count or 0,
        criteria=fields.each("CriteriaList", _read_correlated),
        demographics=fields.each("DemographicCriteriaList", _read_demographic),
        groups=fields.each("Groups", read_group),
    )
    fields.close()
    members = len(group.criteria) + len(group.demographics) + len(group.groups)
    if kind in ("AT_LEAST", "AT_MOST"):
        if count is None or count < 0:
            refuse_contradictory(f"{kind} without Count", place)
        if members and kind == "AT_LEAST" and count > members:
            refuse_contradictory(f"AT_LEAST {count} of {members}", place)
    return group


def read_criteria(value: object, place: str) -> tuple[Criterion, ...]:
    """A list of criteria that must not be empty: nobody could enter."""
    found = read_list(value, place, read_criterion)
    if not found:
        refuse_contradictory("empty CriteriaList", place)
    return found

"""Reads groups of a Circe definition: which other records must lie in which window, and how often."""

from __future__ import annotations

from typing import Literal, cast, get_args

from onggi.spec.circe.attributes import DEMOGRAPHIC, find_counted
from onggi.spec.circe.conditions import read_conditions
from onggi.spec.circe.criteria import read_criterion
from onggi.spec.circe.plan import (
    Bound,
    Correlated,
    Criterion,
    Demographic,
    DistinctOf,
    Group,
    GroupType,
    OccurrenceType,
    Window,
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

_OCCURRENCES: tuple[OccurrenceType, ...] = ("exactly", "at_most", "at_least")
LONGEST_DAYS = 1_000_000
"""More days than any calendar of these databases has: a longer window is a slip of the pen."""


def read_days(value: object, place: str) -> int:
    """A number of days that a calendar can hold."""
    days = read_whole(value, place)
    if abs(days) > LONGEST_DAYS:
        refuse_malformed(f"at most {LONGEST_DAYS} days", place)
    return days


def _read_bound(value: object, place: str) -> Bound:
    fields = Fields(value, place)
    days = fields.optional("Days", read_days)
    direction = fields.required("Coeff", read_whole)
    unit = fields.optional("TimeUnit", read_text)
    fields.close()
    if unit not in (None, "day"):
        refuse_unsupported("TimeUnit", place)
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


def _read_occurrence(
    value: object, place: str, criterion: Criterion
) -> tuple[OccurrenceType, int, DistinctOf | None]:
    fields = Fields(value, place)
    kind = fields.required("Type", read_whole)
    count = fields.required("Count", read_whole)
    distinct = fields.optional("IsDistinct", read_bool) or False
    # What an older ATLAS leaves out is the domain's concept; without IsDistinct it says nothing.
    column = fields.optional("CountColumn", read_text) or "DOMAIN_CONCEPT"
    fields.close()
    if kind not in (0, 1, 2):
        refuse_malformed("0, 1 or 2", f"{place}.Type")
    if count < 0:
        refuse_contradictory("Count < 0", place)
    counted = find_counted(criterion.domain, column)
    if counted is None:
        refuse_unsupported(column, f"{place}.CountColumn")
    return _OCCURRENCES[kind], count, counted if distinct else None


def _read_correlated(value: object, place: str) -> Correlated:
    fields = Fields(value, place)
    criterion = fields.required("Criteria", lambda each, at: read_criterion(each, at, read_group))
    occurrence, count, distinct = fields.required(
        "Occurrence", lambda each, at: _read_occurrence(each, at, criterion)
    )
    found = Correlated(
        criterion=criterion,
        start_window=fields.required(
            "StartWindow", lambda each, at: _read_window(each, at, event_end_unless_told=False)
        ),
        # Circe: an end window without UseEventEnd looks at the event's end.
        end_window=fields.optional(
            "EndWindow", lambda each, at: _read_window(each, at, event_end_unless_told=True)
        ),
        occurrence=occurrence,
        count=count,
        ignore_observation_period=fields.optional("IgnoreObservationPeriod", read_bool) or False,
        distinct=distinct,
        same_visit=fields.optional("RestrictVisit", read_bool) or False,
    )
    fields.close()
    return found


def _read_demographic(value: object, place: str) -> Demographic:
    fields = Fields(value, place)
    found = Demographic(read_conditions(fields, DEMOGRAPHIC))
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

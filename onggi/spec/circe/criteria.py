"""Reads one criterion of a Circe definition: the records of a domain that count."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import cast, get_args

from onggi.spec.circe.attributes import ATTRIBUTES, SOURCE_CONCEPTS, WITHOUT_CONCEPT
from onggi.spec.circe.conditions import read_conditions
from onggi.spec.circe.plan import Abnormal, Condition, CoversDay, Criterion, DateShift, Domain, Group, Side
from onggi.spec.circe.strict_json import (
    Fields,
    read_bool,
    read_day,
    read_list,
    read_text,
    read_whole,
    refuse_contradictory,
    refuse_malformed,
    refuse_unsupported,
)

ReadGroup = Callable[[object, str], Group]
_SIDES: dict[str, Side] = {"START_DATE": "start", "END_DATE": "end"}
_WITH_CHOSEN_PERIOD = ("ObservationPeriod", "PayerPlanPeriod")


def read_criteria(value: object, place: str, read_group: ReadGroup) -> tuple[Criterion, ...]:
    """A list of criteria that must not be empty: nobody could enter."""
    found = read_list(value, place, lambda each, at: read_criterion(each, at, read_group))
    if not found:
        refuse_contradictory("empty CriteriaList", place)
    return found


def read_criterion(value: object, place: str, read_group: ReadGroup) -> Criterion:
    """One criterion: an object with exactly one domain in it."""
    outer = Fields(value, place)
    names = outer.names()
    if len(names) != 1:
        refuse_malformed("exactly one domain", place)
    if names[0] not in get_args(Domain):
        refuse_unsupported(names[0], place)
    domain = cast(Domain, names[0])
    return outer.required(domain, lambda inner, at: _read_domain(inner, at, domain, read_group))


def _read_domain(value: object, place: str, domain: Domain, read_group: ReadGroup) -> Criterion:
    fields = Fields(value, place)
    conditions: list[Condition] = list(read_conditions(fields, ATTRIBUTES[domain]))
    if domain == "Measurement" and fields.optional("Abnormal", read_bool):
        conditions.append(Abnormal())
    fixed_start = fixed_end = None
    if domain in _WITH_CHOSEN_PERIOD:
        fixed_start, fixed_end = fields.optional("UserDefinedPeriod", read_period) or (None, None)
        conditions += [CoversDay(day) for day in (fixed_start, fixed_end) if day is not None]
    group = fields.optional("CorrelatedCriteria", read_group)
    found = Criterion(
        domain,
        codeset=None if domain in WITHOUT_CONCEPT else fields.optional("CodesetId", read_whole),
        source_codeset=fields.optional(SOURCE_CONCEPTS[domain], read_whole)
        if domain in SOURCE_CONCEPTS
        else None,
        # Nobody dies twice: Circe's deaths have no first one.
        first=domain != "Death" and bool(fields.optional("First", read_bool)),
        conditions=tuple(conditions),
        shift=fields.optional("DateAdjustment", _read_shift),
        fixed_start=fixed_start,
        fixed_end=fixed_end,
        # An empty group says nothing in Circe.
        group=group if group and (group.criteria or group.demographics or group.groups) else None,
    )
    fields.close()
    return found


def read_period(value: object, place: str) -> tuple[date | None, date | None]:
    """Two calendar days, either of which may be left out. An empty text says nothing in Circe."""
    fields = Fields(value, place)

    def read(name: str) -> date | None:
        return fields.optional(name, lambda each, at: None if each == "" else read_day(each, at))

    found = read("StartDate"), read("EndDate")
    fields.close()
    first, last = found
    if first is not None and last is not None and first > last:
        refuse_contradictory("StartDate after EndDate", place)
    return found


def _read_side(value: object, place: str) -> Side:
    text = read_text(value, place)
    if text not in _SIDES:
        refuse_unsupported(text, place)
    return _SIDES[text]


def _read_shift(value: object, place: str) -> DateShift:
    fields = Fields(value, place)
    found = DateShift(
        start_from=fields.optional("StartWith", _read_side) or "start",
        start_days=fields.optional("StartOffset", read_whole) or 0,
        end_from=fields.optional("EndWith", _read_side) or "end",
        end_days=fields.optional("EndOffset", read_whole) or 0,
    )
    fields.close()
    return found

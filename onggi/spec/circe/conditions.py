"""Reads what a criterion asks of each record: ranges, days, texts, concepts and concept sets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import cast, get_args

from onggi.spec.circe.attributes import Attribute
from onggi.spec.circe.plan import (
    Column,
    ConceptIs,
    Condition,
    DateIs,
    DateRange,
    InConceptSet,
    NumberIs,
    NumberRange,
    RangeOp,
    TextIs,
    TextOp,
)
from onggi.spec.circe.strict_json import (
    Fields,
    read_bool,
    read_day,
    read_number,
    read_text,
    read_whole,
    refuse_malformed,
    refuse_unsupported,
)

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


def read_conditions(fields: Fields, attributes: Sequence[Attribute]) -> tuple[Condition, ...]:
    """Takes every attribute of a criterion that is a condition, in the order of the table."""
    found: list[Condition] = []
    for attribute in attributes:
        found += _read_attribute(fields, attribute)
    return tuple(found)


def _read_attribute(fields: Fields, attribute: Attribute) -> list[Condition]:
    name, subject = attribute.name, attribute.subject
    match attribute.kind:
        case "number" | "integer":
            integer = attribute.kind == "integer"
            number = fields.optional(name, _read_integer_range if integer else _read_number_range)
            return [] if number is None else [NumberIs(subject, number, integer)]
        case "day":
            days = fields.optional(name, _read_date_range)
            return [] if days is None else [DateIs(subject, days)]
        case "text":
            text = fields.optional(name, _read_text_filter)
            return [] if text is None else [TextIs(cast(Column, subject), *text)]
        case "codeset":
            codeset = fields.optional(name, read_whole)
            return [] if codeset is None else [InConceptSet(cast(Column, subject), codeset)]
        case "concepts" | "concept_set":
            return _read_concepts(fields, attribute, cast(Column, subject))


def _read_concepts(fields: Fields, attribute: Attribute, subject: Column) -> list[Condition]:
    found: list[Condition] = []
    turned = bool(attribute.excluded_by and fields.optional(attribute.excluded_by, read_bool))
    if attribute.kind == "concepts":
        listed = fields.each(attribute.name, read_concept)
        if listed:
            found.append(ConceptIs(subject, listed, turned))
    chosen = fields.optional(f"{attribute.name}CS", _read_selection)
    if chosen is not None:
        found.append(InConceptSet(subject, *chosen))
    return found


def _read_selection(value: object, place: str) -> tuple[int, bool]:
    """A concept set by id, and whether it is what must not be met."""
    fields = Fields(value, place)
    codeset = fields.required("CodesetId", read_whole)
    excluded = fields.optional("IsExclusion", read_bool) or False
    fields.close()
    return codeset, excluded


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


def _read_integer_range(value: object, place: str) -> NumberRange:
    found = _read_number_range(value, place)
    for number in (found.value, found.extent):
        if number is not None and number != int(number):
            refuse_malformed("whole number", place)
    return found


def _read_date_range(value: object, place: str) -> DateRange:
    fields = Fields(value, place)
    op = fields.required("Op", _read_op)
    first = fields.required("Value", read_day)
    extent: date | None = fields.optional("Extent", read_day)
    fields.close()
    if op.endswith("bt") and extent is None:
        refuse_malformed("Extent", place)
    return DateRange(op, first, extent if op.endswith("bt") else None)


def _read_text_op(value: object, place: str) -> TextOp:
    text = read_text(value, place)
    if text not in get_args(TextOp):
        refuse_unsupported(text, place)
    return cast(TextOp, text)


def _read_text_filter(value: object, place: str) -> tuple[TextOp, str]:
    fields = Fields(value, place)
    op = fields.required("Op", _read_text_op)
    text = fields.required("Text", read_text)
    fields.close()
    if "\0" in text:
        refuse_malformed("text without a NUL", f"{place}.Text")
    return op, text

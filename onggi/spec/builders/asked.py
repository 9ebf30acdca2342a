"""Turns what a researcher writes about a record into Circe's attributes: ranges, days, texts, concepts.

age=(18, 65)    both included      age=(18, None)    at least     age=18    exactly
start=("2026-01-01", "2026-01-10")                   value=more_than(6.5)
gender=[8507]   one of these ids   visit_type=excluding(9203)     unit=concepts("mg/dL", 8840)
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias, cast

from pydantic import JsonValue

from onggi.spec.circe.attributes import Attribute
from onggi.spec.circe.plan import RangeOp, TextOp
from onggi.spec.circe.write import Concepts, Json, concepts_json, range_json

Scalar: TypeAlias = int | float | str | date
Written: TypeAlias = JsonValue | Concepts | Mapping[str, "Written"]
"""JSON in which a concept set still stands where its number will."""


@dataclass(frozen=True, slots=True)
class Range:
    """A comparison with one number or day, or with two for ``bt`` and ``!bt``."""

    op: RangeOp
    value: Scalar
    extent: Scalar | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """What a text begins with, contains or ends with."""

    op: TextOp
    text: str


@dataclass(frozen=True, slots=True)
class Excluding:
    """Recorded, and none of these."""

    concepts: tuple[int, ...] | Concepts


Asked: TypeAlias = (
    Scalar | tuple[Scalar | None, Scalar | None] | Range | Text | Concepts | Excluding | Sequence[int]
)


def more_than(value: Scalar) -> Range:
    """Above a number, or after a day."""
    return Range("gt", value)


def less_than(value: Scalar) -> Range:
    """Below a number, or before a day."""
    return Range("lt", value)


def other_than(value: Scalar) -> Range:
    """Any number or day but this one."""
    return Range("!eq", value)


def outside(first: Scalar, last: Scalar) -> Range:
    """Below the first or above the last."""
    return Range("!bt", first, last)


def contains(text: str, *, no: bool = False) -> Text:
    """The letters stand somewhere in it; with `no`, nowhere."""
    return Text("!contains" if no else "contains", text)


def begins_with(text: str, *, no: bool = False) -> Text:
    """It begins with the letters; with `no`, it does not."""
    return Text("!startsWith" if no else "startsWith", text)


def ends_with(text: str, *, no: bool = False) -> Text:
    """It ends with the letters; with `no`, it does not."""
    return Text("!endsWith" if no else "endsWith", text)


def excluding(*concepts: int | Concepts) -> Excluding:
    """Recorded, and none of these concepts, or not in this concept set."""
    if len(concepts) == 1 and isinstance(concepts[0], Concepts):
        return Excluding(concepts[0])
    return Excluding(tuple(_whole(each) for each in concepts))


def ask(attributes: Sequence[Attribute], given: Mapping[str, object]) -> dict[str, Written]:
    """The attributes as Circe has them.

    Raises:
        ValueError: for a name that is none of them, or a value of another kind.
    """
    found: dict[str, Written] = {}
    for name, value in given.items():
        found |= _ask_one(_find(attributes, name), value, name)
    return found


def spoken_names(attribute: Attribute) -> list[str]:
    """What a researcher may call an attribute."""
    snake = re.sub(r"(?<!^)(?=[A-Z])", "_", attribute.name).lower()
    short = [attribute.subject] if attribute.subject in ("start", "end", "length") else []
    return [*cast("list[str]", short), snake, *(["value"] if snake == "value_as_number" else [])]


def _find(attributes: Sequence[Attribute], name: str) -> Attribute:
    for each in attributes:
        if name in spoken_names(each):
            return each
    known = sorted(spoken_names(each)[0] for each in attributes)
    raise ValueError(f"there is no {name!r} here; there are: {', '.join(known)}")


def _ask_one(attribute: Attribute, value: object, name: str) -> dict[str, Written]:
    match attribute.kind:
        case "number" | "integer" | "day":
            return {attribute.name: _range(value, name, days=attribute.kind == "day")}
        case "text":
            if not isinstance(value, Text):
                raise ValueError(f"{name}: use contains(...), begins_with(...) or ends_with(...)")
            return {attribute.name: {"Op": value.op, "Text": value.text}}
        case "codeset":
            if not isinstance(value, Concepts):
                raise ValueError(f"{name}: use concepts(...)")
            return {attribute.name: value}
        case "concepts" | "concept_set":
            return _concepts(attribute, value, name)


def _concepts(attribute: Attribute, value: object, name: str) -> dict[str, Written]:
    turned = isinstance(value, Excluding)
    meant = value.concepts if isinstance(value, Excluding) else value
    if isinstance(meant, Concepts):
        chosen: dict[str, Written] = {"CodesetId": meant, "IsExclusion": turned}
        return {f"{attribute.name}CS": chosen}
    if attribute.kind == "concept_set":
        raise ValueError(f"{name}: Circe takes a concept set here; use concepts(...)")
    if turned and attribute.excluded_by is None:
        raise ValueError(f"{name}: Circe excludes a concept set here; use excluding(concepts(...))")
    listed = [meant] if isinstance(meant, int) else meant
    if not isinstance(listed, Sequence) or isinstance(listed, str) or not listed:
        raise ValueError(f"{name}: give concept ids, or concepts(...)")
    found: dict[str, Written] = {attribute.name: concepts_json([_whole(each) for each in listed])}
    if turned and attribute.excluded_by is not None:
        found[attribute.excluded_by] = True
    return found


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"a concept id is a whole number, not {value!r}")
    return value


def _range(value: object, name: str, *, days: bool) -> Json:
    meant = value if isinstance(value, Range) else _as_range(value, name)
    ends = [each for each in (meant.value, meant.extent) if each is not None]
    written = [day_text(each, name) if days else _number(each, name) for each in ends]
    if len(written) == 2 and _beyond(meant.value, meant.extent):
        raise ValueError(f"{name}: {written[0]} lies after {written[1]}")
    return range_json(meant.op, *written)


def _beyond(first: Scalar, last: Scalar | None) -> bool:
    if isinstance(first, int | float) and isinstance(last, int | float):
        return first > last
    return str(first) > str(last)


def _as_range(value: object, name: str) -> Range:
    if isinstance(value, int | float | str | date):
        return Range("eq", value)
    ends = tuple(value) if isinstance(value, tuple | list) else ()
    if len(ends) != 2 or not all(each is None or isinstance(each, int | float | str | date) for each in ends):
        raise ValueError(f"{name}: give a value, or (first, last) with None for an open end")
    match ends:
        case (None, None):
            raise ValueError(f"{name}: give at least one end of the range")
        case (None, last):
            return Range("lte", last)
        case (first, None):
            return Range("gte", first)
    return Range("bt", *ends)


def _number(value: Scalar, name: str) -> JsonValue:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name}: a number, not {value!r}")
    return value


def day_text(value: Scalar, name: str) -> str:
    """A calendar day as year, month and day; raises ValueError where it is none."""
    try:
        found = value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"{name}: a day such as 2026-01-31, not {value!r}") from None
    return date(found.year, found.month, found.day).isoformat()

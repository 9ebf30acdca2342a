"""The comparisons of a definition: ranges, lists of concepts, concept sets and text, with SQL's NULL."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from typing import Any

from tests.support.cohort_oracle.rows import Json


def in_number_range(value: Any, wanted: Json) -> bool:
    """A number compared exactly, as a double."""
    return _in_range(value, wanted, float)


def in_date_range(value: date | None, wanted: Json) -> bool:
    """A day compared with the days of the definition."""
    return _in_range(value, wanted, day)


def day(text: str) -> date:
    """A day as definitions write it: 2010-1-31 as well as 2010-01-31."""
    year, month, number = (int(part) for part in text.split("-"))
    return date(year, month, number)


def _in_range(value: Any, wanted: Json, read: Callable[[Any], Any]) -> bool:
    if value is None:
        return False
    low = read(wanted["Value"])
    match wanted["Op"]:
        case "lt":
            return bool(value < low)
        case "lte":
            return bool(value <= low)
        case "eq":
            return bool(value == low)
        case "!eq":
            return bool(value != low)
        case "gt":
            return bool(value > low)
        case "gte":
            return bool(value >= low)
        case "bt":
            return bool(low <= value <= read(wanted["Extent"]))
        case "!bt":
            return not low <= value <= read(wanted["Extent"])
    raise ValueError(f"no such comparison: {wanted['Op']}")


def in_list(value: Any, wanted: Collection[int], *, excluded: bool) -> bool:
    """`value in (1, 2)` or `not in`: NULL is neither, unless nothing at all is excluded."""
    if value is None:
        return excluded and not wanted
    return (value in wanted) is not excluded


def text_matches(value: str | None, wanted: Json) -> bool:
    """The text itself, its start, its end, or its presence; letter by letter, without wildcards."""
    if value is None:
        return False
    text, op = wanted["Text"], wanted["Op"]
    match op.removeprefix("!"):
        case "eq":
            found = value == text
        case "startsWith":
            found = value.startswith(text)
        case "endsWith":
            found = value.endswith(text)
        case "contains":
            found = text in value
        case _:
            raise ValueError(f"no such comparison: {op}")
    return found is not op.startswith("!")

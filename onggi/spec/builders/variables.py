"""Writes the columns of a study: what is read for each person, in which window, with which believable range.

Numbers need `low` and `high` in the unit of the data: a value outside counts as missing, and masked sums
need the range declared before anything is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import ValidationError

from onggi.spec.builders.place import malformed
from onggi.spec.variables import Domain, Summary, Variable, Window

RecordedIn = Literal["measurement", "observation"]
_GENDER = {"male": 8507, "female": 8532}
ON_THE_DAY = Window()
ANY_TIME = Window(start_days=None, end_days=None)


def age(name: str = "age", *, low: float = 0, high: float = 120) -> Variable:
    """Whole years on the index date."""
    return _variable(name=name, domain="age", kind="number", low=low, high=high)


def index_year(name: str = "index_year", *, low: int, high: int) -> Variable:
    """The calendar year of the index date."""
    return _variable(name=name, domain="index_year", kind="number", low=low, high=high)


def sex(name: str = "sex") -> Variable:
    """Male or female; another gender, or none, is missing."""
    levels = {"levels": tuple(_GENDER.values()), "level_names": tuple(_GENDER)}
    return _variable(name=name, domain="sex", kind="category", concepts=tuple(_GENDER.values()), **levels)


def is_gender(gender: Literal["male", "female"], *, name: str | None = None) -> Variable:
    """1 where the recorded gender is this one, otherwise 0."""
    return _variable(name=name or gender, domain="sex", kind="flag", concepts=(_GENDER[gender],))


def number(
    name: str,
    concepts: Sequence[int],
    *,
    low: float,
    high: float,
    domain: RecordedIn = "measurement",
    unit: int | None = None,
    summary: Summary = "last",
    window: Window = ON_THE_DAY,
) -> Variable:
    """The recorded number; `unit` is the concept id of the unit that is accepted."""
    given = {"low": low, "high": high, "unit": unit, "summary": summary, "window": window}
    return _variable(name=name, domain=domain, kind="number", concepts=tuple(concepts), **given)


def has_record(
    name: str,
    concepts: Sequence[int],
    *,
    domain: Domain = "condition",
    include_descendants: bool = False,
    window: Window = ANY_TIME,
) -> Variable:
    """1 where any such record lies in the window, otherwise 0; never missing."""
    given = {"include_descendants": include_descendants, "summary": "any", "window": window}
    return _variable(name=name, domain=domain, kind="flag", concepts=tuple(concepts), **given)


def answer(
    name: str,
    concepts: Sequence[int],
    *,
    no: int,
    yes: int,
    domain: RecordedIn = "observation",
    summary: Summary = "last",
    window: Window = ON_THE_DAY,
) -> Variable:
    """1 for the value concept `yes`, 0 for `no`, missing where neither was recorded."""
    given = {"levels": (no, yes), "summary": summary, "window": window}
    return _variable(name=name, domain=domain, kind="flag", concepts=tuple(concepts), **given)


def category(
    name: str,
    concepts: Sequence[int],
    *,
    levels: Mapping[str, int],
    domain: RecordedIn = "observation",
    summary: Summary = "last",
    window: Window = ON_THE_DAY,
) -> Variable:
    """One of some named levels; `levels` gives each name its value concept, in the order of the answer."""
    given = {
        "levels": tuple(levels.values()),
        "level_names": tuple(levels),
        "summary": summary,
        "window": window,
    }
    return _variable(name=name, domain=domain, kind="category", concepts=tuple(concepts), **given)


def _variable(**given: Any) -> Variable:
    try:
        return Variable(**given)
    except ValidationError as bad:
        raise malformed(bad, within=f"variables.{given['name']}") from None

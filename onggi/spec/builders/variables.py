"""Writes the columns of a study: what is read for each person, in which window, with which believable range.

Numbers need `low` and `high` in the unit of the column: a value outside counts as missing, and masked sums
need the range declared before anything is read. `docs/variables.md` tells what each column means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import ValidationError

from onggi.errors import Refused
from onggi.spec.builders.place import malformed
from onggi.spec.outcomes import Outcome, OutcomeEvent
from onggi.spec.units import get_conversions, get_unit
from onggi.spec.variables import Conversion, RecordDomain, Summary, Variable, Window

RecordedIn = Literal["measurement", "observation"]
Counted = Literal["count", "distinct_days", "days_since", "days_to_first"]
_GENDER = {"male": 8507, "female": 8532}
ON_THE_DAY = Window()
ANY_TIME = Window(start_days=None, end_days=None)


def age(name: str = "age", *, low: float = 0, high: float = 120) -> Variable:
    """Whole years on the index date."""
    return _variable(name=name, domain="age", kind="number", low=low, high=high)


def sex(name: str = "sex") -> Variable:
    """Male or female; another gender, or none, is missing."""
    levels = {"levels": tuple(_GENDER.values()), "level_names": tuple(_GENDER)}
    return _variable(name=name, domain="sex", kind="category", concepts=tuple(_GENDER.values()), **levels)


def is_gender(gender: Literal["male", "female"], *, name: str | None = None) -> Variable:
    """1 where the recorded gender is this one, otherwise 0."""
    return _variable(name=name or gender, domain="sex", kind="flag", concepts=(_GENDER[gender],))


def age_in_days(name: str = "age_days", *, low: float = 0, high: float = 3660) -> Variable:
    """Days from the date of birth to the index date, for infants; missing without a full date of birth."""
    return _variable(name=name, domain="age_days", kind="number", low=low, high=high)


def index_year(name: str = "index_year", *, low: float = 1900, high: float = 2100) -> Variable:
    """The calendar year of the index date."""
    return _variable(name=name, domain="index_year", kind="number", low=low, high=high)


def days_observed(
    name: str, *, side: Literal["before", "after"] = "before", low: float = 0, high: float = 40_000
) -> Variable:
    """Days under observation before or after the index date, in the period that holds it."""
    given = {"kind": "number", "summary": f"days_{side}", "low": low, "high": high}
    return _variable(name=name, domain="observation_period", **given)


def of_person(
    name: str, domain: Literal["sex", "race", "ethnicity"], *, levels: Mapping[str, int]
) -> Variable:
    """A category of the person; `levels` gives each name its concept, in the order of the answer."""
    concepts = tuple(levels.values())
    given = {"concepts": concepts, "levels": concepts, "level_names": tuple(levels)}
    return _variable(name=name, domain=domain, kind="category", **given)


def number(
    name: str,
    concepts: Sequence[int],
    *,
    low: float,
    high: float,
    domain: RecordedIn = "measurement",
    unit: int | None = None,
    conversions: Sequence[Conversion] = (),
    summary: Summary = "last",
    window: Window = ON_THE_DAY,
) -> Variable:
    """The recorded number; `unit` is the concept id of the unit that is accepted.

    Args:
        conversions: how numbers in other units read in `unit`; without it those are missing.
    """
    given: dict[str, Any] = {"low": low, "high": high, "unit": unit, "summary": summary, "window": window}
    given["conversions"] = tuple(conversions)
    return _variable(name=name, domain=domain, kind="number", concepts=tuple(concepts), **given)


def measurement(
    name: str,
    concepts: Sequence[int],
    *,
    unit: str,
    low: float,
    high: float,
    analyte: str | None = None,
    unrecorded_as: str | None = None,
    summary: Summary = "last",
    window: Window = ON_THE_DAY,
) -> Variable:
    """A finding in one unit, whatever common unit it was recorded in.

    Args:
        unit: the UCUM code of the column, e.g. ``mmol/L``; `low` and `high` are in it.
        analyte: what is measured (a name in `onggi.spec.units.ANALYTES`), which opens the way between mass
            and amount: milligrams of glucose are other moles than milligrams of cholesterol.
        unrecorded_as: in which unit a number without one is taken to be; without it such a number is missing.

    Raises:
        Refused: ``units.unknown``, ``units.unknown_analyte``, ``client.spec_malformed``.
    """
    target = get_unit(unit)
    conversions = get_conversions(unit, analyte=analyte)
    if unrecorded_as is not None:
        conversions = (*conversions, _unrecorded(conversions, target.concept, as_unit=unrecorded_as))
    return number(
        name,
        concepts,
        low=low,
        high=high,
        unit=target.concept,
        conversions=conversions,
        summary=summary,
        window=window,
    )


def _unrecorded(conversions: Sequence[Conversion], target: int, *, as_unit: str) -> Conversion:
    taken = get_unit(as_unit).concept
    if taken == target:
        return Conversion(unit=None, factor=1.0)
    for each in conversions:
        if each.unit == taken:
            return each.model_copy(update={"unit": None})
    raise Refused("units.not_convertible", unit=as_unit[:60])


def counted(
    name: str,
    concepts: Sequence[int] = (),
    *,
    low: float,
    high: float,
    domain: RecordDomain = "condition",
    summary: Counted = "count",
    include_descendants: bool = False,
    window: Window = ANY_TIME,
) -> Variable:
    """How many records lie in the window or on how many days; or the days from the last, or to the first."""
    given = {"low": low, "high": high, "summary": summary, "window": window}
    given["include_descendants"] = include_descendants
    return _variable(name=name, domain=domain, kind="number", concepts=tuple(concepts), **given)


def event(
    concepts: Sequence[int] = (), *, domain: RecordDomain = "condition", include_descendants: bool = False
) -> OutcomeEvent:
    """What happens to a person; ``event(domain="death")`` is any death."""
    given = {"concepts": tuple(concepts), "include_descendants": include_descendants}
    try:
        return OutcomeEvent.model_validate({"domain": domain, **given})
    except ValidationError as bad:
        raise malformed(bad, within="outcomes.event") from None


def outcome(
    name: str,
    of: OutcomeEvent,
    *,
    horizon_days: int,
    prior_events: Literal["missing", "ignore"],
    competing: Sequence[OutcomeEvent] = (),
    starts_after_days: int = 0,
    censor_at_cohort_end: bool = False,
) -> Outcome:
    """When something happened and what it was: ``<name>_days`` and ``<name>_event``.

    Args:
        prior_events: whether who had the event before is left out ("missing") or counts anew ("ignore").
        competing: what ends the wait for the event without being it.
        starts_after_days: the last day that does not count; with 0 events on the index day are prior ones.
    """
    given = {"competing": tuple(competing), "censor_at_cohort_end": censor_at_cohort_end}
    given |= {"horizon_days": horizon_days, "starts_after_days": starts_after_days}
    try:
        return Outcome.model_validate({"name": name, "event": of, "prior_events": prior_events, **given})
    except ValidationError as bad:
        raise malformed(bad, within=f"outcomes.{name}") from None


def has_record(
    name: str,
    concepts: Sequence[int] = (),
    *,
    domain: RecordDomain = "condition",
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

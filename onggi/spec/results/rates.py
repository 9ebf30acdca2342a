"""Incidence rates, crude and standardised, and observed against expected events."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from onggi.spec.base import Frozen
from onggi.spec.results.base import Estimate, ResultBase


class StratumRate(Frozen):
    """One stratum of one group. `events` is None where the job asked for the events of whole groups alone."""

    group: str
    stratum: str
    persons: int
    person_years: float
    events: int | None = None
    rate: Estimate | None = None


class GroupRate(Frozen):
    """One group, or everybody. Rates are per 1,000 person-years, each with a 95 % interval.

    `standardised`: as in the standard population (Fay and Feuer 1997). `expected`: events at the reference
    rates; `ratio`: observed over expected (SIR or SMR). Crude rates and ratios have exact intervals
    (Garwood 1936).
    """

    group: str
    persons: int
    person_years: float
    events: int
    rate: Estimate | None = None
    standardised: Estimate | None = None
    expected: float | None = None
    ratio: Estimate | None = None


class Rates(ResultBase):
    """First events per 1,000 person-years; the first group is everybody. A year has 365.25 days.

    A person counts until the event, a competing event or the end of follow-up. Everything that follows from
    events and person-years is worked out from those that are shown.
    """

    result: Literal["rates"] = "rates"
    outcome: str
    by: str | None = None
    stratified_by: tuple[str, ...] = ()
    groups: tuple[GroupRate, ...]
    strata: tuple[StratumRate, ...] = ()
    rounded_to: int = Field(default=1, ge=1)

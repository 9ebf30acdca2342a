"""What incidence rates ask for."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from onggi.spec.base import ColumnName, Frozen
from onggi.spec.outcomes import OutcomeName

Positive = Annotated[float, Field(ge=1e-9, le=1e12)]


class RateStrata(Frozen):
    """One way to divide the persons: each level of a flag or category, or a number between `cuts`."""

    variable: ColumnName
    cuts: tuple[float, ...] = Field(default=(), max_length=60)


class RatesParameters(Frozen):
    """First events per person-time, over everybody and in each group of `by`.

    `strata` divide further; with two, the second runs fastest. `standard` gives each stratum its weight in a
    standard population: rates are standardised directly. `reference_rates` gives each stratum's rate per
    1,000 person-years elsewhere: the events are compared with those expected (SIR, or SMR of deaths). With
    reference rates alone the events of single strata are not asked, and do not leave.
    """

    kind: Literal["rates"] = "rates"
    outcome: OutcomeName
    by: ColumnName | None = None
    strata: tuple[RateStrata, ...] = Field(default=(), max_length=2)
    standard: tuple[Positive, ...] = Field(default=(), max_length=500)
    reference_rates: tuple[Positive, ...] = Field(default=(), max_length=500)

    @property
    def events_by_stratum(self) -> bool:
        """Whether the events of each stratum are asked, not only those of each group."""
        return bool(self.standard) or not self.reference_rates

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        names = [each.variable for each in self.strata] + ([self.by] if self.by is not None else [])
        if len(set(names)) != len(names):
            raise ValueError("a variable stands twice among strata and by")
        return self

"""What a distribution asks for."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from onggi.spec.base import ColumnName, Frozen

Probability = Annotated[float, Field(gt=0, lt=1)]


class DistributionParameters(Frozen):
    """A number's histogram on one grid, and the quantiles that can be read from that grid.

    `cuts` divide the variable's declared range: below the first, from each up to the next, from the last
    on. A cut belongs to the interval above it. Persons without a value (or without a group, where `by`
    names a flag or category) are left out.
    """

    kind: Literal["distribution"] = "distribution"
    variable: ColumnName
    cuts: tuple[float, ...] = Field(min_length=1, max_length=100)
    by: ColumnName | None = None
    quantiles: tuple[Probability, ...] = Field(default=(0.25, 0.5, 0.75), max_length=20)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for name in ("cuts", "quantiles"):
            given = list(getattr(self, name))
            if given != sorted(set(given)):
                raise ValueError(f"{name} must rise")
        if self.by == self.variable:
            raise ValueError("a variable stands twice among variable and by")
        return self

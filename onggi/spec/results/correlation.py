"""How numbers go together, two by two."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from onggi.spec.base import Frozen
from onggi.spec.results.base import ResultBase


class CorrelatedPair(Frozen):
    """Pearson's coefficient with its 95 % interval and the p value of "no correlation"."""

    first: str
    second: str
    coefficient: float = Field(ge=-1, le=1)
    low: float
    high: float
    p_value: float = Field(ge=0, le=1)


class Correlation(ResultBase):
    """Every two of the variables, over the same `n` persons: those who have all of them.

    Intervals by Fisher's z (1921), p values by Student's t with n - 2 degrees of freedom, both from the
    number of persons and the coefficients that are shown.
    """

    result: Literal["correlation"] = "correlation"
    variables: tuple[str, ...]
    n: int
    pairs: tuple[CorrelatedPair, ...]
    rounded_to: int = Field(default=1, ge=1)

    def matrix(self) -> tuple[tuple[float, ...], ...]:
        """The coefficients as a symmetric matrix with ones on its diagonal."""
        told = {(pair.first, pair.second): pair.coefficient for pair in self.pairs}
        return tuple(
            tuple(
                1.0 if one == other else told.get((one, other), told.get((other, one), 0.0))
                for other in self.variables
            )
            for one in self.variables
        )

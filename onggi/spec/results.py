"""What comes back: typed answers that know what they rest on and cannot hold a person's row."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from onggi.spec.base import Frozen
from onggi.spec.variables import CohortStep

Withheld = Literal["too_few_persons", "secondary", "difference_too_small"]


class ResultBase(Frozen):
    """What every answer states: how many hospitals took part (never which one did not) and the rule used."""

    sites: int = Field(ge=1)
    minimum_persons: int = Field(ge=1)


class CountTable(ResultBase):
    """A pooled attrition funnel; `persons` is None where a cell is withheld, and `withheld` says why."""

    result: Literal["count_table"] = "count_table"
    steps: tuple[str, ...]
    persons: tuple[int | None, ...]
    withheld: tuple[Withheld | None, ...]
    rounded_to: int = Field(default=1, ge=1)

    def funnel(self) -> tuple[CohortStep, ...]:
        """The steps that may be shown."""
        return tuple(
            CohortStep(name=name, persons=count)
            for name, count in zip(self.steps, self.persons, strict=True)
            if count is not None
        )


class ModelFit(ResultBase):
    """A fitted regression: the pooled answer, in the units of the variables."""

    result: Literal["model_fit"] = "model_fit"
    family: str
    link: str
    terms: tuple[str, ...]
    coefficients: tuple[float, ...]
    standard_errors: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    n: int
    events: int | None = None
    residual_dof: int
    dispersion: float
    deviance: float
    null_deviance: float | None = None
    log_likelihood: float
    aic: float
    iterations: int
    converged: bool


Result = Annotated[CountTable | ModelFit, Field(discriminator="result")]

"""What survival curves ask for."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from onggi.spec.base import ColumnName, Frozen
from onggi.spec.outcomes import OutcomeName

RankWeights = Literal["logrank", "wilcoxon", "tarone-ware", "peto", "fleming-harrington"]
Step = Annotated[int, Field(ge=0, le=36_525)]


class SurvivalParameters(Frozen):
    """Survival over declared steps for one outcome of the job, in all or by the levels of one variable.

    `steps` are days after the index date (or after the outcome's own beginning), rising. What happened after
    one step and up to the next counts at the next: the estimate is the Kaplan-Meier one on times rounded up
    to the steps. `strata` matter to the rank test alone; `restricted_mean_days` ends the restricted mean.
    """

    kind: Literal["survival"] = "survival"
    outcome: OutcomeName
    steps: tuple[Step, ...] = Field(min_length=1, max_length=2_000)
    group: ColumnName | None = None
    strata: tuple[ColumnName, ...] = Field(default=(), max_length=3)
    weights: RankWeights = "logrank"
    rho: float = Field(default=1.0, ge=0, le=5)
    """The power of `fleming-harrington` weights; the other weights take no notice of it."""
    quantiles: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = Field(default=(0.5,), max_length=20)
    restricted_mean_days: int | None = Field(default=None, ge=1)
    confidence: float = Field(default=0.95, ge=0.5, le=0.999)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if list(self.steps) != sorted(set(self.steps)):
            raise ValueError("steps must rise")
        names = [*([self.group] if self.group else []), *self.strata]
        if len(set(names)) != len(names):
            raise ValueError("a variable stands twice among group and strata")
        if self.strata and self.group is None:
            raise ValueError("strata are for comparing groups: name a group")
        if self.restricted_mean_days is not None and self.restricted_mean_days > self.steps[-1]:
            raise ValueError("restricted_mean_days lies after the last step")
        return self

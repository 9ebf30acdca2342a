"""What a Cox regression asks for."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from onggi.spec.base import ColumnName, Frozen, LevelName
from onggi.spec.outcomes import OutcomeName

Ties = Literal["efron", "breslow"]
TimeTransform = Literal["identity", "log"]


class CoxParameters(Frozen):
    """Cox's regression of one outcome's event, each hospital being a stratum; competing events are censored.

    `terms` are variable names; a category opens into one column per level but `references[name]`. `strata`
    are flags or categories by which each hospital's persons are divided further. The test of proportional
    hazards looks for effects that change with g(day): the day, or its natural logarithm (of day + 1 where the
    outcome counts day 0). No other g may be chosen: many of them would tell single days apart.
    """

    kind: Literal["cox"] = "cox"
    outcome: OutcomeName
    terms: tuple[ColumnName, ...] = Field(min_length=1, max_length=200)
    references: dict[ColumnName, LevelName] = Field(default_factory=dict)
    strata: tuple[ColumnName, ...] = Field(default=(), max_length=3)
    ties: Ties = "efron"
    robust: bool = False
    time_transform: TimeTransform = "log"
    tolerance: float = Field(default=1e-9, gt=0, le=1e-4)
    maximum_iterations: int = Field(default=30, ge=1, le=100)

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        names = [*self.terms, *self.strata]
        if len(set(names)) != len(names):
            raise ValueError("a variable stands twice among terms and strata")
        return self

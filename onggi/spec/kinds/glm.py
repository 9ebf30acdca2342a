"""What a generalised linear model asks for."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from onggi.spec.base import ColumnName, Frozen, LevelName

Family = Literal["gaussian", "binomial", "poisson"]


class GlmParameters(Frozen):
    """A generalised linear model with its canonical link (identity, logit, log) on complete cases.

    `terms` are variable names in the order of the answer, after the intercept. A category opens into one
    column per level but `references[name]` (a level name), named ``<variable>_<level name>``. `offset` is
    a variable that enters the linear predictor with coefficient 1.
    """

    kind: Literal["glm"] = "glm"
    family: Family
    outcome: ColumnName
    terms: tuple[ColumnName, ...] = Field(min_length=1, max_length=200)
    references: dict[ColumnName, LevelName] = Field(default_factory=dict)
    offset: ColumnName | None = None
    tolerance: float = Field(default=1e-10, gt=0, le=1e-4)
    maximum_iterations: int = Field(default=30, ge=1, le=100)

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        names = [self.outcome, *self.terms, *([self.offset] if self.offset else [])]
        if len(set(names)) != len(names):
            raise ValueError("a variable stands twice among outcome, terms and offset")
        return self

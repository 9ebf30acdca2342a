"""What an evaluation of a given prediction model asks for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from onggi.spec.base import ColumnName, Frozen, LevelName, is_unset

MOST_GROUPS = 100
Coefficient = Annotated[float, Field(ge=-1e9, le=1e9)]
_CLOSEST = 1e-6
Risk = Annotated[float, Field(ge=_CLOSEST, le=1 - _CLOSEST)]
Edge = Annotated[float, Field(ge=-1e9, le=1e9)]


class ModelTerm(Frozen):
    """One term of a published linear predictor.

    A number or flag enters as it is, in the unit of the variable; a level of a category as 0 or 1. Levels
    that no term names count 0: they are the reference.
    """

    variable: ColumnName
    level: LevelName | None = Field(default=None, exclude_if=is_unset)
    coefficient: Coefficient


class LogisticModel(Frozen):
    """A published model with logit link: risk = 1 / (1 + exp(-(intercept + sum of terms)))."""

    intercept: Coefficient
    terms: tuple[ModelTerm, ...] = Field(min_length=1, max_length=200)

    @model_validator(mode="after")
    def _each_term_once(self) -> Self:
        if len({(each.variable, each.level) for each in self.terms}) != len(self.terms):
            raise ValueError("a term stands twice in the model")
        return self


def check_edges(edges: Sequence[float]) -> None:
    """Raises ValueError where edges do not rise, or two are nearly the same."""
    if list(edges) != sorted(set(edges)):
        raise ValueError("edges must rise")
    if any(later - earlier < _CLOSEST for earlier, later in pairwise(edges)):
        raise ValueError("two edges are nearly the same")


class EvaluationParameters(Frozen):
    """How well a given model, or a variable that holds a risk, predicts a flag, on complete cases.

    * One of `model` and `risk` is given. `outcome` is a flag: whether the event came within the model's own
      horizon. Follow-up that ends before is not looked at: for that a flag is the wrong outcome.
    * `edges` cut the predicted risk into groups: below the first, from each up to the next, from the last
      on. All that rests on an order of risks (ROC, risk groups, Hosmer-Lemeshow) rests on these groups.
    * `thresholds` are those of the edges at which persons are classified: risk at least the threshold.
    * `by` repeats everything in the levels of one flag or category, or in bands of one number, cut at
      `by_edges`. One variable alone: two could give the few persons between them away by subtraction.
    * `developed_here`: the model was fitted to these same persons; Hosmer-Lemeshow then has two degrees of
      freedom less.
    """

    kind: Literal["evaluation"] = "evaluation"
    outcome: ColumnName
    model: LogisticModel | None = Field(default=None, exclude_if=is_unset)
    risk: ColumnName | None = Field(default=None, exclude_if=is_unset)
    edges: tuple[Risk, ...] = Field(min_length=1, max_length=MOST_GROUPS - 1)
    thresholds: tuple[Risk, ...] = Field(default=(), max_length=20, exclude_if=is_unset)
    by: ColumnName | None = Field(default=None, exclude_if=is_unset)
    by_edges: tuple[Edge, ...] = Field(default=(), max_length=19, exclude_if=is_unset)
    developed_here: bool = Field(default=False, exclude_if=is_unset)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.model is None) == (self.risk is None):
            raise ValueError("an evaluation has either a model or a variable that holds the risk")
        for name, values in (("thresholds", self.thresholds), ("by", self.by_edges)):
            if list(values) != sorted(set(values)):
                raise ValueError(f"{name} must rise")
        check_edges(self.edges)
        if not set(self.thresholds) <= set(self.edges):
            raise ValueError("every threshold must be one of the edges")
        if self.by_edges and self.by is None:
            raise ValueError("by_edges without a variable to cut")
        return self

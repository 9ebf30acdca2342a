"""What a penalised regression asks for."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from onggi.spec.base import ColumnName, Frozen, LevelName, is_unset
from onggi.spec.kinds.glm import LINKS, Family, Link


class PenalisedParameters(Frozen):
    """Ridge, lasso or elastic net on complete cases, along a path of penalties, with cross-validation.

    The objective is that of Friedman, Hastie and Tibshirani (2010): for n persons

        -log-likelihood / n + lambda * sum_j ((1 - alpha) / 2 * beta_j^2 + alpha * |beta_j|)

    (gaussian: half the mean squared residual in place of the first term; gamma: half the mean deviance, a
    dispersion of 1), where `beta_j` are the coefficients of columns divided by their standard deviation (that
    with n). The intercept is not penalised.

    * `terms`, `references`, `offset`: as for a generalised linear model.
    * `link`: likewise, but that gamma has the log link alone, which must be named. Under the inverse link the
      fits of folds may have no mean above zero for persons whom they leave out.
    * `alpha`: 1 is the lasso, 0 is ridge.
    * `penalties`: the values of lambda, falling. Without any there are `path_length` of them, from the
      smallest that leaves every coefficient at zero down to `path_ratio` times it, in equal steps of its
      logarithm; for ridge the first is that of alpha = 0.001, as in glmnet.
    * `folds`: how many parts for cross-validation; 0 for none.
    """

    kind: Literal["penalised"] = "penalised"
    family: Family
    outcome: ColumnName
    terms: tuple[ColumnName, ...] = Field(min_length=1, max_length=200)
    references: dict[ColumnName, LevelName] = Field(default_factory=dict)
    offset: ColumnName | None = None
    alpha: float = Field(default=1.0, ge=0, le=1)
    penalties: tuple[Annotated[float, Field(gt=0, le=1e9)], ...] = Field(default=(), max_length=100)
    path_length: int = Field(default=50, ge=2, le=100)
    path_ratio: float = Field(default=1e-3, ge=1e-6, le=0.5)
    folds: int = Field(default=5, ge=0, le=20)
    tolerance: float = Field(default=1e-10, gt=0, le=1e-6)
    maximum_iterations: int = Field(default=60, ge=1, le=200)
    link: Link | None = Field(default=None, exclude_if=is_unset)

    @property
    def length(self) -> int:
        """How many penalties."""
        return len(self.penalties) or self.path_length

    @property
    def link_used(self) -> Link:
        """The link, the family's canonical one where none is named."""
        return self.link or LINKS[self.family][0]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [self.outcome, *self.terms, *([self.offset] if self.offset else [])]
        if len(set(names)) != len(names):
            raise ValueError("a variable stands twice among outcome, terms and offset")
        if any(not later < earlier for earlier, later in pairwise(self.penalties)):
            raise ValueError("penalties must fall")
        if self.folds in (1, 2):
            raise ValueError("cross-validation needs at least three folds")
        if self.link_used not in LINKS[self.family]:
            raise ValueError(f"the family {self.family} has no link {self.link}")
        if self.link_used == "inverse":
            raise ValueError("a penalised gamma regression has the log link: link='log'")
        return self

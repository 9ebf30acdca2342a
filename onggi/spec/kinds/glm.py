"""What a generalised linear model asks for."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from onggi.spec.base import ColumnName, Frozen, LevelName, is_unset
from onggi.spec.kinds.evaluation import MOST_GROUPS, Risk, check_edges

Family = Literal["gaussian", "binomial", "poisson", "gamma"]
Link = Literal["identity", "logit", "log", "inverse"]
Robust = Literal["HC0", "HC1", "HC3"]
LINKS: dict[Family, tuple[Link, ...]] = {
    "gaussian": ("identity",),
    "binomial": ("logit",),
    "poisson": ("log",),
    "gamma": ("inverse", "log"),
}
"""The links of each family, the canonical one first."""


class GlmParameters(Frozen):
    """A generalised linear model on complete cases.

    `terms` are variable names in the order of the answer, after the intercept. A category opens into one
    column per level but `references[name]` (a level name), named ``<variable>_<level name>``. `offset` is
    a variable that enters the linear predictor with coefficient 1.

    * `link`: the family's canonical one (identity, logit, log, inverse) where not given.
    * `weights`: a number variable with prior weights, as `weights` of R's glm: a person's log-likelihood
      counts so many times, and persons (not weights) are counted in degrees of freedom.
    * `site_effects`: every hospital has an intercept of its own, which nobody else learns.
    * `robust`: sandwich standard errors beside the model's own.
    * `without`: for each group of terms, a likelihood-ratio test against the model that leaves them out.

    * `risk_edges`: how well a logistic model predicts its own persons (apparent performance), over groups of
      predicted risk cut there, as `EvaluationParameters.edges` are. It needs one intercept for all, and
      neither offset nor weights: risks are then those of the terms, and every person counts once.

    What is not asked is not written: a plain model has the bytes, and the digest, that it always had.
    """

    kind: Literal["glm"] = "glm"
    family: Family
    outcome: ColumnName
    terms: tuple[ColumnName, ...] = Field(min_length=1, max_length=200)
    references: dict[ColumnName, LevelName] = Field(default_factory=dict)
    offset: ColumnName | None = None
    tolerance: float = Field(default=1e-10, gt=0, le=1e-4)
    maximum_iterations: int = Field(default=30, ge=1, le=100)
    link: Link | None = Field(default=None, exclude_if=is_unset)
    weights: ColumnName | None = Field(default=None, exclude_if=is_unset)
    site_effects: bool = Field(default=False, exclude_if=is_unset)
    robust: Robust | None = Field(default=None, exclude_if=is_unset)
    without: tuple[Annotated[tuple[ColumnName, ...], Field(min_length=1, max_length=200)], ...] = Field(
        default=(), max_length=16, exclude_if=is_unset
    )
    risk_edges: tuple[Risk, ...] = Field(default=(), max_length=MOST_GROUPS - 1, exclude_if=is_unset)

    @property
    def link_used(self) -> Link:
        """The link, the family's canonical one where none is named."""
        return self.link or LINKS[self.family][0]

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        further = [name for name in (self.offset, self.weights) if name]
        names = [self.outcome, *self.terms, *further]
        if len(set(names)) != len(names):
            raise ValueError("a variable stands twice among outcome, terms, offset and weights")
        if self.link_used not in LINKS[self.family]:
            raise ValueError(f"the family {self.family} has no link {self.link}")
        for group in self.without:
            if len(set(group)) != len(group) or not set(group) <= set(self.terms):
                raise ValueError("a test leaves out something that is no term, or one term twice")
        check_edges(self.risk_edges)
        if self.risk_edges and (self.family != "binomial" or further or self.site_effects):
            raise ValueError("only a binomial model without offset, weights or site effects is evaluated")
        return self

"""What a meta-analysis asks for."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from onggi.spec.base import Frozen
from onggi.spec.kinds.glm import GlmParameters

Heterogeneity = Literal["DL", "REML", "PM"]
TermName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,126}$")]


class MetaParameters(Frozen):
    """One coefficient of a regression that each hospital fits alone, put together by random effects.

    **Site-visible**: every hospital's own estimate and its variance leave it in clear, by name. Masks cannot
    hide them, so the job must not ask for masks.

    * `model`: the regression, without hospitals' intercepts or tests of smaller models.
    * `term`: the coefficient, by its name in the fitted model (``male``, ``group_b``).
    * `heterogeneity`: how the variance between hospitals is estimated: DerSimonian and Laird (1986),
      restricted maximum likelihood (Viechtbauer 2005), or Paule and Mandel (1982).
    """

    kind: Literal["meta"] = "meta"
    model: GlmParameters
    term: TermName
    heterogeneity: Heterogeneity = Field(default="REML")

    @model_validator(mode="after")
    def _one_hospitals_model(self) -> Self:
        if self.model.site_effects or self.model.without or self.model.risk_edges:
            raise ValueError("a hospital's own model has no site effects, and tests or evaluates nothing")
        return self

"""A fitted regression."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from onggi.spec.base import Frozen, is_unset
from onggi.spec.kinds.glm import Robust
from onggi.spec.results.base import ResultBase
from onggi.spec.results.model_evaluation import ModelEvaluation


class NestedTest(Frozen):
    """The model without some terms, held against the whole model.

    `statistic` is the difference of the two deviances divided by the whole model's dispersion, to be held
    against chi-square with `dof` degrees of freedom: the likelihood-ratio test of R's ``anova.glm``.
    """

    without: tuple[str, ...]
    deviance: float
    statistic: float = Field(ge=0)
    dof: int = Field(ge=1)


class ModelFit(ResultBase):
    """A fitted regression: the pooled answer, in the units of the variables.

    * `standard_errors` and `covariance` are the model's own; `robust_*` are the sandwich's.
    * `site_intercepts`: how many hospitals' intercepts were fitted beside the terms (none of them is told).
      Then `null_deviance` is that of the model with these intercepts alone.
    * `evaluation`: the model's apparent performance, in the very persons to whom it was fitted. It tells how
      well the model describes them, and flatters what it would do in others.
    * `aic` counts the coefficients and hospitals' intercepts, and no dispersion, as statsmodels does.
    """

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
    weights: str | None = Field(default=None, exclude_if=is_unset)
    site_intercepts: int = Field(default=0, ge=0, exclude_if=is_unset)
    robust: Robust | None = Field(default=None, exclude_if=is_unset)
    robust_standard_errors: tuple[float, ...] = Field(default=(), exclude_if=is_unset)
    robust_covariance: tuple[tuple[float, ...], ...] = Field(default=(), exclude_if=is_unset)
    tests: tuple[NestedTest, ...] = Field(default=(), exclude_if=is_unset)
    evaluation: ModelEvaluation | None = Field(default=None, exclude_if=is_unset)

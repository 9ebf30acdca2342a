"""A fitted regression."""

from __future__ import annotations

from typing import Literal

from onggi.spec.results.base import ResultBase


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

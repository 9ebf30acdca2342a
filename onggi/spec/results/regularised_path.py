"""Penalised regressions along a path of penalties."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from onggi.spec.base import Frozen
from onggi.spec.results.base import ResultBase


class CrossValidation(Frozen):
    """How well each penalty predicts persons whom the fit has not seen, as `cv.glmnet` counts it.

    * `loss`: mean deviance per person (gaussian: mean squared error) of each fold's persons under the fit on
      the others, averaged over folds by their persons; `error` its standard error over folds.
    * `best`: position of the penalty with the least loss (``lambda.min``); `simplest`: of the largest one
      whose loss is within one standard error of it (``lambda.1se``).
    """

    folds: int = Field(ge=3)
    loss: tuple[float, ...]
    error: tuple[float, ...]
    best: int = Field(ge=0)
    simplest: int = Field(ge=0)


class RegularisedPath(ResultBase):
    """A path of penalised fits: the pooled answer, in the units of the variables.

    `coefficients[i]` belong to `penalties[i]`, intercept first; `nonzero` counts those of terms that are not
    zero. `deviance` is the residual sum of squares for gaussian.
    """

    result: Literal["regularised_path"] = "regularised_path"
    family: str
    link: str
    alpha: float
    terms: tuple[str, ...]
    penalties: tuple[float, ...]
    coefficients: tuple[tuple[float, ...], ...]
    nonzero: tuple[int, ...]
    deviance: tuple[float, ...]
    null_deviance: float
    n: int
    events: int | None = None
    iterations: int
    validation: CrossValidation | None = None

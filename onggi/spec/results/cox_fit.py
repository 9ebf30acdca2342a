"""A fitted Cox regression."""

from __future__ import annotations

from typing import Literal

from onggi.spec.base import Frozen
from onggi.spec.kinds.cox import Ties, TimeTransform
from onggi.spec.results.base import ResultBase


class ChiSquareTest(Frozen):
    """A statistic with its degrees of freedom and the chance of a larger one."""

    statistic: float
    dof: int
    p_value: float


class ProportionalHazards(Frozen):
    """Whether effects change with time: score tests term by term and of all together; 0 is no change.

    `scaled_residuals` are the tests of Grambsch and Therneau (1994) in the form that treats the variance as
    the same at every event: what R's ``cox.zph`` printed before survival 3.0, and lifelines prints. `score`
    and `all_terms` are without that approximation, as in ``cox.zph`` since survival 3.0.
    """

    time_transform: TimeTransform
    score: tuple[ChiSquareTest, ...]
    all_terms: ChiSquareTest
    scaled_residuals: tuple[ChiSquareTest, ...]


class CoxFit(ResultBase):
    """Log hazard ratios in the units of the variables, with each hospital as a stratum of its own.

    `robust_errors` are those of Lin and Wei (1989), empty where not asked for. Log-likelihoods are partial.
    `proportional_hazards` is None where the events' days do not allow the test.
    """

    result: Literal["cox_fit"] = "cox_fit"
    outcome: str
    ties: Ties
    strata: tuple[str, ...]
    terms: tuple[str, ...]
    coefficients: tuple[float, ...]
    standard_errors: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    robust_errors: tuple[float, ...]
    n: int
    events: int
    log_likelihood: float
    null_log_likelihood: float
    likelihood_ratio: ChiSquareTest
    wald: ChiSquareTest
    score: ChiSquareTest
    proportional_hazards: ProportionalHazards | None
    iterations: int
    converged: bool

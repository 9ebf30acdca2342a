"""Compares groups by a weighted log-rank test, within strata, from the counts at each step.

The statistic of Mantel and Haenszel (1959) with weights: 1 (log-rank); persons at risk (Gehan 1965, Breslow
1970: "wilcoxon"); their root (Tarone and Ware 1977); the survival estimate with n + 1 in place of n (Peto and
Peto 1972, as in lifelines); pooled survival before the step to the power rho (Harrington and Fleming 1982, as
in R's ``survdiff``). Weights are taken within each stratum. Times are the steps: ties are allowed for by the
hypergeometric variance.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis_jobs.kinds.contract import Array
from analysis_jobs.kinds.glm.reproducible_algebra import NotPositive, cholesky, lower_inverse, product
from onggi.probability import chi_square_upper_tail
from onggi.spec.kinds.survival import RankWeights
from onggi.spec.results.survival_curves import RankTest

_ALONE = 1e-9
"""Less variance than this share of a group's expected events means that it was never at risk with others."""


def rank_test(
    at_risk: Array, events: Array, *, weights: RankWeights, rho: float, strata: Sequence[str]
) -> RankTest | None:
    """The test of all groups against each other; None where some are never at risk together.

    Args:
        at_risk, events: shape (strata, groups, steps).
    """
    groups = at_risk.shape[1]
    difference, covariance = np.zeros(groups), np.zeros((groups, groups))
    expected = np.zeros(groups)
    for n_each, d_each in zip(at_risk, events, strict=True):
        n, d = n_each.sum(axis=0), d_each.sum(axis=0)
        some = np.where(n > 0, n, 1.0)
        weight = _weights(weights, n, d, rho)
        share = n_each / some
        expected += (share * d).sum(axis=1)
        difference += ((d_each - share * d) * weight).sum(axis=1)
        factor = np.where(n > 1, weight**2 * d * (n - d) / np.where(n > 1, n - 1, 1.0), 0.0)
        covariance += np.diag((share * factor).sum(axis=1)) - (share * factor) @ share.T
    # The groups' differences add up to nothing: the last one follows from the others.
    inner = covariance[:-1, :-1]
    size = np.sqrt(np.maximum(np.diag(inner), 0.0))
    if not (size > 0).all():
        return None
    try:
        root = lower_inverse(cholesky(inner / np.outer(size, size) - _ALONE * np.eye(groups - 1)))
    except NotPositive:
        return None
    root = lower_inverse(cholesky(inner / np.outer(size, size)))
    scaled = product(root, difference[:-1] / size)
    statistic = float((scaled**2).sum())
    return RankTest(
        weights=weights,
        rho=rho if weights == "fleming-harrington" else None,
        strata=tuple(strata),
        statistic=statistic,
        dof=groups - 1,
        p_value=chi_square_upper_tail(statistic, dof=groups - 1),
        observed=tuple(int(total) for total in events.sum(axis=(0, 2)).tolist()),
        expected=tuple(expected.tolist()),
    )


def _weights(weights: RankWeights, n: Array, d: Array, rho: float) -> Array:
    some = np.where(n > 0, n, 1.0)
    match weights:
        case "logrank":
            return np.ones_like(n)
        case "wilcoxon":
            return n
        case "tarone-ware":
            return np.sqrt(n)
        case "peto":
            peto: Array = np.asarray(np.cumprod(1.0 - d / (n + 1.0)), dtype=np.float64)
            return peto
        case "fleming-harrington":
            survival = np.cumprod(1.0 - d / some)
            before: Array = np.concatenate([[1.0], survival[:-1]])
            return before**rho

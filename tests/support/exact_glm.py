"""A slow regression in extended precision: the truth that both ours and statsmodels are measured against.

Orthogonalisation (Gram-Schmidt, twice) in 80-bit numbers, Newton steps until they are nothing. Near a
condition number of 1e8 statsmodels itself is off by 1e-7, so that it cannot be the measure there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Long = npt.NDArray[np.longdouble]
_STEPS = 40


def exact_glm(y: Any, x: Any, family: str, offset: Any = None) -> tuple[Long, Long]:
    """Coefficients and standard errors; `x` holds the intercept's column."""
    y, x = np.asarray(y, np.longdouble), np.asarray(x, np.longdouble)
    shift = np.zeros_like(y) if offset is None else np.asarray(offset, np.longdouble)
    beta = np.zeros(x.shape[1], np.longdouble)
    if family == "poisson":
        beta[0] = np.log(y.mean()) - shift.mean()
    for _ in range(_STEPS):
        mean, weight = _mean_and_weight(family, x @ beta + shift)
        orthonormal, triangle = _orthonormal(x * np.sqrt(weight)[:, None])
        inverse = _upper_inverse(triangle)
        beta = beta + inverse @ (orthonormal.T @ ((y - mean) / np.sqrt(weight)))
    covariance = inverse @ inverse.T
    if family == "gaussian":
        covariance *= ((y - x @ beta - shift) ** 2).sum() / (len(y) - x.shape[1])
    return beta, np.sqrt(np.diag(covariance))


def _mean_and_weight(family: str, predictor: Long) -> tuple[Long, Long]:
    if family == "gaussian":
        return predictor, np.ones_like(predictor)
    if family == "binomial":
        mean = 1 / (1 + np.exp(-predictor))
        return mean, mean * (1 - mean)
    mean = np.exp(predictor)
    return mean, mean


def _orthonormal(matrix: Long) -> tuple[Long, Long]:
    columns, size = matrix.copy(), matrix.shape[1]
    triangle = np.eye(size, dtype=np.longdouble)
    for _ in range(2):
        turn = np.eye(size, dtype=np.longdouble)
        for column in range(size):
            for earlier in range(column):
                turn[earlier, column] = columns[:, earlier] @ columns[:, column]
                columns[:, column] -= turn[earlier, column] * columns[:, earlier]
            turn[column, column] = np.sqrt(columns[:, column] @ columns[:, column])
            columns[:, column] /= turn[column, column]
        triangle = turn @ triangle
    return columns, triangle


def _upper_inverse(triangle: Long) -> Long:
    size = triangle.shape[0]
    inverse = np.zeros_like(triangle)
    for column in range(size):
        for row in range(size - 1, -1, -1):
            known = triangle[row, row + 1 :] @ inverse[row + 1 :, column]
            inverse[row, column] = (float(row == column) - known) / triangle[row, row]
    return inverse

"""Small matrix algebra whose last bit is the same on every machine.

Each hospital recomputes the next question from the verified sums and accepts no other, so the coordinator's
computer and each hospital's must agree to the bit. Linear-algebra libraries choose their instructions by
processor and differ in the last digits; single additions, products, quotients and roots do not. Matrices
here have as many rows as a model has coefficients, so that speed does not matter.
"""

from __future__ import annotations

import math

import numpy as np

from analysis_jobs.kinds.contract import Array

_LOG_TWO = 0.6931471805599453
_ROOT_HALF = 0.7071067811865476


class NotPositive(ArithmeticError):
    """A matrix of cross-products has a pivot that is not positive; `column` says which."""

    def __init__(self, column: int) -> None:
        super().__init__(column)
        self.column = column


def unpack(lower: Array, size: int) -> Array:
    """The symmetric matrix whose lower triangle, row by row, is given."""
    matrix = np.zeros((size, size))
    rows, columns = np.tril_indices(size)
    matrix[rows, columns] = lower
    matrix[columns, rows] = lower
    return matrix


def cholesky(matrix: Array) -> Array:
    """Lower factor L with L L' = matrix. Raises NotPositive naming the first column that depends."""
    rest = matrix.copy()
    factor = np.zeros_like(rest)
    for column in range(rest.shape[0]):
        pivot = rest[column, column]
        if not (pivot > 0 and math.isfinite(pivot)):
            raise NotPositive(column)
        factor[column:, column] = rest[column:, column] / math.sqrt(pivot)
        part = factor[column:, column]
        rest[column:, column:] -= part[:, None] * part[None, :]
    return factor


def lower_inverse(factor: Array) -> Array:
    """The inverse of a lower triangular matrix."""
    size = factor.shape[0]
    inverse = np.zeros_like(factor)
    for row in range(size):
        known = np.zeros(size)
        known[row] = 1.0
        for column in range(row):
            known -= factor[row, column] * inverse[column]
        inverse[row] = known / factor[row, row]
    return inverse


def product(left: Array, right: Array) -> Array:
    """Matrix product (matrix by matrix, or matrix by vector)."""
    result = np.zeros((left.shape[0], *right.shape[1:]))
    for inner in range(left.shape[1]):
        column = left[:, inner]
        result = result + (column * right[inner] if right.ndim == 1 else column[:, None] * right[inner])
    return result


def logarithm(value: float) -> float:
    """The natural logarithm of a number above zero, from sums, products and quotients alone."""
    share, power = math.frexp(value)
    if share < _ROOT_HALF:
        share, power = share * 2, power - 1
    ratio = (share - 1) / (share + 1)
    square, term, total = ratio * ratio, ratio, 0.0
    for odd in range(1, 40, 2):
        total += term / odd
        term *= square
    return power * _LOG_TWO + 2 * total


def root_of(value: float, degree: int) -> float:
    """The root of that degree of a number in (0, 1), by Newton's steps from 1 downwards."""
    at = 1.0
    for _ in range(200):
        lower = 1.0
        for _ in range(degree - 1):
            lower *= at
        further = at - (lower * at - value) / (degree * lower)
        if not further < at:
            break
        at = further
    return at


def dot(left: Array, right: Array) -> float:
    """Sum of products, rounded once per product and once in all."""
    return math.fsum((left * right).tolist())


def sum_of_squares(values: Array) -> float:
    """Sum of squares of all entries."""
    flat = values.ravel()
    return dot(flat, flat)

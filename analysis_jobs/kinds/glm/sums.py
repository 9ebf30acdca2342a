"""Weighted sums over one hospital's persons, as they are added up before they leave."""

from __future__ import annotations

import numpy as np

from analysis_jobs.kinds.contract import Array
from analysis_jobs.kinds.glm.design import Design
from analysis_jobs.kinds.glm.own_intercept import without_intercept


class Sums:
    """Weighted cross-products, a weighted linear sum, and the sum and sum of squares of the weights."""

    __slots__ = ("information", "linear", "weights")

    def __init__(self, size: int) -> None:
        self.information: Array = np.zeros((size, size))
        self.linear: Array = np.zeros(size)
        self.weights: Array = np.zeros(2)

    def add(self, z: Array, weight: Array, linear: Array) -> None:
        """One block of persons: `z` a row per coefficient, `weight` and `linear` one number a person."""
        rooted = z * np.sqrt(weight)
        self.information += rooted @ rooted.T
        self.linear += z @ linear
        self.weights += [weight.sum(), weight @ weight]

    def leaving(self, design: Design) -> tuple[Array, Array]:
        """Information (packed) and linear sum as they leave: without the hospital's own intercept."""
        information, linear = self.information, self.linear
        if design.site_effects:
            information, linear = without_intercept(information, linear)
        return packed_lower(information), linear


def packed_lower(matrix: Array) -> Array:
    """The lower triangle of a symmetric matrix, row by row."""
    return np.ascontiguousarray(matrix[np.tril_indices(matrix.shape[0])])

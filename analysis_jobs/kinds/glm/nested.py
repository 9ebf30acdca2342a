"""Fits the model without some terms inside the coordinates of the whole model, and tests the difference.

Leaving terms out means that their coefficients are zero: a plane through the origin of the whole model's
coordinates. Every hospital answers the same question as for the whole model, at coefficients on that plane;
what is along the plane is read off the pooled sums. So a smaller model needs no question of its own.
"""

from __future__ import annotations

import math

import numpy as np

from analysis_jobs.kinds.contract import Array
from analysis_jobs.kinds.glm.basis import Basis
from analysis_jobs.kinds.glm.design import Design
from analysis_jobs.kinds.glm.newton import Newton, PooledPass, Rules
from analysis_jobs.kinds.glm.reproducible_algebra import dot, product


def left_out(design: Design, group: tuple[str, ...]) -> list[int]:
    """The columns that a group of terms fills, by position."""
    return [at for at, column in enumerate(design.columns) if column.variable in group]


def plane_of(design: Design, basis: Basis, group: tuple[str, ...]) -> Array:
    """Orthonormal directions along which the left-out terms keep no coefficient: a column each."""
    rows = np.zeros((len(left_out(design, group)), design.size))
    for row, at in zip(rows, left_out(design, group), strict=True):
        row[design.first :] = basis.basis[at] / np.abs(basis.basis[at]).max()
    return null_space(rows)


def null_space(rows: Array) -> Array:
    """Orthonormal columns that every row is perpendicular to, by Householder's reflections."""
    count, size = rows.shape
    rest, turn = rows.T.copy(), np.eye(size)
    for column in range(count):
        mirror = np.zeros(size)
        mirror[column:] = rest[column:, column]
        length = math.sqrt(dot(mirror, mirror))
        mirror[column] += math.copysign(length, mirror[column])
        norm = dot(mirror, mirror)
        if norm > 0:
            rest -= mirror[:, None] * (product(rest.T.copy(), mirror) * (2 / norm))[None, :]
            turn -= product(turn, mirror)[:, None] * (mirror * (2 / norm))[None, :]
    return turn[:, count:]


def begin_smaller(design: Design, plane: Array, main: Newton, level: float, rules: Rules) -> Newton:
    """The smaller fit: from the whole model's coefficients, as far as they lie in the plane."""
    base = np.zeros(design.size)
    base[: design.first] = level
    across = plane.T.copy()
    return Newton(rules, product(across, base), product(across, main.candidate))


def along(plane: Array, sums: PooledPass) -> PooledPass:
    """The part of a whole model's sums along the plane."""
    across = plane.T.copy()
    information = product(product(across, sums.information), plane)
    return PooledPass(product(across, sums.score), (information + information.T) / 2, sums.deviance)

"""Standard errors that do not rest on the family's variance: the sandwich of White (1980) and its kin.

* A person's contribution is the slope of the log-likelihood at the final coefficients. One more round adds up
  their squares; bread, meat, bread is the covariance (HC0).
* HC1 multiplies by persons over residual degrees of freedom. HC3 divides each contribution by one less the
  person's leverage (MacKinnon and White 1985): the bread is public, so each hospital knows its own leverages.
* Where hospitals have intercepts of their own, contributions are those of the terms after the intercept was
  taken out: the terms' part of the sandwich with one dummy column a hospital.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from analysis_jobs.kinds.contract import Array, Arrays
from analysis_jobs.kinds.glm.design import Design
from analysis_jobs.kinds.glm.family import Fitted
from analysis_jobs.kinds.glm.reproducible_algebra import product, unpack
from analysis_jobs.kinds.glm.rows import Rows

_WHOLE = 1 - 1e-9
"""A person with this leverage decides a coefficient alone, and HC3 has no value."""


def meat_of(
    design: Design, rows: Rows, given: Arrays, fits: Iterable[tuple[Array, Fitted | None]]
) -> tuple[Array, Array] | None:
    """Cross-products of contributions, and sum and sum of squares of their weights.

    None where a mean overflows, or a leverage is 1.
    """
    pieces = []
    for z, fitted in fits:
        if fitted is None:
            return None
        expected = fitted.weight if fitted.expected is None else fitted.expected
        pieces.append((z, fitted.residual, expected))
    center, mass = _own_center(pieces) if design.site_effects and rows.persons else (None, np.inf)
    bread = unpack(given["bread"], design.size)
    unit, scale = float(given["unit"][0]), float(given["scale"][0])
    meat, weights = np.zeros((design.size, design.size)), np.zeros(2)
    for z, residual, expected in pieces:
        columns = z if center is None else z[1:] - center[:, None]
        if design.robust == "HC3":
            leverage = expected * (np.einsum("ij,ij->j", columns, bread @ columns) / unit + 1 / mass)
            if leverage.size and not leverage.max() < _WHOLE:
                return None
            residual = residual / (1 - leverage)
        squares = residual * residual / scale
        meat += (columns * squares) @ columns.T
        weights += [squares.sum(), squares @ squares]
    return (meat + meat.T) / 2, weights


def _own_center(pieces: Iterable[tuple[Array, Array, Array]]) -> tuple[Array, float]:
    """The hospital's means under the final weights, and the sum of these weights."""
    mass, total = 0.0, np.zeros(0)
    for z, _, weight in pieces:
        mass += float(weight.sum())
        total = z[1:] @ weight + (total if total.size else 0.0)
    return total / mass, mass


def robust_covariance(bread: Array, meat: Array, *, scale: float, unit: float) -> Array:
    """HC0 or HC3 in the fit's own coordinates: `bread` inverts the information divided by `unit`, `meat` is
    divided by `scale`."""
    return product(bread, product(meat, bread)) * (scale / unit**2)

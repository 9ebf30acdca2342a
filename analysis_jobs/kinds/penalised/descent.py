"""Finds the minimum of many penalised quadratics at once.

Coordinate descent (Friedman, Hastie and Tibshirani 2010, section 2), every fit in step with the others. It
soon knows which coefficients are zero, but settles slowly where columns are alike: those fits that have not
settled after a while are then solved for outright.

Single additions, products and quotients alone, so that each machine gets the same last bit.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict

import numpy as np

from analysis_jobs.kinds.contract import Array, Rows
from analysis_jobs.kinds.glm.reproducible_algebra import NotPositive, cholesky, lower_inverse, product
from onggi.errors import Refused

_SWEEPS = 3_000
_TURNS = 10
_CHECK_EVERY = 5
_SOLVE_EVERY = 100
_SMALL = 1e-14
_BORDER = 1e-11

_known: OrderedDict[bytes, Array] = OrderedDict()
_MOST_KNOWN = 64


def minimise(curvature: Array, slope: Array, start: Array, soft: Array, ridge: Array) -> Array:
    """For each fit the minimum over b of

        (b - start)' curvature (b - start) / 2 - slope' (b - start) + sum_j (soft_j |b_j| + ridge_j b_j^2 / 2)

    Every round of a conversation replays those before it: minima that were found are remembered.

    Args:
        curvature: shape (fits, size, size), symmetric, not negative.
        slope, start, soft, ridge: shape (fits, size).
    Returns:
        shape (fits, size), not to be written to.
    Raises:
        Refused: ``penalised.not_converged``.
    """
    given = [np.ascontiguousarray(each) for each in (curvature, slope, start, soft, ridge)]
    digest = hashlib.blake2b()
    for each in given:
        digest.update(str(each.shape).encode())
        digest.update(each.data)
    key = digest.digest()
    if key not in _known:
        _known[key] = _minimise(*given)
        _known[key].setflags(write=False)
        while len(_known) > _MOST_KNOWN:
            _known.popitem(last=False)
    return _known[key]


def _minimise(curvature: Array, slope: Array, start: Array, soft: Array, ridge: Array) -> Array:
    found = start.copy()
    going = np.arange(len(start))
    at, rest = found.copy(), slope.copy()
    inner = curvature
    for sweep in range(1, _SWEEPS + 1):
        largest = _sweep(inner, rest, at, soft[going], ridge[going])
        if sweep % _CHECK_EVERY:
            continue
        keep = largest > _SMALL
        if sweep % _SOLVE_EVERY == 0:
            for place in np.flatnonzero(keep):
                one = going[place]
                solved = _settle(curvature[one], slope[one], start[one], soft[one], ridge[one], at[place])
                if solved is not None:
                    at[place], keep[place] = solved, False
        found[going] = at
        if not keep.any():
            break
        if not keep.all():
            going, at, rest, inner = going[keep], at[keep], rest[keep], inner[keep]
    else:
        raise Refused("penalised.not_converged", iterations=_SWEEPS)
    return found


def _sweep(curvature: Array, rest: Array, at: Array, soft: Array, ridge: Array) -> Array:
    """One round over the coefficients, in place. How far each fit moved at most: against its curvature, and
    relative to where it is once that is more than 1."""
    largest = np.zeros(len(at))
    for column in range(at.shape[1]):
        own = curvature[:, column, column]
        pull = own * at[:, column] + rest[:, column]
        beyond = np.abs(pull) - soft[:, column]
        # What exceeds the penalty by rounding alone is no coefficient.
        drawn = np.where(beyond > _BORDER * soft[:, column], np.sign(pull) * beyond, 0.0)
        against = own + ridge[:, column]
        moved = np.where(against > 0, drawn / np.where(against > 0, against, 1.0), 0.0) - at[:, column]
        at[:, column] += moved
        rest -= curvature[:, :, column] * moved[:, None]
        root = np.sqrt(own)
        largest = np.maximum(largest, np.abs(moved) * root / (1 + np.abs(at[:, column]) * root))
    return largest


def _settle(
    curvature: Array, slope: Array, start: Array, soft: Array, ridge: Array, at: Array
) -> Array | None:
    """The minimum by solving for the coefficients that are not zero (Lee, Battle, Raina and Ng 2007).

    Towards the solution for the present signs, as far as the first coefficient that would change its sign and
    leaves; where none does, the zero whose slope most exceeds its penalty enters, until there is none. None
    where columns are so alike that the equations have no solution.
    """
    own, sign = at.copy(), np.sign(at)
    free = (own != 0) | (soft == 0)
    wanted = product(curvature, start) + slope
    for _ in range(_TURNS * len(at)):
        right = wanted - soft * sign
        further = _solution(curvature + np.diag(ridge), right, free)
        if further is None:
            return None
        crossing = free & (soft > 0) & (np.sign(further) != sign)
        if crossing.any():
            shares = np.where(crossing, own / np.where(crossing, own - further, 1.0), np.inf)
            out = int(np.argmin(shares))
            own = own + shares[out] * (further - own)
            own[out], sign[out], free[out] = 0.0, 0.0, False
            continue
        own = further
        pull = wanted - product(curvature, own)
        excess = np.where(free, 0.0, np.abs(pull) - soft * (1 + _BORDER))
        if not excess.max() > 0:
            return own
        into = int(np.argmax(excess))
        free[into], sign[into] = True, np.sign(pull[into])
    return None


def _solution(matrix: Array, right: Array, free: Rows) -> Array | None:
    """The solution of the free equations, zero elsewhere."""
    inner = matrix[free][:, free]
    try:
        root = lower_inverse(cholesky(inner))
    except NotPositive:
        return None
    own = np.zeros(len(inner))
    for _ in range(3):  # twice to correct what rounding left
        own = own + product(root.T.copy(), product(root, right[free] - product(inner, own)))
    found = np.zeros_like(right)
    found[free] = own
    return found

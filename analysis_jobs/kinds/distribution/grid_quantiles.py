"""Reads quantiles from counts on a fixed grid.

The grid stands in the spec, so asking for more quantiles tells nothing that the counts do not tell.
Searching for a quantile by halving an interval until few persons are left in it would tell a person's
value; it is not done.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

from onggi.spec.results import GridQuantile


def grid_quantile(edges: Sequence[float], persons: Sequence[int], probability: float) -> GridQuantile:
    """The interval that holds the quantile, and the point in it by linear interpolation.

    The quantile is the smallest value that at least `probability` of all persons do not exceed (type 1 of
    Hyndman and Fan 1996). Interpolated: where the counts, spread evenly over each interval, reach that share.
    Somebody must be in some interval.
    """
    total = sum(persons)
    rank = _rank(probability, total)
    reached = list(accumulate(persons))
    at = bisect_left(reached, rank)
    low, high = edges[at], edges[at + 1]
    below = reached[at] - persons[at]
    share = min(max((probability * total - below) / persons[at], 0.0), 1.0)
    # Both ends weighted: the difference of two very large ones could leave the range of numbers.
    inside = low * (1 - share) + high * share
    return GridQuantile(probability=probability, low=low, high=high, interpolated=inside)


def _rank(probability: float, total: int) -> int:
    """The least whole number that is not under probability * total, rounding apart: 0.1 * 30 is 3."""
    wanted = probability * total
    nearest = round(wanted)
    return max(1, nearest if math.isclose(wanted, nearest, rel_tol=1e-12) else math.ceil(wanted))

"""Estimates with their 95 % intervals, and the chi-square's tail, in plain arithmetic."""

from __future__ import annotations

import math

from onggi.spec.results import Estimate

REACH = 1.959963984540054
"""The 97.5 % point of the normal distribution."""


def around(
    value: float, standard_error: float, *, low: float = -math.inf, high: float = math.inf
) -> Estimate:
    """Wald's interval, cut off at the ends of what the number can be."""
    reach = REACH * standard_error
    return Estimate(value=value, low=max(value - reach, low), high=min(value + reach, high))


def share(part: int, whole: int) -> Estimate | None:
    """part / whole with the interval of Wilson (1927); None for a share of nobody."""
    if whole == 0:
        return None
    found, squared = part / whole, REACH * REACH
    center = (found + squared / (2 * whole)) / (1 + squared / whole)
    inside = found * (1 - found) / whole + squared / (4 * whole * whole)
    reach = REACH * math.sqrt(inside) / (1 + squared / whole)
    low = 0.0 if part == 0 else max(center - reach, 0.0)
    return Estimate(value=found, low=low, high=1.0 if part == whole else min(center + reach, 1.0))


def ratio(top: float, bottom: float, *, log_error: float) -> Estimate:
    """top / bottom with an interval that is symmetric for its logarithm."""
    found, factor = top / bottom, math.exp(REACH * log_error)
    return Estimate(value=found, low=found / factor, high=found * factor)

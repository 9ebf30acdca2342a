"""How likely a chi-square variable exceeds a value, for whole degrees of freedom, without another library."""

from __future__ import annotations

import math


def chi_square_tail(value: float, *, dof: int) -> float:
    """P(X > value). The finite sums of Abramowitz and Stegun (1964), 26.4.4 and 26.4.5.

    Raises:
        ValueError: for a negative value or fewer than one degree of freedom.
    """
    if not value >= 0 or dof < 1:
        raise ValueError("a chi-square statistic is not negative and has at least one degree of freedom")
    half, odd = value / 2, dof % 2
    if half == 0:
        return 1.0
    total = math.erfc(math.sqrt(half)) if odd else 0.0
    for power in range(dof // 2):
        at = power + odd / 2
        total += math.exp(at * math.log(half) - half - math.lgamma(at + 1))
    return min(total, 1.0)

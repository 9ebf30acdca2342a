"""How likely a coefficient this far from zero would be by chance: normal and Student's t, both tails."""

from __future__ import annotations

import math

from onggi import probability

_HALVINGS = 200


def normal_both_tails(z: float) -> float:
    """P(|Z| > |z|)."""
    return math.erfc(abs(z) / math.sqrt(2))


def student_both_tails(t: float, *, dof: int) -> float:
    """P(|T| > |t|) with `dof` degrees of freedom, at least 1."""
    return probability.student_both_tails(t, dof=dof)


def quantile(tails: float, *, dof: int | None) -> float:
    """The value that both tails of this probability lie beyond; `dof` None for the normal."""
    low, high = 0.0, 1e6
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        beyond = normal_both_tails(middle) if dof is None else student_both_tails(middle, dof=dof)
        low, high = (middle, high) if beyond > tails else (low, middle)
    return (low + high) / 2

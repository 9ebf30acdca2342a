"""How likely a statistic this large would be by chance: normal and Student's t, both tails; chi-square.

Written out here because the researcher's package carries no numerical library.
"""

from __future__ import annotations

import math

_TINY = 1e-300
_STEPS = 300
_HALVINGS = 200


def normal_both_tails(z: float) -> float:
    """P(|Z| > |z|)."""
    return math.erfc(abs(z) / math.sqrt(2))


def student_both_tails(t: float, *, dof: int) -> float:
    """P(|T| > |t|) with `dof` degrees of freedom, at least 1."""
    if math.isinf(t):
        return 0.0
    return _incomplete_beta(dof / (dof + t * t), dof / 2, 0.5)


def chi_square_tail(value: float, *, dof: int) -> float:
    """P(X > value) for chi-square with `dof` degrees of freedom, at least 1 (NIST handbook, 8.7.1, 8.9.2)."""
    if not value > 0:
        return 1.0
    if math.isinf(value):
        return 0.0
    a, x = dof / 2, value / 2
    front = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        for step in range(1, _STEPS * 10):
            term *= x / (a + step)
            total += term
            if term < total * 1e-17:
                break
        return max(1 - front * total, 0.0)
    b = x + 1 - a
    c, d = 1 / _TINY, 1 / b
    fraction = d
    for step in range(1, _STEPS * 10):
        numerator = -step * (step - a)
        b += 2
        d = 1 / _away_from_zero(numerator * d + b)
        c = _away_from_zero(b + numerator / c)
        fraction *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    return front * fraction


def quantile(tails: float, *, dof: int | None) -> float:
    """The value that both tails of this probability lie beyond; `dof` None for the normal."""
    low, high = 0.0, 1e6
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        beyond = normal_both_tails(middle) if dof is None else student_both_tails(middle, dof=dof)
        low, high = (middle, high) if beyond > tails else (low, middle)
    return (low + high) / 2


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function, by its continued fraction where that converges fast."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(1 - x, b, a)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    return front * _continued_fraction(x, a, b) / a


def _continued_fraction(x: float, a: float, b: float) -> float:
    """Lentz's evaluation of the fraction in the NIST handbook, 8.17.22."""
    c, d = 1.0, 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _away_from_zero(1 + term * d)
            c = _away_from_zero(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    return value


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY

"""Tails and quantiles of the distributions that tests and exact intervals need.

Written out here: neither the researcher's package nor a hospital's worker should load a numerical library
for a handful of numbers. Incomplete beta and gamma functions: NIST Digital Library of Mathematical Functions,
sections 8.9, 8.11 and 8.17. Relative error under 1e-8 for shapes up to a million.
"""

from __future__ import annotations

import math
from statistics import NormalDist

NORMAL_QUANTILE_975 = 1.959963984540054
"""A 95 % interval reaches this many standard errors to each side."""
_TINY = 1e-300
_EPSILON = 1e-16
_STEPS = 200_000
_ROOT_STEPS = 200


def chi_square_upper_tail(x: float, *, dof: float) -> float:
    """P(X > x) for chi-square with `dof` degrees of freedom, above 0."""
    return _upper_gamma(dof / 2, x / 2)


def normal_both_tails(z: float) -> float:
    """P(|Z| > |z|)."""
    return math.erfc(abs(z) / math.sqrt(2))


def f_upper_tail(x: float, *, dof: float, denominator_dof: float) -> float:
    """P(X > x) for Fisher's F."""
    if x <= 0:
        return 1.0
    if math.isinf(x):
        return 0.0
    whole = denominator_dof + dof * x
    return incomplete_beta(denominator_dof / whole, denominator_dof / 2, dof / 2, rest=dof * x / whole)


def student_both_tails(t: float, *, dof: float) -> float:
    """P(|T| > |t|) with `dof` degrees of freedom, whole or not."""
    if math.isinf(t):
        return 0.0
    return incomplete_beta(dof / (dof + t * t), dof / 2, 0.5, rest=t * t / (dof + t * t))


def both_tails_quantile(tails: float, *, dof: float | None) -> float:
    """The value that both tails of this probability lie beyond; `dof` None for the normal."""
    low, high = 0.0, 1e6
    for _ in range(_ROOT_STEPS):
        middle = (low + high) / 2
        beyond = normal_both_tails(middle) if dof is None else student_both_tails(middle, dof=dof)
        low, high = (middle, high) if beyond > tails else (low, middle)
    return (low + high) / 2


def gamma_quantile(probability: float, *, shape: float) -> float:
    """The x that a gamma variable of this shape (and scale 1) stays below with `probability`, in (0, 1)."""
    low, high = 0.0, shape + 40.0 * math.sqrt(shape) + 40.0
    x = _wilson_hilferty(probability, shape)
    for _ in range(_ROOT_STEPS):
        # The smaller tail keeps its digits where the other one is close to 1.
        upper = probability > 0.5
        tail = _upper_gamma(shape, x) if upper else 1.0 - _upper_gamma(shape, x)
        excess = (1 - probability) - tail if upper else tail - probability
        low, high = (low, x) if excess > 0 else (x, high)
        density = math.exp((shape - 1) * math.log(x) - x - math.lgamma(shape))
        step = excess / density if density > _TINY else math.inf
        following = x - step
        # Another of Newton's steps would change no more than this, by the next terms of the series.
        left = step * step * (abs((shape - 1) / x - 1) + abs(step) / x)
        if not low < following < high:
            following = (low + high) / 2
            left = abs(following - x)
        if left <= 1e-14 * x:
            return following
        x = following
    return x


def poisson_interval(events: int, *, tails: float = 0.05) -> tuple[float, float]:
    """The exact interval for the mean of a Poisson count (Garwood 1936)."""
    low = gamma_quantile(tails / 2, shape=events) if events else 0.0
    return low, gamma_quantile(1 - tails / 2, shape=events + 1)


def _wilson_hilferty(probability: float, shape: float) -> float:
    """A first guess (Wilson and Hilferty 1931)."""
    normal = NormalDist().inv_cdf(probability)
    cube = 1 - 1 / (9 * shape) + normal / (3 * math.sqrt(shape))
    return max(shape * cube**3, shape * 1e-3, 1e-12)


def _upper_gamma(shape: float, x: float) -> float:
    """The regularised upper incomplete gamma function Q(shape, x)."""
    if x <= 0:
        return 1.0
    if math.isinf(x):
        return 0.0
    front = math.exp(shape * math.log(x) - x - math.lgamma(shape))
    if x < shape + 1:
        return max(1.0 - front * _gamma_series(shape, x), 0.0)
    return front * _gamma_fraction(shape, x)


def _gamma_series(shape: float, x: float) -> float:
    term = total = 1.0 / shape
    for step in range(1, _STEPS):
        term *= x / (shape + step)
        total += term
        if term < total * _EPSILON:
            break
    return total


def _gamma_fraction(shape: float, x: float) -> float:
    b = x + 1.0 - shape
    c, d = 1.0 / _TINY, 1.0 / b
    value = d
    for step in range(1, _STEPS):
        factor = -step * (step - shape)
        b += 2.0
        d = 1.0 / _away_from_zero(factor * d + b)
        c = _away_from_zero(b + factor / c)
        value *= c * d
        if abs(c * d - 1.0) < _EPSILON:
            break
    return value


def incomplete_beta(x: float, a: float, b: float, *, rest: float) -> float:
    """The regularised incomplete beta function, by its continued fraction where that converges fast.

    `rest` is 1 - x: whoever asks knows it with all its digits also where x is close to 1.
    """
    if x <= 0 or rest <= 0:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return max(1 - incomplete_beta(rest, b, a, rest=x), 0.0)
    logarithm = math.log(rest) if rest < 0.5 else math.log1p(-x)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * logarithm)
    return front * _beta_fraction(x, a, b) / a


def _beta_fraction(x: float, a: float, b: float) -> float:
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
        if abs(c * d - 1) < _EPSILON:
            break
    return value


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY

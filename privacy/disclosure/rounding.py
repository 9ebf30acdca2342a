"""What is shown is rounded, after small numbers of persons were withheld.

A mean or a sum with all its digits gives the number of persons behind it away (a mean of whole years is a
fraction with that denominator), so the numbers beside rounded counts keep as few digits as they mean
anything.
"""

from __future__ import annotations

import math


def round_to_base(persons: int, *, base: int) -> int:
    """The nearest multiple of the base, halves upwards. Statbarn: Frequencies.

    It is applied after suppression, never instead of it: rounding alone does not hide a small cell, because
    two rounded answers that overlap still give their difference away.
    """
    if base < 1 or persons < 0:
        raise ValueError("a count is not negative and a rounding base is at least 1")
    return (2 * persons + base) // (2 * base) * base


def round_to_digits(value: float, *, digits: int) -> float:
    """The nearest number with so many significant digits. Statbarn: LinearAggregations."""
    if value == 0:
        return 0.0
    rounded = float(f"{value:.{digits - 1}e}")
    return rounded if math.isfinite(rounded) else value


def round_to_error(value: float, *, error: float, digits: int) -> float:
    """An estimate, to the largest power of ten within a tenth of its standard error.

    Statbarn: LinearAggregations. Nothing is lost that the estimate means. Of a mean of whole numbers with
    standard deviation s over n persons neighbouring values lie 1/n apart: where s * sqrt(n) is 100 or more
    that is finer than what is shown, and below it the mean may still narrow n down within its rounding base.
    An estimate without an error keeps `digits` significant digits, as a sum does.
    """
    if not error > 0:
        return round_to_digits(value, digits=digits)
    try:
        return round(value, 1 - math.floor(math.log10(error)))
    except OverflowError:  # at the very end of the range of numbers
        return value

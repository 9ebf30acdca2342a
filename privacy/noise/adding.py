"""Adds drawn noise to sums, where there is room for it: a number that wrapped round would carry no noise."""

from __future__ import annotations

from fractions import Fraction

from onggi.errors import Refused
from privacy.noise.sensitivity import Integers
from privacy.noise.sources import NoiseSource

_ROOM = 2**62
# Beyond them lies less than 10^-400 of either distribution.
_GAUSSIAN_DEVIATIONS = 64
_LAPLACE_SCALES = 1024


def add_gaussian(values: Integers, *, reach: int, variance: Fraction, source: NoiseSource) -> Integers:
    """Values with discrete Gaussian noise on each.

    Args:
        reach: declared beforehand, the largest size that a value can have.

    Raises:
        Refused: ``noise.no_room``, decided by what is declared and never by the data.
    """
    check_gaussian_room(reach=reach, variance=variance)
    return _add(values, source.gaussian(variance, values.size), reach=reach)


def add_laplace(values: Integers, *, reach: int, scale: Fraction, source: NoiseSource) -> Integers:
    """Values with discrete Laplace noise on each. Raises Refused(``noise.no_room``) like `add_gaussian`."""
    if reach + _LAPLACE_SCALES * scale >= _ROOM:
        raise Refused("noise.no_room")
    return _add(values, source.laplace(scale, values.size), reach=reach)


def check_gaussian_room(*, reach: int, variance: Fraction) -> None:
    """Raises Refused(``noise.no_room``) where declared values with their noise could leave 64 bits."""
    left = _ROOM - reach
    if left <= 0 or variance * _GAUSSIAN_DEVIATIONS**2 >= left * left:
        raise Refused("noise.no_room")


def _add(values: Integers, noise: Integers, *, reach: int) -> Integers:
    assert values.size == 0 or int(abs(values).max()) <= reach, "clip before noise is added"
    assert noise.shape == (values.size,)
    return values + noise.reshape(values.shape)

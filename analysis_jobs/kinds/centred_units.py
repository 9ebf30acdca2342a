"""Chooses centres and units for sums of squares, so that rounding under masks depends on no declared range.

The survey of a number tells its mean and, as far as the declared range allows, its standard deviation.
Squares are then summed around that mean in that unit. Where the range is so much wider than the values that
the survey could not tell their spread, the squares come out tiny; they are then asked once more, in the
unit that they gave.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis_jobs.kinds.contract import Array
from analysis_jobs.kinds.ranges import FIXED_POINT_STEP
from onggi.spec.job import JobSpec
from onggi.spec.variables import TableColumn

MOST_SPREADS = 2
CONSTANT = 1e-9
"""A variance in these units that is rounding alone."""
_CLEAR_FLOOR = 1e-13
_NARROW = 1e-2
_NARROWER = 1e-3


@dataclass(frozen=True, slots=True)
class Units:
    """Where each number is centred, and in which unit its squares are. All arrays here have one shape."""

    center: Array
    unit: Array

    def at(self, mean: Array) -> Array:
        """A mean in these units, in the variable's own."""
        return self.center + self.unit * mean

    def narrower(self, mean: Array, variance: Array) -> Units:
        """The units that follow from mean and variance in these."""
        return Units(self.at(mean), self.unit * np.maximum(np.sqrt(variance), _NARROWER))


def middle_and_half(columns: tuple[TableColumn, ...]) -> tuple[Array, Array]:
    """The middle of each column's declared range, and half its width."""
    low, high = np.array([(column.low / 2, column.high / 2) for column in columns]).reshape(-1, 2).T
    return low + high, high - low


def contributions(values: Array) -> Array:
    """Sum of sizes, sum of squares and how many are not 0, along the last axis; NaN is nobody's."""
    sizes = np.fmax(np.abs(values), 0.0)
    squares = np.einsum("...i,...i->...", sizes, sizes)
    return np.stack([sizes.sum(axis=-1), squares, np.count_nonzero(sizes, axis=-1)], axis=-1)


def masked_noise(spec: JobSpec, *, sites: int) -> float:
    """How far rounding at the hospitals can move one entry of a masked sum; 0 in clear."""
    return sites * FIXED_POINT_STEP if spec.privacy.masked else 0.0


def first_units(
    columns: tuple[TableColumn, ...], present: Array, sums: Array, squares: Array, *, noise: float
) -> Units:
    """From the survey's sums, in which the declared range is -1 to 1. The last axis runs over columns."""
    middle, half = middle_and_half(columns)
    counted = np.maximum(present, 1.0)
    mean = sums / counted
    floor = np.maximum(_CLEAR_FLOOR, 16 * noise / counted)
    return Units(middle + half * mean, half * np.sqrt(np.maximum(squares / counted - mean * mean, floor)))


def moments_of(present: Array, sums: Array, squares: Array) -> tuple[Array, Array]:
    """Mean and variance (by n) in the asked units; 0 where nobody is."""
    counted = np.maximum(present, 1.0)
    mean = sums / counted
    return mean, np.maximum(squares / counted - mean * mean, 0.0)


def is_narrow(present: Array, variance: Array) -> bool:
    """Whether some number's unit was far too wide for it."""
    return bool(((present > 1) & (variance < _NARROW)).any())

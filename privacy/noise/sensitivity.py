"""How far one person can move a sum, in whole numbers that are declared before any data is read.

* Values are clipped to a declared range first: whatever a person's records hold, no entry counts for more.
* One person, with all of their records, is added or taken away; `rows` bounds how many of them are counted.
* Everything is a whole number. Decimal values are put on a grid before (`privacy.masks.fixed_point`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from onggi.errors import Refused

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """The range that one entry of one record is held within."""

    low: int
    high: int

    def __post_init__(self) -> None:
        if not -(2**62) < self.low <= self.high < 2**62:
            raise Refused("noise.range_wrong")

    @property
    def reach(self) -> int:
        """The largest amount by which one record moves a sum."""
        return max(abs(self.low), abs(self.high))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """How far one person moves a vector of sums: the sum of all moves, and that of their squares."""

    absolute: int
    squared: int

    def __post_init__(self) -> None:
        if self.absolute < 1 or self.squared < 1:
            raise Refused("noise.range_wrong")

    @classmethod
    def of_sums(cls, columns: Sequence[Clip], *, rows: int = 1) -> Sensitivity:
        """Of one sum a column, over at most `rows` records of a person.

        Raises:
            Refused: ``noise.range_wrong`` where no record can move anything, or without records.
        """
        moves = [rows * column.reach for column in columns]
        return cls(absolute=sum(moves), squared=sum(move * move for move in moves))

    @classmethod
    def of_counts(cls, *, cells: int, rows: int = 1) -> Sensitivity:
        """Of counts of persons or records, where one person counts in at most `cells` of them.

        Raises:
            Refused: ``noise.range_wrong`` without cells or records.
        """
        return cls.of_sums([Clip(low=0, high=1)] * cells, rows=rows)


def clip_columns(values: NDArray[Any], columns: Sequence[Clip]) -> Integers:
    """Values of shape (records, columns), each held within its column's range.

    Raises:
        TypeError: for anything but whole numbers; a silent cast would make the declared range a lie.
    """
    if not np.issubdtype(values.dtype, np.integer):
        raise TypeError("noise is added to whole numbers")
    low = np.array([column.low for column in columns], dtype=np.int64)
    high = np.array([column.high for column in columns], dtype=np.int64)
    if values.dtype == np.uint64:
        values = np.minimum(values, np.uint64(2**63 - 1))
    return np.clip(values.astype(np.int64), low, high)

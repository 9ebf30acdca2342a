"""Turns decimal numbers into whole numbers that can be masked and summed without any rounding drift.

* Numbers live in the ring of 64-bit whole numbers; 32 of the bits are binary places, or none for counts.
* Each entry has a declared range, and the sum over all participants must fit: checked before any data.
* A number outside its range, or no number at all, refuses the whole vector; the refusal does not say
  which number it was.
* Encoding and decoding overwrite the array that they are given. Touching 80 MB of fresh memory costs ten
  times the arithmetic, and the clear values are better gone anyway.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from onggi.errors import NotTrusted, Refused

Ring = NDArray[np.uint64]
Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]

FRACTION_BITS = 32
_CHUNK = 32_768  # 256 KiB of entries: scratch and data stay in the second-level cache
_LIMIT = 2**63 - 1


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FixedPoint:
    """How one vector is encoded: the declared range of each entry, and how many will be added up.

    `low` and `high` hold one bound per entry, or a single bound (shape ``()``) for all entries.
    """

    low: Numbers
    high: Numbers
    participants: int
    fraction_bits: int = FRACTION_BITS

    def __post_init__(self) -> None:
        low, high = (np.array(bound, dtype=np.float64, order="C") for bound in (self.low, self.high))
        if low.ndim > 1 or low.shape != high.shape or low.size == 0:
            raise Refused("masks.range_wrong")
        if not (np.isfinite(low).all() and np.isfinite(high).all() and (low <= high).all()):
            raise Refused("masks.range_wrong")
        if self.participants < 1 or not 0 <= self.fraction_bits <= 52:
            raise Refused("masks.range_wrong")
        largest = float(max(np.abs(low).max(), np.abs(high).max()))
        if largest >= 2.0**63 or self.participants * _units_up(largest, self.fraction_bits) > _LIMIT:
            raise Refused(
                "masks.range_overflow", participants=self.participants, fraction_bits=self.fraction_bits
            )
        for name, bound in (("low", low), ("high", high)):
            bound.setflags(write=False)
            object.__setattr__(self, name, bound)

    def encode(self, values: Numbers) -> Ring:
        """Overwrites `values` with ring numbers, rounding half to even; returns the same memory.

        A refused vector is left as it was.
        """
        self._check_vector(values, np.dtype(np.float64))
        for part in _chunks(values.size):
            self._check_range(values[part], self._at(self.low, part), self._at(self.high, part))
        ring = values.view(np.int64)
        scratch = np.empty(min(_CHUNK, values.size), dtype=np.float64)
        unit = 2.0**self.fraction_bits
        for part in _chunks(values.size):
            scaled = scratch[: part.stop - part.start]
            np.multiply(values[part], unit, out=scaled)
            np.rint(scaled, out=scaled)
            # The range was checked above, so the cast is exact: no wrap, no fraction left.
            np.copyto(ring[part], scaled, casting="unsafe")
        return ring.view(np.uint64)

    def encode_integers(self, counts: Counts) -> Ring:
        """The same for exact whole numbers (no fraction bits); the memory already is the ring."""
        self._check_integers()
        self._check_vector(counts, np.dtype(np.int64))
        for part in _chunks(counts.size):
            low, high = self._integer_bounds(part)
            self._check_range(counts[part], low, high)
        return counts.view(np.uint64)

    def decode(self, total: Ring, *, contributors: int) -> Numbers:
        """Overwrites a sum of `contributors` vectors with its numbers; returns the same memory."""
        self._check_vector(total, np.dtype(np.uint64))
        self._check_total(total.view(np.int64), contributors)
        numbers = total.view(np.float64)
        scratch = np.empty(min(_CHUNK, total.size), dtype=np.float64)
        unit = 2.0**-self.fraction_bits
        for part in _chunks(total.size):
            exact = scratch[: part.stop - part.start]
            np.copyto(exact, total.view(np.int64)[part])
            np.multiply(exact, unit, out=numbers[part])
        return numbers

    def decode_integers(self, total: Ring, *, contributors: int) -> Counts:
        """The exact whole numbers of a sum of `contributors` vectors; the same memory."""
        self._check_integers()
        self._check_vector(total, np.dtype(np.uint64))
        self._check_total(total.view(np.int64), contributors)
        return total.view(np.int64)

    def _check_integers(self) -> None:
        if self.fraction_bits != 0:
            raise Refused("masks.vector_wrong")

    def _check_vector(self, values: NDArray[np.generic], dtype: np.dtype[np.generic]) -> None:
        check_vector(values, dtype=dtype)
        if self.low.ndim and values.shape != self.low.shape:
            raise Refused("masks.vector_wrong")

    @staticmethod
    def _at(bound: Numbers, part: slice) -> Numbers:
        return bound[part] if bound.ndim else bound

    def _integer_bounds(self, part: slice) -> tuple[Counts, Counts]:
        low, high = np.ceil(self._at(self.low, part)), np.floor(self._at(self.high, part))
        return low.astype(np.int64), high.astype(np.int64)

    @staticmethod
    def _check_range(values: Numbers | Counts, low: Numbers | Counts, high: Numbers | Counts) -> None:
        if low.ndim == 0:
            inside = bool(values.min() >= low and values.max() <= high)
        else:
            inside = bool((values >= low).all() and (values <= high).all())
        # "Not a number" is neither above nor below anything, so it fails here as well.
        if not inside:
            raise Refused("masks.value_out_of_range")

    def _check_total(self, total: Counts, contributors: int) -> None:
        """A sum outside what its contributors could declare shows that one of them lied."""
        if not 1 <= contributors <= self.participants:
            raise Refused("masks.range_wrong")
        for part in _chunks(total.size):
            low = np.floor(np.ldexp(self._at(self.low, part), self.fraction_bits)).astype(np.int64)
            high = np.ceil(np.ldexp(self._at(self.high, part), self.fraction_bits)).astype(np.int64)
            within = total[part]
            if (within < low * contributors).any() or (within > high * contributors).any():
                raise NotTrusted("masks.sum_out_of_range")


def check_vector(values: NDArray[np.generic], *, dtype: np.dtype[np.generic]) -> None:
    """A plain, writable, one-dimensional array of the given type and of at least one entry."""
    flags = values.flags
    plain = values.ndim == 1 and values.size > 0 and values.dtype == dtype
    if not (plain and flags.c_contiguous and flags.aligned and flags.writeable):
        raise Refused("masks.vector_wrong")


def _units_up(bound: float, fraction_bits: int) -> int:
    return math.ceil(math.ldexp(bound, fraction_bits))


def _chunks(size: int) -> Iterator[slice]:
    for start in range(0, size, _CHUNK):
        yield slice(start, min(start + _CHUNK, size))

"""The sets of persons whose exact numbers a reader has, as bits; which of them a new set is nearly equal to.

A person's position is permanent: it stays the person's through all generations of the data. Bits beyond a
set's length are nobody.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Bits = npt.NDArray[np.uint8]
Members = npt.NDArray[np.bool_]


def pack(members: Members) -> Bits:
    """One bit a position, without trailing zeros."""
    bits = np.packbits(members)
    used = np.flatnonzero(bits)
    return bits[: used[-1] + 1 if used.size else 0].copy()


def count(bits: Bits) -> int:
    """How many persons are in a set."""
    return int(np.bitwise_count(bits).sum())


def differing(one: Bits, other: Bits) -> int:
    """How many persons are in one of two sets and not in the other."""
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    shared = len(shorter)
    return count(longer[:shared] ^ shorter) + count(longer[shared:])


class ReleasedSets:
    """Grows by one set at a time; nothing is ever taken out."""

    def __init__(self) -> None:
        self._bits: list[Bits] = []
        self._sizes = np.zeros(64, dtype=np.int64)

    def __len__(self) -> int:
        return len(self._bits)

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        """The number of persons of each set."""
        return self._sizes[: len(self)]

    @property
    def length(self) -> int:
        """A number of positions that holds every set."""
        return 8 * max((len(bits) for bits in self._bits), default=0)

    def branch(self) -> ReleasedSets:
        """A copy that grows by itself."""
        copy = ReleasedSets()
        copy._bits, copy._sizes = list(self._bits), self._sizes.copy()
        return copy

    def add(self, bits: Bits) -> int:
        """The position of the set among the released ones."""
        if len(self) == len(self._sizes):
            self._sizes = np.concatenate([self._sizes, np.zeros_like(self._sizes)])
        self._sizes[len(self)] = count(bits)
        self._bits.append(bits)
        return len(self) - 1

    def nearly_equal(self, bits: Bits, *, threshold: int) -> Iterator[tuple[int, int]]:
        """Each set that fewer than `threshold` persons tell from this one: its position, and their number.

        Sets of another size cannot be: few are looked at.
        """
        size = count(bits)
        for at in np.flatnonzero(np.abs(self.sizes - size) < threshold).tolist():
            apart = differing(self._bits[at], bits)
            if apart < threshold:
                yield at, apart

    def nearest(self, bits: Bits, *, most: int) -> list[int]:
        """Positions of the sets that share most with this one for their sizes, in order of their release."""
        if len(self) <= most:
            return list(range(len(self)))
        shared = np.array([self._shared(at, bits) for at in range(len(self))])
        cosine = shared / np.sqrt(np.maximum(self.sizes, 1) * max(count(bits), 1))
        return sorted(np.argsort(-cosine, kind="stable")[:most].tolist())

    def _shared(self, at: int, bits: Bits) -> int:
        length = min(len(self._bits[at]), len(bits))
        return count(self._bits[at][:length] & bits[:length])

    def members(self, positions: list[int], *, persons: int) -> Members:
        """Shape (sets, persons): who is in which of these sets."""
        found = np.zeros((len(positions), persons), dtype=np.bool_)
        for row, at in enumerate(positions):
            bits = np.unpackbits(self._bits[at])[:persons]
            found[row, : len(bits)] = bits
        return found

"""The sets of persons whose exact numbers a reader has, as bits; which of them a new set is nearly equal to.

A person's position is permanent: it stays the person's through all generations of the data. Bits beyond a
set's length are nobody. Of a large population a fixed sample of positions is kept beside the sets, every so
many bytes: what is asked of all sets at once is asked of the sample.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

Bits = npt.NDArray[np.uint8]
Members = npt.NDArray[np.bool_]

_SAMPLE_BYTES = 2_048
"""16,384 persons: a population up to twice this size is its own sample."""
_FEW, _MOST_LOOSE = 256, 256


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
        self._sizes: list[int] = []
        self._stride, self._width = 1, 0
        self._stacked = np.zeros((0, 0), dtype=np.uint8)
        self._loose: list[Bits] = []
        """The sample: of most sets in one array that is never written to, of the latest ones one by one."""

    def __len__(self) -> int:
        return len(self._bits)

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        """The number of persons of each set."""
        return np.array(self._sizes, dtype=np.int64)

    @property
    def length(self) -> int:
        """A number of positions that holds every set."""
        return 8 * max((len(bits) for bits in self._bits), default=0)

    def only(self, positions: Sequence[int]) -> ReleasedSets:
        """Some of the sets, in this order."""
        found = ReleasedSets()
        for at in positions:
            found.add(self._bits[at])
        return found

    def branch(self) -> ReleasedSets:
        """A copy that grows by itself."""
        copy = ReleasedSets()
        copy._bits, copy._sizes = list(self._bits), list(self._sizes)
        copy._stride, copy._width = self._stride, self._width
        copy._stacked, copy._loose = self._stacked, list(self._loose)
        return copy

    def add(self, bits: Bits) -> int:
        """The position of the set among the released ones."""
        self._bits.append(bits)
        self._sizes.append(count(bits))
        stride = max(self._stride, len(bits) // _SAMPLE_BYTES)
        width = -(-len(bits) // stride)
        if stride > self._stride or width > self._width:
            self._stride, self._width = stride, max(-(-len(each) // stride) for each in self._bits)
            self._loose = [self._sampled(each) for each in self._bits]
            self._stacked = np.zeros((0, self._width), dtype=np.uint8)
        else:
            self._loose.append(self._sampled(bits))
        if len(self._loose) > _MOST_LOOSE:
            self._stacked, self._loose = self._sample(), []
        return len(self) - 1

    def _sample(self) -> npt.NDArray[np.uint8]:
        """Shape (sets, bytes)."""
        return np.vstack([self._stacked, *self._loose]) if self._loose else self._stacked

    def _sampled(self, bits: Bits) -> Bits:
        found = np.zeros(self._width, dtype=np.uint8)
        some = bits[:: self._stride][: self._width]
        found[: len(some)] = some
        return found

    def nearly_equal(self, bits: Bits, *, threshold: int) -> Iterator[tuple[int, int]]:
        """Each set that fewer than `threshold` persons tell from this one: its position, and their number.

        Sets of another size cannot be, nor sets that so many persons of the sample tell apart.
        """
        alike = np.flatnonzero(np.abs(self.sizes - count(bits)) < threshold)
        sampled = np.bitwise_count(self._sample()[alike] ^ self._sampled(bits)).sum(axis=1)
        for at in alike[sampled < threshold].tolist():
            apart = differing(self._bits[at], bits)
            if apart < threshold:
                yield at, apart

    def nearest(self, bits: Bits, *, most: int) -> list[int]:
        """Positions of the sets that share most with this one for their sizes, in order of their release."""
        if len(self) <= most:
            return list(range(len(self)))
        sampled = self._sampled(bits)
        if self._stride == 1 or count(sampled) >= _FEW:
            shared = np.bitwise_count(self._sample() & sampled).sum(axis=1, dtype=np.int64)
        else:  # hardly anybody of a small set is in the sample
            inside = np.flatnonzero(np.unpackbits(bits))
            some = inside[np.linspace(0, len(inside) - 1, min(_FEW, len(inside)), dtype=np.int64)]
            shared = self.columns(range(len(self)), some).sum(axis=1)
        cosine = shared / np.sqrt(np.maximum(self.sizes, 1))
        return sorted(np.argpartition(-cosine, most)[:most].tolist())

    def members(self, positions: Sequence[int], *, persons: int) -> Members:
        """Shape (sets, persons): who is in which of these sets."""
        found = np.zeros((len(positions), persons), dtype=np.bool_)
        for row, at in enumerate(positions):
            bits = np.unpackbits(self._bits[at])[:persons]
            found[row, : len(bits)] = bits
        return found

    def columns(self, positions: Sequence[int], persons: npt.NDArray[np.int64]) -> Members:
        """The same for some persons, by their positions."""
        found = np.zeros((len(positions), len(persons)), dtype=np.bool_)
        place, bit = persons >> 3, np.right_shift(np.uint8(128), (persons & 7).astype(np.uint8))
        for row, at in enumerate(positions):
            bits = self._bits[at]
            inside = place < len(bits)
            found[row, inside] = (bits[place[inside]] & bit[inside]) != 0
        return found

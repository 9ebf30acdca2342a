"""How a kind's arrays become the vector of a masked sum, and back: the same on both sides of the link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from analysis_jobs.kinds.contract import Array, Entry
from onggi.errors import NotTrusted, Refused
from privacy.masks.fixed_point import FixedPoint, Ring


def flatten(arrays: Mapping[str, Array], entries: Sequence[Entry]) -> Array:
    """All entries as one vector, in the layout's order."""
    parts = [np.ascontiguousarray(arrays[entry.name]).reshape(-1) for entry in entries]
    return np.concatenate(parts) if parts else np.zeros(0)


def unflatten(vector: Array, entries: Sequence[Entry]) -> dict[str, Array]:
    """The reverse of `flatten`."""
    arrays, start = {}, 0
    for entry in entries:
        size = int(np.prod(entry.shape, dtype=np.int64))
        arrays[entry.name] = vector[start : start + size].reshape(entry.shape)
        start += size
    if start != vector.size:
        raise NotTrusted("reply.other_shape", array="sum")
    return arrays


def vector_length(entries: Sequence[Entry]) -> int:
    """How many numbers a layout's entries hold."""
    return sum(int(np.prod(entry.shape, dtype=np.int64)) for entry in entries)


def fixed_point_of(entries: Sequence[Entry], *, participants: int) -> FixedPoint:
    """How the vector of these entries is encoded for a masked sum."""
    low: list[npt.NDArray[np.float64]] = []
    high: list[npt.NDArray[np.float64]] = []
    for entry in entries:
        size = int(np.prod(entry.shape, dtype=np.int64))
        low.append(np.full(size, entry.low))
        high.append(np.full(size, entry.high))
    if not low:
        raise Refused("reply.nothing_to_sum")
    return FixedPoint(low=np.concatenate(low), high=np.concatenate(high), participants=participants)


def encode_sum(arrays: Mapping[str, Array], entries: Sequence[Entry], *, participants: int) -> Ring:
    """One hospital's arrays as the ring vector that will be masked."""
    return fixed_point_of(entries, participants=participants).encode(flatten(arrays, entries))


def decode_sum(
    total: Ring, entries: Sequence[Entry], *, participants: int, contributors: int
) -> dict[str, Array]:
    """A pooled ring vector of `contributors` hospitals as arrays."""
    coding = fixed_point_of(entries, participants=participants)
    return unflatten(coding.decode(total.copy(), contributors=contributors), entries)

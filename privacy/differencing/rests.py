"""The rest of a set within another one of the same answer: without the outcome, beside those who have it.

Whoever reads a number of all persons and one of some has that of the rest, though nobody asked for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from privacy.differencing.released_sets import Members


@dataclass(frozen=True, slots=True)
class Rest:
    """Sets by position: whoever is in `outer` and not in `inner`."""

    inner: int
    outer: int
    members: Members = field(repr=False)


def rests_of(sets: Sequence[Members], *, threshold: int) -> list[Rest]:
    """The rest of each set within the smallest one that holds it and others.

    Small rests are left to the rules of what stands together in one answer, and no rest is one of the sets
    itself. Shape of each set: (persons,).
    """
    sizes = [int(np.count_nonzero(members)) for members in sets]
    found = []
    for inner, members in enumerate(sets):
        holding = [
            outer
            for outer, others in enumerate(sets)
            if sizes[outer] >= sizes[inner] + threshold and not (members & ~others).any()
        ]
        if holding and sizes[inner]:
            outer = min(holding, key=sizes.__getitem__)
            rest = sets[outer] & ~members
            if not any(np.array_equal(rest, others) for others in sets):
                found.append(Rest(inner, outer, rest))
    return found

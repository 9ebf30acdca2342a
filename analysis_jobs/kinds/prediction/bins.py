"""Persons by predicted risk and outcome: the cells on which every measure of a prediction rests.

Groups are cut at edges that the spec fixes. Edges chosen by the data (deciles of the risks found) would need
many looks at few persons, and two answers with slightly different edges would give those between them away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from analysis_jobs.kinds.contract import Array


@dataclass(frozen=True, slots=True)
class Cells:
    """Numbers of persons with and without the event, a number for each group, by rising risk.

    `edges` are the lower ends of all groups but the first.
    """

    edges: tuple[float, ...]
    events: tuple[int, ...]
    others: tuple[int, ...]

    @property
    def persons(self) -> tuple[int, ...]:
        """Persons of each group."""
        return tuple(with_it + without for with_it, without in zip(self.events, self.others, strict=True))

    @property
    def total_events(self) -> int:
        """Persons with the event in all groups."""
        return sum(self.events)

    @property
    def total_others(self) -> int:
        """Persons without it."""
        return sum(self.others)


def bounds_of(edges: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """(low, high) of each group, from 0 to 1."""
    ends = (0.0, *edges, 1.0)
    return tuple(pairwise(ends))


def bin_of(risk: Array, edges: Sequence[float]) -> npt.NDArray[np.int64]:
    """The position of each person's group: a risk that equals an edge lies above it."""
    return np.searchsorted(np.asarray(edges), risk, side="right").astype(np.int64)

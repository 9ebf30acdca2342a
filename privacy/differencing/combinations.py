"""A sum of released numbers, some of them taken away: what a reader can work out without asking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Combination:
    """Released sets by their position, each with what it is multiplied by; never zero."""

    terms: tuple[tuple[int, float], ...]

    def number(self, sizes: Sequence[int] | npt.NDArray[np.int64]) -> int:
        """What the reader works out, as a whole number of persons."""
        return round(sum(times * int(sizes[at]) for at, times in self.terms))

    def within(self, *, apart: int) -> int:
        """How far that may be from the truth, where at most `apart` persons stand between the two.

        It follows from the combination alone. One person in it counts at most the sum of the positive
        factors, at least that of the negative ones, and either nothing or one in the truth.
        """
        most = sum(times for _, times in self.terms if times > 0)
        least = sum(times for _, times in self.terms if times < 0)
        return int(np.ceil(apart * max(most, 1 - least) - 1e-9))

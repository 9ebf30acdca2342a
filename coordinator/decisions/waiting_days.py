"""Middle and ninth-tenth of waiting times, the same way in every report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

from coordinator.decisions.attention import median

_NINTH_TENTH = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """How many were decided, and after how many days; None where nothing was."""

    count: int
    median: float | None
    ninth_tenth: float | None


def days_of(waited: Iterable[float]) -> Days:
    """The 90th percentile is the nearest rank: a wait that really happened."""
    ordered = sorted(waited)
    if not ordered:
        return Days(count=0, median=None, ninth_tenth=None)
    rank = ceil(_NINTH_TENTH * len(ordered))
    return Days(count=len(ordered), median=median(ordered), ninth_tenth=ordered[rank - 1])

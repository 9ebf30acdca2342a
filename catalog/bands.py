"""Says every number of a dataset card as a band from a fixed ladder, never as the number itself.

* The ladders are the same for every hospital and every dataset: where a band begins tells nothing.
* One person more or less leaves a band as it is, or moves it by one step where the number stood at its edge.
"""

from __future__ import annotations

import math
from typing import Self

from pydantic import Field, model_validator

from onggi.spec.base import Frozen

_COUNT_STEPS = (1, 2, 5)
_VALUE_STEPS = (1.0, 1.25, 1.6, 2.0, 2.5, 3.2, 4.0, 5.0, 6.4, 8.0)
_LARGEST_EXPONENT = 12
SHARE_STEP = 5
"""Shares are told in steps of so many per cent."""


class CountBand(Frozen):
    """At least `low` and fewer than `below`: 10-19, 20-49, 50-99, 100-199 and so on."""

    low: int = Field(ge=1, le=10**_LARGEST_EXPONENT)
    below: int = Field(ge=2)

    @model_validator(mode="after")
    def _on_ladder(self) -> Self:
        if (self.low, self.below) != _count_edges(self.low):
            raise ValueError("a band of the fixed ladder is needed")
        return self

    @property
    def middle(self) -> float:
        """A number in the middle of the band, as orders of magnitude go."""
        return math.sqrt(self.low * self.below)

    def __str__(self) -> str:
        return f"{self.low:,}-{self.below - 1:,}" if self.below - self.low > 1 else f"{self.low:,}"


class ValueBand(Frozen):
    """A measured number lies in ``low <= number < below``: ten steps for each order of magnitude."""

    low: float = Field(ge=-(10.0**_LARGEST_EXPONENT), le=10.0**_LARGEST_EXPONENT)
    below: float

    @model_validator(mode="after")
    def _on_ladder(self) -> Self:
        if (self.low, self.below) != _value_edges((self.low + self.below) / 2):
            raise ValueError("a band of the fixed ladder is needed")
        return self


def count_band(count: float) -> CountBand:
    """The band of a count of one or more."""
    low, below = _count_edges(count)
    return CountBand(low=low, below=below)


def value_band(value: float) -> ValueBand:
    """The band of a measured number; numbers beyond the ladder are told as its end."""
    low, below = _value_edges(value)
    return ValueBand(low=low, below=below)


def share_band(part: float, whole: float) -> int:
    """A share in per cent, to the nearest step; 0 stands for a small share."""
    return min(100, int(part / whole * 100 / SHARE_STEP + 0.5) * SHARE_STEP)


def _count_edges(count: float) -> tuple[int, int]:
    if not 1 <= count <= 10**_LARGEST_EXPONENT:
        raise ValueError("a count between 1 and the ladder's end is needed")
    power = 10 ** (len(str(int(count))) - 1)
    first = int(count) // power
    at = max(index for index, step in enumerate(_COUNT_STEPS) if step <= first)
    following = (*_COUNT_STEPS, 10)[at + 1]
    return _COUNT_STEPS[at] * power, following * power


def _value_edges(value: float) -> tuple[float, float]:
    """Zero has a band of its own; below zero the ladder is mirrored."""
    smallest = 10.0 ** -(_LARGEST_EXPONENT // 2)
    if abs(value) < smallest:
        return 0.0, smallest
    size = min(abs(value), 10.0**_LARGEST_EXPONENT * 0.9)
    exponent = math.floor(math.log10(size))
    exponent += size >= float(f"1e{exponent + 1}")  # a logarithm may round down
    # Powers and products round: edges are made from their decimal form, the same for every writer.
    edges = [float(f"{step}e{exponent}") for step in _VALUE_STEPS] + [float(f"1e{exponent + 1}")]
    at = max((index for index, edge in enumerate(edges[:-1]) if edge <= size), default=0)
    low, below = edges[at], edges[at + 1]
    return (low, below) if value > 0 else (-below, -low)

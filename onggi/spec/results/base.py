"""What every answer states, and the reasons why a number of it is withheld."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from onggi.spec.base import Frozen, is_unset
from onggi.spec.near_earlier import NOTHING_NEAR, NearEarlier

Withheld = Literal["too_few_persons", "secondary", "difference_too_small", "small_alone_or_by_difference"]
"""The last one stands where many numbers are beside each other: which of its two reasons holds would tell."""


class AddedNoise(Frozen):
    """Noise that hospitals added before anything left them. Its spread is public, the noise nobody knows.

    The deviation is that of each number that was counted; a sum of k of them has sqrt(k) times as much.
    """

    mechanism: Literal["discrete_gaussian"]
    standard_deviation: float = Field(gt=0)


class ResultBase(Frozen):
    """What every answer states: how many hospitals took part (never which one did not) and the rule used."""

    sites: int = Field(ge=1)
    minimum_persons: int = Field(ge=1)
    near_earlier: NearEarlier = Field(default=NOTHING_NEAR, exclude_if=is_unset)
    noise: AddedNoise | None = Field(default=None, exclude_if=is_unset)


class Estimate(Frozen):
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float

"""A seeded source of noise, sources broken on purpose, and the tests of chance that tell them apart.

`TableNoise` draws from the exact chances of each whole number, written down here from the definitions and
from nothing of ours. A judge gives names of what is wrong; an honest source is accused less than once in 10^7
times.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from privacy.noise.sensitivity import Integers
from privacy.noise.sources import NoiseSource

_NEVER = 1e-9
DRAWS = 40_000


def gaussian_chances(variance: float) -> tuple[Integers, NDArray[np.float64]]:
    """(whole numbers, their chances) of the discrete Gaussian, far into both tails."""
    reach = math.ceil(12 * math.sqrt(variance)) + 3
    numbers = np.arange(-reach, reach + 1)
    weights = np.exp(-(numbers.astype(float) ** 2) / (2 * variance))
    return numbers, weights / weights.sum()


def laplace_chances(scale: float) -> tuple[Integers, NDArray[np.float64]]:
    """(whole numbers, their chances) of the discrete Laplace."""
    reach = math.ceil(45 * scale) + 3
    numbers = np.arange(-reach, reach + 1)
    weights = np.exp(-np.abs(numbers) / scale)
    return numbers, weights / weights.sum()


class TableNoise:
    """Honest noise that comes again from the same seed: for tests alone."""

    def __init__(self, seed: int = 1) -> None:
        self._random = np.random.default_rng(seed)

    def gaussian(self, variance: Fraction, count: int) -> Integers:
        return self._draw(*gaussian_chances(float(variance)), count)

    def laplace(self, scale: Fraction, count: int) -> Integers:
        return self._draw(*laplace_chances(float(scale)), count)

    def _draw(self, numbers: Integers, chances: NDArray[np.float64], count: int) -> Integers:
        at = np.searchsorted(np.cumsum(chances), self._random.random(count))
        return numbers[np.minimum(at, numbers.size - 1)]


class Broken:
    """An honest source with one thing changed."""

    def __init__(
        self,
        *,
        variance: Callable[[Fraction], Fraction] = lambda value: value,
        scale: Callable[[Fraction], Fraction] = lambda value: value,
        after: Callable[[Integers], Integers] = lambda values: values,
        same_seed: bool = False,
    ) -> None:
        self._honest = TableNoise(7)
        self._variance, self._scale, self._after, self._same_seed = variance, scale, after, same_seed

    def gaussian(self, variance: Fraction, count: int) -> Integers:
        return self._after(self._source().gaussian(self._variance(variance), count))

    def laplace(self, scale: Fraction, count: int) -> Integers:
        return self._after(self._source().laplace(self._scale(scale), count))

    def _source(self) -> TableNoise:
        return TableNoise(7) if self._same_seed else self._honest


class Swapped:
    """Draws the one distribution where the other was asked for, with the same variance."""

    def __init__(self) -> None:
        self._honest = TableNoise(7)

    def gaussian(self, variance: Fraction, count: int) -> Integers:
        return self._honest.laplace(Fraction(math.sqrt(variance / 2)), count)

    def laplace(self, scale: Fraction, count: int) -> Integers:
        return self._honest.gaussian(2 * scale * scale, count)


class Rounded:
    """Rounds draws from the continuous distributions: nearly right where noise is large."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(7)

    def gaussian(self, variance: Fraction, count: int) -> Integers:
        return np.rint(self._random.normal(0, math.sqrt(variance), count)).astype(np.int64)

    def laplace(self, scale: Fraction, count: int) -> Integers:
        return np.rint(self._random.laplace(0, float(scale), count)).astype(np.int64)


def broken_sources() -> dict[str, NoiseSource]:
    """By what is wrong with them."""

    def of(change: Callable[[Integers], Integers]) -> Broken:
        return Broken(after=change)

    return {
        "off": of(np.zeros_like),
        "scale halved": Broken(variance=lambda value: value / 4, scale=lambda value: value / 2),
        "variance for scale": Broken(
            variance=lambda value: Fraction(math.sqrt(value)), scale=lambda _: Fraction(1)
        ),
        "a tenth too small": Broken(
            variance=lambda value: value * 8 / 10, scale=lambda value: value * 9 / 10
        ),
        "other distribution": Swapped(),
        "continuous and rounded": Rounded(),
        "seed used again": Broken(same_seed=True),
        "one number for all": of(lambda values: np.full_like(values, values[0])),
        "never below zero": of(np.abs),
        "cut off": of(lambda values: np.clip(values, -4, 4)),
        "moved by one": of(lambda values: values + 1),
        "only even": of(lambda values: 2 * (values // 2)),
        "in pairs": of(lambda values: np.repeat(values[: (values.size + 1) // 2], 2)[: values.size]),
        "zero never": of(lambda values: np.where(values == 0, 1, values)),
    }


def judge(source: NoiseSource) -> set[str]:
    """What is wrong with a source, over small and large noise: empty for an honest one."""
    wrong: set[str] = set()
    for variance in (Fraction(9, 4), Fraction(10_000)):
        draws = source.gaussian(variance, DRAWS), source.gaussian(variance, DRAWS)
        wrong |= judge_draws(*draws, chances=gaussian_chances(float(variance)))
    for scale in (Fraction(3, 2), Fraction(100)):
        draws = source.laplace(scale, DRAWS), source.laplace(scale, DRAWS)
        wrong |= judge_draws(*draws, chances=laplace_chances(float(scale)))
    return wrong


def judge_draws(
    first: Integers, second: Integers, *, chances: tuple[Integers, NDArray[np.float64]]
) -> set[str]:
    """The same for two vectors of draws whose distribution is known."""
    wrong = set()
    if _misfit(first, *chances) < _NEVER or _misfit(second, *chances) < _NEVER:
        wrong.add("distribution")
    if _correlation(first[:-1], first[1:]) < _NEVER:
        wrong.add("entries depend on one another")
    if _correlation(first, second) < _NEVER:
        wrong.add("drawn again from the same randomness")
    return wrong


def _misfit(draws: Integers, numbers: Integers, chances: NDArray[np.float64]) -> float:
    """The chi-square test's chance of so bad a fit. Neighbouring numbers share a bin of 50 expected draws."""
    expected = chances * draws.size
    bins = np.minimum((np.cumsum(expected) - expected) // 50, expected.sum() // 50 - 1).astype(int)
    position = np.searchsorted(numbers, draws)
    outside = (position >= numbers.size) | (numbers[np.minimum(position, numbers.size - 1)] != draws)
    if outside.any():
        return 0.0
    seen = np.bincount(bins[position], minlength=bins[-1] + 1)
    hoped = np.bincount(bins, weights=expected)
    kept = hoped > 0
    statistic = float((((seen - hoped) ** 2)[kept] / hoped[kept]).sum())
    return float(stats.chi2.sf(statistic, int(kept.sum()) - 1))


def _correlation(first: Integers, second: Integers) -> float:
    """The chance of so strong a correlation between independent draws; 0 where one of them never changes."""
    if first.std() == 0 or second.std() == 0:
        return 0.0
    r = float(np.corrcoef(first, second)[0, 1])
    return float(2 * stats.norm.sf(abs(r) * math.sqrt(first.size)))

"""Where noise is drawn: OpenDP's exact samplers, seeded by the operating system alone.

* The samplers work in whole numbers of any size on random bits (Canonne, Kamath and Steinke 2020): no
  floating point in the noise, whose last bits would give the true value away (Mironov 2012).
* Nothing here can be seeded. Tests bring a `NoiseSource` of their own.
* The library is imported where noise is first drawn: it takes a quarter of a second.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

from privacy.noise.planning import float_at_least, root_at_least
from privacy.noise.sensitivity import Integers


class NoiseSource(Protocol):
    """Draws `count` independent whole numbers, as int64."""

    def gaussian(self, variance: Fraction, count: int) -> Integers:
        """Discrete Gaussian noise: the chance of x is proportional to exp(-x^2 / (2 variance))."""

    def laplace(self, scale: Fraction, count: int) -> Integers:
        """Discrete Laplace noise: the chance of x is proportional to exp(-|x| / scale)."""


class OpenDpNoise:
    """Noise of the OpenDP library. A scale that it cannot take exactly is rounded up."""

    def gaussian(self, variance: Fraction, count: int) -> Integers:
        return _draw(_gaussian(root_at_least(variance)), count)

    def laplace(self, scale: Fraction, count: int) -> Integers:
        return _draw(_laplace(float_at_least(scale)), count)


def _draw(add_noise: Any, count: int) -> Integers:
    return np.array(add_noise([0] * count), dtype=np.int64)


@lru_cache(maxsize=32)
def _gaussian(scale: float) -> Any:
    dp = _library()
    # 64 bits, said aloud: the library's own choice for a Python int has 32 and holds larger noise back.
    return dp.m.make_gaussian(*_integers(dp, dp.l2_distance(T=dp.i64)), scale=scale)


@lru_cache(maxsize=32)
def _laplace(scale: float) -> Any:
    dp = _library()
    return dp.m.make_laplace(*_integers(dp, dp.l1_distance(T=dp.i64)), scale=scale)


def _integers(dp: Any, metric: Any) -> tuple[Any, Any]:
    return dp.vector_domain(dp.atom_domain(T=dp.i64)), metric


def _library() -> Any:
    import opendp.prelude as dp

    dp.enable_features("contrib")
    return dp

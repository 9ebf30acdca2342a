"""Noise on a masked sum: every hospital adds a share, and the sum is protected even if some are missing.

Of n hospitals up to t may be lost: they drop out, or they know their own share and take it off again. Each
adds discrete Gaussian noise of variance v / (n - t), independent of the others. The n - t shares that remain
in the worst case have the variance v; if nobody is lost the sum has v n / (n - t), the price of the promise.

A sum of discrete Gaussians is not quite one itself. With shares of variance at least 4 the difference is far
below what a register can write, and it is counted: for m shares of variance s, d entries and squared
sensitivity D, the sum costs

    rho = (sqrt(D / (m s)) + tau sqrt(d))^2 / 2,    tau = 10 sum over k < m of exp(-2 pi^2 s k / (k + 1))

(Kairouz, Liu and Steinke 2021, proposition 14). Values that are too coarse for such shares are put on a finer
grid first. Discrete Laplace noise cannot be divided in this way: a masked sum has Gaussian noise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from onggi.errors import Refused
from privacy.budgets.losses import PICO, ConcentratedLoss
from privacy.noise.planning import gaussian_variance
from privacy.noise.sensitivity import Sensitivity

SMALLEST_SHARE = 4
# Ten times exp(-pi^2 * 4), which bounds each term of tau from variance 4 on: k / (k + 1) is a half or more.
_TAU_TERM = Fraction(72, 10**18)
_ROOT_DIGITS = 10**30


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseShares:
    """What each hospital adds, and how many of the shares must be there and unknown."""

    hospitals: int
    lost: int
    variance: Fraction
    """Of one hospital's share."""

    def __post_init__(self) -> None:
        if not 0 <= self.lost < self.hospitals:
            raise Refused("noise.nobody_left")
        if self.variance < SMALLEST_SHARE:
            raise Refused("noise.grid_too_coarse")

    @property
    def honest(self) -> int:
        return self.hospitals - self.lost

    def variance_of_sum(self, present: int) -> Fraction:
        """The noise of a sum in which so many shares are present."""
        return self.variance * present

    def loss(self, sensitivity: Sensitivity, *, entries: int) -> ConcentratedLoss:
        """What the sum costs in the worst case that was allowed for, rounded up."""
        return loss_of_sum(sensitivity, share=self.variance, present=self.honest, entries=entries)


def plan_shares(
    sensitivity: Sensitivity, loss: ConcentratedLoss, *, hospitals: int, lost: int, entries: int
) -> NoiseShares:
    """The smallest shares for which the sum costs no more than the loss with `lost` of them gone.

    Raises:
        Refused: ``noise.nobody_left`` where every share may be lost; ``noise.grid_too_coarse`` where a share
            would be smaller than the sum of shares is understood for.
    """
    if not 0 <= lost < hospitals:
        raise Refused("noise.nobody_left")
    aim = loss.pico_rho
    while aim > 0:
        whole = gaussian_variance(sensitivity, ConcentratedLoss(pico_rho=aim))
        shares = NoiseShares(hospitals=hospitals, lost=lost, variance=whole / (hospitals - lost))
        over = shares.loss(sensitivity, entries=entries).pico_rho - loss.pico_rho
        if over <= 0:
            return shares
        aim -= over
    raise Refused("budget.request_too_small")


def loss_of_sum(sensitivity: Sensitivity, *, share: Fraction, present: int, entries: int) -> ConcentratedLoss:
    """What a sum of that many shares costs, rounded up. Shares of variance `SMALLEST_SHARE` or more."""
    assert present >= 1
    assert share >= SMALLEST_SHARE
    exact = Fraction(sensitivity.squared) / (present * share)
    beside = (present - 1) * _TAU_TERM
    rho = (exact + 2 * beside * _root_up(exact * entries) + beside * beside * entries) / 2
    return ConcentratedLoss(pico_rho=math.ceil(rho * PICO))


def _root_up(value: Fraction) -> Fraction:
    """A square root, rounded up at thirty digits."""
    scaled = value * _ROOT_DIGITS**2
    return Fraction(math.isqrt(math.ceil(scaled)) + 1, _ROOT_DIGITS)

"""How much noise a loss asks for, and what a loss the noise amounts to; exact, rounded towards more noise.

* Discrete Gaussian noise of variance v on every entry costs rho = squared sensitivity / (2 v) (Canonne,
  Kamath and Steinke 2020, theorem 14). The parameter v is what the formula names; the variance itself is a
  little less where v is under 1.
* Discrete Laplace noise of scale s costs epsilon = absolute sensitivity / s (Ghosh, Roughgarden and
  Sundararajan 2012).
"""

from __future__ import annotations

import math
from fractions import Fraction

from privacy.budgets.losses import PICO, ConcentratedLoss, PureLoss
from privacy.noise.sensitivity import Sensitivity


def gaussian_variance(sensitivity: Sensitivity, loss: ConcentratedLoss) -> Fraction:
    """The variance for which discrete Gaussian noise costs exactly this loss."""
    return Fraction(sensitivity.squared * PICO, 2 * loss.pico_rho)


def gaussian_loss(sensitivity: Sensitivity, variance: Fraction) -> ConcentratedLoss:
    """What discrete Gaussian noise of this variance costs, rounded up."""
    return ConcentratedLoss(pico_rho=math.ceil(sensitivity.squared * PICO / (2 * variance)))


def laplace_scale(sensitivity: Sensitivity, loss: PureLoss) -> Fraction:
    """The scale for which discrete Laplace noise costs exactly this loss."""
    return Fraction(sensitivity.absolute * PICO, loss.pico_epsilon)


def laplace_loss(sensitivity: Sensitivity, scale: Fraction) -> PureLoss:
    """What discrete Laplace noise of this scale costs, rounded up."""
    return PureLoss(pico_epsilon=math.ceil(sensitivity.absolute * PICO / scale))


def float_at_least(value: Fraction) -> float:
    """A binary fraction that is not below it: samplers take one, and more noise is the safe side."""
    near = float(value)
    return near if Fraction(near) >= value else math.nextafter(near, math.inf)


def root_at_least(value: Fraction) -> float:
    """A binary fraction whose exact square is not below the value: a standard deviation for its variance."""
    near = math.sqrt(float_at_least(value))
    while Fraction(near) ** 2 < value:
        near = math.nextafter(near, math.inf)
    return near

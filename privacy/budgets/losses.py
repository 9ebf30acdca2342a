"""What one noisy answer costs each person whom it may describe, in whole numbers, told as its proof tells it.

* A loss is kept as it was proved, never as a single epsilon: many losses of one kind then add up to less than
  the sum of their epsilons, and a later reader can check the arithmetic.
* Unit: one person with all of their records, added or taken away. Losses of whole hospitals are another unit
  and have no place here.
* All numbers are whole: pico (10^-12) for rho, epsilon and Renyi losses, hundredths for orders. Whoever makes
  a loss rounds up.
* Sources: pure differential privacy (Dwork, McSherry, Nissim, Smith 2006); zero-concentrated (Bun and Steinke
  2016); Renyi (Mironov 2017).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from onggi.errors import Refused
from onggi.protocol.canonical import canonical_json
from onggi.spec.base import Frozen

PICO = 10**12
HUNDRED = 100
LARGEST = 10**15
"""A loss of a thousand protects nobody; it also stays an exact number in signed JSON."""

HIGHEST_ORDER = 10**9
"""Ten million: an epsilon of a hundred-thousandth is told best at about that order."""

Pico = Annotated[int, Field(gt=0, le=LARGEST)]
Order = Annotated[int, Field(gt=HUNDRED, le=HIGHEST_ORDER)]
"""Order of a Renyi divergence in hundredths: 690 is 6.90. Always above 1."""


class ConcentratedLoss(Frozen):
    """rho of zero-concentrated privacy, e.g. of discrete Gaussian noise: order times rho at every order."""

    loss: Literal["concentrated"] = "concentrated"
    pico_rho: Pico


class PureLoss(Frozen):
    """epsilon with no exception, e.g. of discrete Laplace noise."""

    loss: Literal["pure"] = "pure"
    pico_epsilon: Pico


class RenyiPoint(Frozen):
    """The loss at one order."""

    order: Order
    pico_epsilon: Pico


class RenyiLoss(Frozen):
    """A curve at some orders, e.g. of training with subsampled Gaussian noise; between them it only rises."""

    loss: Literal["renyi"] = "renyi"
    points: tuple[RenyiPoint, ...] = Field(min_length=1, max_length=500)

    @model_validator(mode="after")
    def _rising(self) -> Self:
        for before, after in zip(self.points, self.points[1:], strict=False):
            if before.order >= after.order or before.pico_epsilon > after.pico_epsilon:
                raise ValueError("orders and losses rise along the curve")
        return self


Loss: TypeAlias = ConcentratedLoss | PureLoss | RenyiLoss
_READER: TypeAdapter[Loss] = TypeAdapter(Annotated[Loss, Field(discriminator="loss")])


def renyi_at(loss: Loss, order: int) -> Fraction | None:
    """The Renyi loss at an order, exact, in pico; None where the curve does not reach so far.

    A pure loss of epsilon is at most epsilon, and at most order * epsilon^2 / 2 (Bun and Steinke 2016,
    proposition 3.3). Between two points of a curve the higher one counts: the divergence rises with its
    order.
    """
    match loss:
        case ConcentratedLoss(pico_rho=rho):
            return Fraction(order * rho, HUNDRED)
        case PureLoss(pico_epsilon=epsilon):
            return min(Fraction(epsilon), Fraction(order * epsilon * epsilon, 2 * HUNDRED * PICO))
        case RenyiLoss(points=points):
            return next((Fraction(at.pico_epsilon) for at in points if at.order >= order), None)


def pure_of(loss: Loss) -> int | None:
    """epsilon without any exception, in pico; None where there is none."""
    return loss.pico_epsilon if isinstance(loss, PureLoss) else None


def parts_of(loss: Loss, parts: int) -> Loss:
    """One of `parts` equal parts. All of them together cost no more than the whole.

    Raises:
        Refused: ``budget.request_too_small`` where a part would cost less than the register can write.
    """

    def smaller(pico: int) -> int:
        if pico < parts:
            raise Refused("budget.request_too_small")
        return pico // parts

    match loss:
        case ConcentratedLoss(pico_rho=rho):
            return ConcentratedLoss(pico_rho=smaller(rho))
        case PureLoss(pico_epsilon=epsilon):
            return PureLoss(pico_epsilon=smaller(epsilon))
        case RenyiLoss(points=points):
            return RenyiLoss(
                points=tuple(
                    RenyiPoint(order=at.order, pico_epsilon=smaller(at.pico_epsilon)) for at in points
                )
            )


def write_loss(loss: Loss) -> str:
    """The one spelling in which a register keeps it: equal losses are equal texts."""
    return canonical_json(loss).decode()


def read_loss(text: str) -> Loss:
    """Reads it back. Raises Refused(``budget.loss_unreadable``)."""
    try:
        return _READER.validate_json(text)
    except ValidationError:
        raise Refused("budget.loss_unreadable") from None

"""A hospital's ceiling for one group of persons, and whether one more noisy answer still fits under it.

* A ceiling is an (epsilon, delta) for ever, whatever was asked by whom and in whatever order, also where each
  question was chosen after the answers before it. That is proved for an order that is fixed beforehand
  (Feldman and Zrnic 2021), so a ceiling names one and keeps it; the best of many afterwards might undercount.
* What was spent fits where the Renyi loss at that order with its term stays within epsilon, or where
  everything spent was pure and its plain sum does. The second way has no exception of probability delta, so
  that both together still promise delta (a path that ends the second way adds nothing to the first).
* What would not fit even once by itself is refused like everything else; nothing is ever owed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Self

from pydantic import Field

from onggi.errors import Refused
from onggi.spec.base import Frozen
from privacy.budgets.conversion import FEMTO, best_order, epsilon_at, term_of
from privacy.budgets.losses import LARGEST, PICO, Loss, Order, pure_of, renyi_at

_MICRO_IN_PICO = PICO // 10**6
MILLION = 10**6


class Ceiling(Frozen):
    """What each person of a population may lose in all. `order` in hundredths, see the module."""

    micro_epsilon: int = Field(gt=0, le=LARGEST // _MICRO_IN_PICO)
    femto_delta: Annotated[int, Field(gt=0, lt=FEMTO)]
    order: Order

    @classmethod
    def of(cls, *, micro_epsilon: int, femto_delta: int, order: int | None = None) -> Self:
        """With the order that suits Gaussian noise best, unless one is given.

        Raises:
            Refused: ``budget.ceiling_wrong`` for numbers that no ceiling can have.
        """
        if not (0 < micro_epsilon <= LARGEST // _MICRO_IN_PICO and 0 < femto_delta < FEMTO):
            raise Refused("budget.ceiling_wrong")
        chosen = best_order(micro_epsilon * _MICRO_IN_PICO, femto_delta) if order is None else order
        return cls(micro_epsilon=micro_epsilon, femto_delta=femto_delta, order=chosen)

    @property
    def pico_epsilon(self) -> int:
        return self.micro_epsilon * _MICRO_IN_PICO

    @property
    def renyi_room(self) -> int:
        """How much Renyi loss at its order fits, in pico; not above zero where only pure losses fit."""
        return self.pico_epsilon - term_of(self.order, self.femto_delta)


@dataclass(frozen=True, slots=True)
class Total:
    """Losses added up at one order, in pico. None: no bound of that form exists for all of them."""

    renyi: Fraction | None
    pure: int | None

    @property
    def is_nothing(self) -> bool:
        return self.pure == 0


def add_up(losses: Mapping[Loss, int] | Iterable[tuple[Loss, int]], *, order: int) -> Total:
    """All losses, each as often as counted. Exact, so that no order of adding changes it."""
    renyi: Fraction | None = Fraction(0)
    pure: int | None = 0
    for loss, times in losses.items() if isinstance(losses, Mapping) else losses:
        if times == 0:
            continue
        assert times > 0, "more was given back than was reserved"
        at, epsilon = renyi_at(loss, order), pure_of(loss)
        renyi = None if renyi is None or at is None else renyi + times * at
        pure = None if pure is None or epsilon is None else pure + times * epsilon
    return Total(renyi=renyi, pure=pure)


def epsilon_of(total: Total, ceiling: Ceiling) -> int | None:
    """epsilon at the ceiling's delta that a total comes to, in pico and rounded up; None where without bound.

    The first Gaussian answer brings the term of the order with it: it is how `fits` counts.
    """
    ways = [] if total.pure is None else [total.pure]
    if total.renyi is not None:
        ways.append(epsilon_at(total.renyi, order=ceiling.order, femto_delta=ceiling.femto_delta))
    return min(ways, default=None)


def fits(total: Total, ceiling: Ceiling) -> bool:
    """Whether a total stays within the ceiling."""
    epsilon = epsilon_of(total, ceiling)
    return epsilon is not None and epsilon <= ceiling.pico_epsilon


def share_used(total: Total, ceiling: Ceiling) -> int:
    """How much of the room is used, in millionths and rounded up; a million or more where none is left."""
    if total.is_nothing:
        return 0
    ways = []
    if total.pure is not None:
        ways.append(Fraction(total.pure, ceiling.pico_epsilon))
    if total.renyi is not None and ceiling.renyi_room > 0:
        ways.append(total.renyi / ceiling.renyi_room)
    if not ways:
        return MILLION
    return -(-min(ways).numerator * MILLION // min(ways).denominator)


def would_fit(spent: Mapping[Loss, int], wanted: Iterable[Loss], ceiling: Ceiling) -> bool:
    """Whether more losses fit beside those that count already."""
    return fits(add_up(_with(spent, wanted), order=ceiling.order), ceiling)


def check_fits(spent: Mapping[Loss, int], wanted: Iterable[Loss], ceiling: Ceiling) -> None:
    """Raises Refused(``budget.exhausted``). It says nothing of how much is left."""
    if not would_fit(spent, wanted, ceiling):
        raise Refused("budget.exhausted")


def _with(spent: Mapping[Loss, int], wanted: Iterable[Loss]) -> Counter[Loss]:
    together = Counter(dict(spent))
    together.update(wanted)
    return together

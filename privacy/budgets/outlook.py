"""What another ceiling would mean for what was spent and reserved before: told before anybody sets it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from privacy.budgets.ceilings import MILLION, Ceiling, add_up, share_used, would_fit
from privacy.budgets.losses import ConcentratedLoss, Loss, PureLoss

Leaves: TypeAlias = Literal["all", "some", "none"]
_LEAST: Final = (ConcentratedLoss(pico_rho=1), PureLoss(pico_epsilon=1))
"""The cheapest answers that there can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """A budget under a ceiling. Shares are millionths of its room, rounded up."""

    share_charged: int
    share: int
    """Of what left and what is reserved, together."""
    reserved_leave: Leaves
    """Which reserved answers may still leave; of "some", those that come first. "all" also of none."""
    takes_more: bool
    """Whether an answer, however cheap, may still be reserved."""


def look_ahead(charged: Mapping[Loss, int], reserved: Mapping[Loss, int], ceiling: Ceiling | None) -> Outlook:
    """How a budget stands under a ceiling; without one nothing may be spent.

    Args:
        charged: the losses of answers that left, each as often as counted.
        reserved: those of answers that may still leave.
    """
    live = Counter(dict(charged)) + Counter(dict(reserved))
    if ceiling is None:
        return Outlook(
            share_charged=MILLION if charged else 0,
            share=MILLION if live else 0,
            reserved_leave="none" if reserved else "all",
            takes_more=False,
        )
    return Outlook(
        share_charged=share_used(add_up(charged, order=ceiling.order), ceiling),
        share=share_used(add_up(live, order=ceiling.order), ceiling),
        reserved_leave=_which_leave(charged, reserved, ceiling),
        takes_more=any(would_fit(live, [least], ceiling) for least in _LEAST),
    )


def _which_leave(charged: Mapping[Loss, int], reserved: Mapping[Loss, int], ceiling: Ceiling) -> Leaves:
    wanted = Counter(dict(reserved))
    if not wanted or would_fit(charged, wanted.elements(), ceiling):
        return "all"
    return "some" if any(would_fit(charged, [loss], ceiling) for loss in wanted) else "none"

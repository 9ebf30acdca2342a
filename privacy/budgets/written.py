"""Epsilon, delta and shares as people write them: exact decimals, never a binary fraction."""

from __future__ import annotations

import re
from decimal import Context, Decimal
from typing import Final

from onggi.errors import Refused
from privacy.budgets.ceilings import MILLION
from privacy.budgets.conversion import FEMTO

_MICRO: Final = 10**6
_NUMBER: Final = re.compile(r"([0-9]{1,20}(\.[0-9]{0,20})?|\.[0-9]{1,20})(e-?[0-9]{1,2})?", re.IGNORECASE)
_EXACT: Final = Context(prec=60)
"""More digits than any such number has, and its units beside it."""


def read_epsilon(typed: str) -> int:
    """Millionths. Raises Refused(``budget.ceiling_wrong``) for what is finer or no number above zero."""
    found = _find_whole(typed, _MICRO)
    if found is None:
        raise Refused("budget.ceiling_wrong")
    return found


def read_delta(typed: str) -> int:
    """10^-15. Raises Refused(``budget.delta_wrong``) for what is finer or not between zero and one."""
    found = _find_whole(typed, FEMTO)
    if found is None or found >= FEMTO:
        raise Refused("budget.delta_wrong")
    return found


def tell_delta(femto_delta: int) -> str:
    """Such as 1e-6."""
    return f"{Decimal(femto_delta).scaleb(-15).normalize():e}"


def tell_used(share: int) -> str:
    """A share in per cent, rounded up: what is used never looks smaller than it is."""
    return f"{_tenths(share) / 10:.1f} %"


def tell_reserved(share_charged: int, share: int) -> str:
    """What lies between the two, so that the three make 100 %."""
    return f"{(_tenths(share) - _tenths(share_charged)) / 10:.1f} %"


def tell_left(share: int) -> str:
    """What beside a share is left, rounded down: with `tell_used` it makes 100 %."""
    return f"{max(0, 1000 - _tenths(share)) / 10:.1f} %"


def _tenths(share: int) -> int:
    return -(-share * 1000 // MILLION)


def _find_whole(typed: str, units: int) -> int | None:
    if not _NUMBER.fullmatch(typed):
        return None
    fine = _EXACT.multiply(Decimal(typed), Decimal(units))
    return int(fine) if fine > 0 and fine == fine.to_integral_value() else None

"""What an answer owes to earlier answers on nearly the same persons."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from onggi.spec.base import Frozen


class NearEarlier(Frozen):
    """`within`: numbers of persons that were worked out of earlier answers may be so far from the truth.
    `left_out`: hospitals left some persons out, so that two answers do not tell of a few by their difference.
    """

    within: int = Field(default=0, ge=0, le=2**31)
    left_out: bool = False

    def __bool__(self) -> bool:
        return bool(self.within or self.left_out)


NOTHING_NEAR: Final = NearEarlier()

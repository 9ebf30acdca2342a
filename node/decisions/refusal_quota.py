"""Decides whether a project was refused so often here that its refusals themselves may tell.

Each refusal of an answer that comes too near to few persons says one thing about them. A few say little; who
is after somebody asks in many ways and reads the refusals. So after a number of them within a month the
hospital takes no further job of the project, until the month has moved on or the hospital raises the number.
"""

from __future__ import annotations

from typing import Final

from node.decisions.site_policy import SitePolicy
from onggi.errors import Refused

DAYS: Final = 30
_TELLING: Final = frozenset({"differencing.too_near", "differencing.one_hospital"})


def is_telling(code: str) -> bool:
    """Whether a refusal with this code says something about few persons."""
    return code.startswith("disclosure.") or code in _TELLING


def check_quota(policy: SitePolicy, *, refused: int) -> None:
    """Raises Refused(``quota.refusals``). `refused`: telling refusals of a project within `DAYS`."""
    if refused >= policy.refusal_quota:
        raise Refused("quota.refusals", quota=policy.refusal_quota)

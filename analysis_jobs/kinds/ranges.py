"""How large one hospital's number may be so that the masked sum over all hospitals cannot overflow."""

from __future__ import annotations

from analysis_jobs.kinds.contract import Entry

SUM_LIMIT = 2**31 - 1
"""Masked sums are 64-bit numbers of which 32 bits are binary places: this much is left of the point."""

FIXED_POINT_STEP = 2.0**-32
"""The distance between two neighbouring numbers under masks."""


def site_limit(participants: int) -> float:
    """The largest magnitude of one entry of one hospital's array."""
    return float(SUM_LIMIT // participants)


def count_entry(name: str, size: int, *, participants: int) -> Entry:
    """Persons: whole and not negative."""
    return Entry(name, (size,), 0.0, site_limit(participants), whole=True)


def number_entry(name: str, size: int, *, participants: int) -> Entry:
    """Sums of any sign."""
    limit = site_limit(participants)
    return Entry(name, (size,), -limit, limit)


SQUARES_UNIT = 2.0**-20
"""Sums of squares travel in this unit: still exact under masks, and a million times as much fits."""


def squares_entry(name: str, size: int, *, participants: int) -> Entry:
    """Sums of squares of whole numbers, in `SQUARES_UNIT`."""
    return Entry(name, (size,), 0.0, site_limit(participants))

"""Counts that are shown are rounded, after small ones were withheld."""

from __future__ import annotations

ROUNDING_BASE = 5


def round_to_base(persons: int, *, base: int = ROUNDING_BASE) -> int:
    """The nearest multiple of the base, halves upwards. Statbarn: Frequencies.

    It is applied after suppression, never instead of it: rounding alone does not hide a small cell, because
    two rounded answers that overlap still give their difference away.
    """
    if base < 1 or persons < 0:
        raise ValueError("a count is not negative and a rounding base is at least 1")
    return (2 * persons + base) // (2 * base) * base

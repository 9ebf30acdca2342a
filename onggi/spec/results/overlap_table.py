"""Distinct persons in every combination of cohorts."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from onggi.spec.results.base import ResultBase, Withheld


class OverlapTable(ResultBase):
    """Distinct persons of several cohorts: each one's total, and everybody by the exact cohorts they are in.

    `combinations[i]` has a yes or no for each cohort; the last one is a yes for all.
    """

    result: Literal["overlap_table"] = "overlap_table"
    cohorts: tuple[str, ...]
    totals: tuple[int | None, ...]
    totals_withheld: tuple[Withheld | None, ...]
    combinations: tuple[tuple[bool, ...], ...]
    persons: tuple[int | None, ...]
    withheld: tuple[Withheld | None, ...]
    rounded_to: int = Field(default=1, ge=1)

    def reasons(self) -> tuple[Withheld | None, ...]:
        """For every number of persons why it is withheld, or None."""
        return (*self.totals_withheld, *self.withheld)

"""Distinct persons of a cohort, step by step and in groups."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from onggi.spec.base import Frozen, is_unset
from onggi.spec.results.base import ResultBase, Withheld
from onggi.spec.variables import CohortStep


class CountedFunnel(Frozen):
    """A further choice of the same rules, in its own order."""

    steps: tuple[str, ...]
    persons: tuple[int | None, ...]
    withheld: tuple[Withheld | None, ...]


class CountedGroups(Frozen):
    """Whoever met every rule, by one variable; the last group is those whose value is missing."""

    variable: str
    groups: tuple[str, ...]
    persons: tuple[int | None, ...]
    withheld: tuple[Withheld | None, ...]


class CountTable(ResultBase):
    """A pooled attrition funnel; `persons` is None where a cell is withheld, and `withheld` says why.

    Where a job asks for more than its funnel: `events` are index events at each step (None where its persons
    are withheld), `funnels` further choices of the rules, `groups` the persons of the last step.
    """

    result: Literal["count_table"] = "count_table"
    steps: tuple[str, ...]
    persons: tuple[int | None, ...]
    withheld: tuple[Withheld | None, ...]
    rounded_to: int = Field(default=1, ge=1)
    events: tuple[int | None, ...] = Field(default=(), exclude_if=is_unset)
    funnels: tuple[CountedFunnel, ...] = Field(default=(), exclude_if=is_unset)
    groups: tuple[CountedGroups, ...] = Field(default=(), exclude_if=is_unset)

    def reasons(self) -> tuple[Withheld | None, ...]:
        """For every number of persons why it is withheld, or None."""
        funnels = (reason for each in self.funnels for reason in each.withheld)
        groups = (reason for each in self.groups for reason in each.withheld)
        return (*self.withheld, *funnels, *groups)

    def funnel(self) -> tuple[CohortStep, ...]:
        """The steps that may be shown."""
        return tuple(
            CohortStep(name=name, persons=count)
            for name, count in zip(self.steps, self.persons, strict=True)
            if count is not None
        )

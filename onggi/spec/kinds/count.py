"""What a count asks for."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from onggi.spec.base import ColumnName, Frozen, is_unset

MOST_RULES = 62
"""So many rules can be told apart, one bit each, when single ones are chosen."""
Edge = Annotated[int, Field(ge=-10_000, le=10_000)]
Funnel = Annotated[
    tuple[Annotated[int, Field(ge=0, lt=MOST_RULES)], ...], Field(min_length=1, max_length=MOST_RULES)
]
"""Rules by their position, in the order in which they are asked."""


class GroupsBy(Frozen):
    """One way to group whoever met every rule: by a variable whose domain is age, sex or index year.

    `edges` cut a number into groups: below the first, from each up to the next, from the last on. Without
    edges every index year is a group.
    """

    variable: ColumnName
    edges: tuple[Edge, ...] = Field(default=(), max_length=40)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if list(self.edges) != sorted(set(self.edges)):
            raise ValueError(f"{self.variable}: edges must rise")
        return self


class CountParameters(Frozen):
    """Distinct persons at each step of the cohort's attrition funnel: primary events, then each rule.

    * `funnels`: further choices and orders of the rules, by their position from 0.
    * `events`: index events beside the persons of the cohort's own funnel.
    * `by`: groups of whoever met every rule, one dimension at a time.

    What is not asked is not written: a plain count has the bytes, and the digest, that it always had.
    """

    kind: Literal["count"] = "count"
    funnels: tuple[Funnel, ...] = Field(default=(), max_length=16, exclude_if=is_unset)
    events: bool = Field(default=False, exclude_if=is_unset)
    by: tuple[GroupsBy, ...] = Field(default=(), max_length=3, exclude_if=is_unset)

    @model_validator(mode="after")
    def _each_rule_once(self) -> Self:
        for funnel in self.funnels:
            if len(set(funnel)) != len(funnel):
                raise ValueError("a funnel names a rule twice")
        return self

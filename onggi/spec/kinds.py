"""The parameters of each kind of job."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, StringConstraints, model_validator

from onggi.spec.base import ColumnName, Frozen, LevelName, Line

Family = Literal["gaussian", "binomial", "poisson"]


MOST_RULES = 62
"""So many rules can be told apart, one bit each, when single ones are chosen."""
Edge = Annotated[int, Field(ge=-10_000, le=10_000)]
Funnel = Annotated[
    tuple[Annotated[int, Field(ge=0, lt=MOST_RULES)], ...], Field(min_length=1, max_length=MOST_RULES)
]
"""Rules by their position, in the order in which they are asked."""

CohortName = Annotated[Line, StringConstraints(max_length=60)]


def _is_unset(value: object) -> bool:
    return not value


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
    funnels: tuple[Funnel, ...] = Field(default=(), max_length=16, exclude_if=_is_unset)
    events: bool = Field(default=False, exclude_if=_is_unset)
    by: tuple[GroupsBy, ...] = Field(default=(), max_length=3, exclude_if=_is_unset)

    @model_validator(mode="after")
    def _each_rule_once(self) -> Self:
        for funnel in self.funnels:
            if len(set(funnel)) != len(funnel):
                raise ValueError("a funnel names a rule twice")
        return self


class GlmParameters(Frozen):
    """A generalised linear model with its canonical link (identity, logit, log) on complete cases.

    `terms` are variable names in the order of the answer, after the intercept. A category opens into one
    column per level but `references[name]` (a level name), named ``<variable>_<level name>``. `offset` is
    a variable that enters the linear predictor with coefficient 1.
    """

    kind: Literal["glm"] = "glm"
    family: Family
    outcome: ColumnName
    terms: tuple[ColumnName, ...] = Field(min_length=1, max_length=200)
    references: dict[ColumnName, LevelName] = Field(default_factory=dict)
    offset: ColumnName | None = None
    tolerance: float = Field(default=1e-10, gt=0, le=1e-4)
    maximum_iterations: int = Field(default=30, ge=1, le=100)

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        names = [self.outcome, *self.terms, *([self.offset] if self.offset else [])]
        if len(set(names)) != len(names):
            raise ValueError("a variable stands twice among outcome, terms and offset")
        return self


class NamedCohort(Frozen):
    """A further cohort of a job, by the name under which the answer speaks of it."""

    name: CohortName
    cohort: dict[str, JsonValue]


class OverlapParameters(Frozen):
    """Distinct persons in each combination of cohorts: the job's own, called `name`, and further ones."""

    kind: Literal["overlap"] = "overlap"
    name: CohortName
    cohorts: tuple[NamedCohort, ...] = Field(min_length=1, max_length=4)

    @property
    def names(self) -> tuple[str, ...]:
        """All cohorts, the job's own first."""
        return (self.name, *(each.name for each in self.cohorts))

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        if len(set(self.names)) != len(self.names):
            raise ValueError("two cohorts share a name")
        return self


class ConceptsParameters(Frozen):
    """What hospitals' vocabularies know of the concepts that the cohort definition names. Counts nobody."""

    kind: Literal["concepts"] = "concepts"


Parameters = CountParameters | GlmParameters | OverlapParameters | ConceptsParameters

"""What comes back: typed answers that know what they rest on and cannot hold a person's row."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from onggi.spec.base import Frozen
from onggi.spec.variables import CohortStep

Withheld = Literal["too_few_persons", "secondary", "difference_too_small", "small_alone_or_by_difference"]
"""The last one stands where many numbers are beside each other: which of its two reasons holds would tell."""


def _is_unset(value: object) -> bool:
    return not value


class ResultBase(Frozen):
    """What every answer states: how many hospitals took part (never which one did not) and the rule used."""

    sites: int = Field(ge=1)
    minimum_persons: int = Field(ge=1)


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
    events: tuple[int | None, ...] = Field(default=(), exclude_if=_is_unset)
    funnels: tuple[CountedFunnel, ...] = Field(default=(), exclude_if=_is_unset)
    groups: tuple[CountedGroups, ...] = Field(default=(), exclude_if=_is_unset)

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


class ConceptAtSites(Frozen):
    """At how many hospitals the vocabulary has a concept, holds it as standard, and as valid."""

    concept: int
    known: int = Field(ge=0)
    standard: int = Field(ge=0)
    valid: int = Field(ge=0)


class ConceptSetAtSites(Frozen):
    """What hospitals make of one concept set. `same`: all resolve it to the very same concepts.

    `same` may be wrong where it is True, with a chance of 2^-48; never where it is False.
    """

    name: str
    concepts: tuple[ConceptAtSites, ...]
    same: bool
    mean_size: float = Field(ge=0)
    size_spread: float = Field(ge=0)


class ConceptReport(ResultBase):
    """What hospitals' vocabularies know of a definition's concepts. No person counted, no hospital named."""

    result: Literal["concept_report"] = "concept_report"
    sets: tuple[ConceptSetAtSites, ...]


class ModelFit(ResultBase):
    """A fitted regression: the pooled answer, in the units of the variables."""

    result: Literal["model_fit"] = "model_fit"
    family: str
    link: str
    terms: tuple[str, ...]
    coefficients: tuple[float, ...]
    standard_errors: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    n: int
    events: int | None = None
    residual_dof: int
    dispersion: float
    deviance: float
    null_deviance: float | None = None
    log_likelihood: float
    aic: float
    iterations: int
    converged: bool


Result = Annotated[CountTable | OverlapTable | ConceptReport | ModelFit, Field(discriminator="result")]

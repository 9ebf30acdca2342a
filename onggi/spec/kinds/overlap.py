"""What an overlap of cohorts asks for."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, StringConstraints, model_validator

from onggi.spec.base import Frozen, Line

CohortName = Annotated[Line, StringConstraints(max_length=60)]


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

"""A job: one exact question, by digest, that hospitals run or refuse as a whole."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, model_validator

from onggi.spec.base import Digest, Frozen, Instant, Line, Slug, is_unset
from onggi.spec.disclosure_rules import DisclosureRules, are_default
from onggi.spec.ids import PermitId, ProjectId, SiteId
from onggi.spec.kinds import OverlapParameters, Parameters
from onggi.spec.outcomes import Outcome
from onggi.spec.variables import TableColumn, Variable, column_of

ResultType = Literal[
    "count_table",
    "table",
    "curve",
    "histogram",
    "overlap_table",
    "concept_report",
    "model_fit",
    "model_evaluation",
    "survival_curves",
    "cox_fit",
    "regularised_path",
    "meta_analysis",
    "table_one",
    "rates",
    "correlation",
    "cross_table",
    "distribution",
    "model_weights",
    "file_bundle",
]

_STEP = "cohort_step"


class DifferentialPrivacy(Frozen):
    """A patient-level budget request in millionths of epsilon: integers, so that sums do not drift."""

    micro_epsilon: int = Field(gt=0)
    delta: float = Field(gt=0, lt=1)


class Privacy(Frozen):
    """How the answer is protected. `masked`: nobody but the hospital sees its contribution."""

    minimum_persons: int = Field(default=10, ge=1)
    masked: bool = True
    differential_privacy: DifferentialPrivacy | None = None
    rules: DisclosureRules = Field(default=DisclosureRules(), exclude_if=are_default)
    """The defaults are left out of the canonical form: a job that says nothing of them keeps its digest."""
    small_hospitals: bool = Field(default=False, exclude_if=is_unset)
    """Relies on its permit's word that a cell may be small at one hospital where the pooled one is not."""

    @model_validator(mode="after")
    def _hidden_where_small(self) -> Self:
        if self.small_hospitals and not self.masked:
            raise ValueError("small_hospitals needs masked: in clear each hospital's own cells are seen")
        return self


class ArrayShape(Frozen):
    """One array that custom code may send: name, shape and the range of every entry."""

    name: Slug
    shape: tuple[int, ...] = Field(max_length=8)
    low: float
    high: float


class ReleaseShape(Frozen):
    """What may leave a hospital. Built-in kinds derive their arrays; custom code lists them here."""

    result: ResultType
    arrays: tuple[ArrayShape, ...] = ()


class Limits(Frozen):
    """Ceilings for one run at one hospital."""

    wall_seconds: int = Field(default=600, ge=1, le=7 * 24 * 3600)
    memory_mib: int = Field(default=2048, ge=64)
    message_bytes: int = Field(default=64 * 2**20, ge=1024, le=2**31)
    rounds: int = Field(default=200, ge=1, le=100_000)


class CodeDigests(Frozen):
    """Exactly which code runs: our source tree, the locked environment, the sandbox profile."""

    source: Digest
    environment: Digest
    sandbox: Digest


class JobSpec(Frozen):
    """One exact computation. Its RFC 8785 digest is what a committee approves and a node runs."""

    version: Literal[1] = 1
    title: Line
    project: ProjectId
    permit: PermitId
    dataset: Slug
    participants: tuple[SiteId, ...] = Field(min_length=1, max_length=1000)
    minimum_sites: int = Field(ge=1)
    answer_within_seconds: int = Field(default=3600, ge=1)
    cohort: dict[str, JsonValue]
    variables: tuple[Variable, ...] = Field(default=(), max_length=500)
    outcomes: tuple[Outcome, ...] = Field(default=(), max_length=50, exclude_if=is_unset)
    """Left out of the canonical form where there is none: a job without outcomes keeps its digest."""
    parameters: Annotated[Parameters, Field(discriminator="kind")]
    seed: int = Field(default=0, ge=0, lt=2**53)
    privacy: Privacy = Privacy()
    releases: tuple[ReleaseShape, ...] = Field(min_length=1)
    limits: Limits = Limits()
    code: CodeDigests
    expires: Instant

    @property
    def kind(self) -> str:
        """Our short name of the kind, e.g. ``"glm"``."""
        return self.parameters.kind

    @property
    def cohorts(self) -> tuple[dict[str, JsonValue], ...]:
        """Every definition that the job asks about: its cohort, then those that its parameters name."""
        if isinstance(self.parameters, OverlapParameters):
            return (self.cohort, *(each.cohort for each in self.parameters.cohorts))
        return (self.cohort,)

    @property
    def columns(self) -> tuple[TableColumn, ...]:
        """The columns of the job's table in order: one a variable, then two an outcome."""
        return (
            *(column_of(variable) for variable in self.variables),
            *(column for outcome in self.outcomes for column in outcome.columns),
        )

    def variable(self, name: str) -> Variable:
        """The variable of that name. Raises KeyError when the spec has none."""
        for variable in self.variables:
            if variable.name == name:
                return variable
        raise KeyError(name)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if list(self.participants) != sorted(set(self.participants)):
            raise ValueError("participants must be sorted and distinct")
        if self.minimum_sites > len(self.participants):
            raise ValueError("minimum_sites exceeds the number of participants")
        names = [variable.name for variable in self.variables]
        if len(set(names)) != len(names):
            raise ValueError("two variables share a name")
        names += [name for each in self.outcomes for name in (each.days_name, each.event_name)]
        if len({*names, _STEP}) != len(names) + 1:
            raise ValueError(f"two columns of the table share a name, or one is called {_STEP}")
        return self

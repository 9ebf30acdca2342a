"""What people and machines sign: one type per act, each with an id, an expiry and its plain-language digest.

A statement is an in-toto Statement carried in a DSSE envelope. `summary` is the SHA-256 of the
deterministic rendering in `onggi.protocol.rendering`: what the signer read is part of what was signed.
Ids are unique for ever: a verifier that has seen an id with other content refuses it.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Generic, Literal, Self, TypeVar

from pydantic import ConfigDict, Field, JsonValue, model_validator

from onggi.spec.base import Digest, Frozen, Instant, Line, Slug
from onggi.spec.ids import JobId, MemberId, OrderId, PermitId, ProjectId, RunId, SiteId
from onggi.spec.job import ResultType

STATEMENT_TYPE: Literal["https://in-toto.io/Statement/v1"] = "https://in-toto.io/Statement/v1"
StatementId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{7,79}$")]
FailureCode = Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z0-9_]{1,60}$")]


class Predicate(Frozen):
    """The part that says something. `federation` binds it to one trust root's name."""

    TYPE: ClassVar[str]

    id: StatementId
    federation: Slug
    issued: Instant
    expires: Instant
    summary: Digest

    @model_validator(mode="after")
    def _expires_later(self) -> Self:
        if self.expires <= self.issued:
            raise ValueError("expires must lie after issued")
        return self


class DatasetGrant(Frozen):
    """What of one hospital's dataset a project may read: value concepts and whole domains, by id and name."""

    site: SiteId
    dataset: Slug
    concepts: tuple[int, ...] = ()
    whole_domains: tuple[str, ...] = ()
    demographics: tuple[Literal["age", "sex", "race", "ethnicity", "index_year"], ...] = ()


class Bounds(Frozen):
    """Jobs inside these bounds need no new vote. Every node evaluates them itself."""

    kinds: tuple[str, ...]
    masked_kinds: tuple[str, ...] = ()
    """Kinds that must run under masks."""
    minimum_persons: int = Field(ge=1)
    minimum_sites: int = Field(ge=1)
    maximum_jobs: int = Field(ge=1)
    micro_epsilon: int = Field(default=0, ge=0)
    results: tuple[ResultType, ...]


class ProjectPermit(Predicate):
    """A committee lets a project's people ask questions of named datasets for a stated purpose."""

    TYPE: ClassVar[str] = "urn:onggi:project-permit:v1"

    project: ProjectId
    title: Line
    purpose: Line
    organisation: Line
    people: tuple[Slug, ...] = Field(min_length=1)
    """Account names; none of them may sign this permit or its jobs as a committee member."""
    datasets: tuple[DatasetGrant, ...] = Field(min_length=1)
    bounds: Bounds | None = None
    exact_counts: bool = False
    export_without_vote: bool = False

    @property
    def permit(self) -> PermitId:
        return PermitId(self.id)


class FeasibilityApproval(Predicate):
    """Named users may ask for suppressed, rounded counts, a capped number a day."""

    TYPE: ClassVar[str] = "urn:onggi:feasibility-approval:v1"

    people: tuple[Slug, ...] = Field(min_length=1)
    datasets: tuple[DatasetGrant, ...] = Field(min_length=1)
    per_day: int = Field(ge=1)


class JobApproval(Predicate):
    """A committee approves one exact job that lies outside its permit's bounds."""

    TYPE: ClassVar[str] = "urn:onggi:job-approval:v1"

    project: ProjectId
    permit: PermitId
    spec: Digest


class JobOrder(Predicate):
    """The coordinator asks one node to run one job. It authorises nothing: the node checks all the rest."""

    TYPE: ClassVar[str] = "urn:onggi:job-order:v1"

    order: OrderId
    run: RunId
    site: SiteId
    job: JobId
    spec: Digest


class RunReport(Predicate):
    """All that is ever told about a run: a stage, a code, a band. Free text never enters."""

    TYPE: ClassVar[str] = "urn:onggi:run-report:v1"

    run: RunId
    site: SiteId
    spec: Digest
    stage: Literal["declined", "accepted", "running", "finished", "failed", "cancelled"]
    failure: FailureCode | None = None
    persons_band: Literal["<10", "10-99", "100-999", "1000+"] | None = None


class ExportRelease(Predicate):
    """One output checker's verdict on handing one exact result to the researcher."""

    TYPE: ClassVar[str] = "urn:onggi:export-release:v1"

    job: JobId
    spec: Digest
    result: Digest
    checker: MemberId
    verdict: Literal["approve", "refuse"]
    reason: Line | None = None


class Deletion(Predicate):
    """A hospital states that a run's workspace and its key are gone."""

    TYPE: ClassVar[str] = "urn:onggi:deletion:v1"

    run: RunId
    site: SiteId
    spec: Digest
    workspace: Digest
    bytes_destroyed: int = Field(ge=0)
    outcome: Literal["finished", "failed", "cancelled"]


class Revocation(Predicate):
    """A committee member withdraws a permit, an approval or a job. One signature suffices to stop."""

    TYPE: ClassVar[str] = "urn:onggi:revocation:v1"

    what: Literal["permit", "job"]
    target: StatementId | Digest
    reason: Line


class Membership(Predicate):
    """A hospital states that its node, with this certificate key, speaks for it on the link."""

    TYPE: ClassVar[str] = "urn:onggi:membership:v1"

    site: SiteId
    link_key: Digest


class DatasetPublication(Predicate):
    """A hospital states which dataset it offers, in bands: no exact count, no code."""

    TYPE: ClassVar[str] = "urn:onggi:dataset-publication:v1"

    site: SiteId
    dataset: Slug
    generation: int = Field(ge=1)
    cdm_version: Literal["5.3", "5.4"]
    persons_band: Literal["<10", "10-99", "100-999", "1000+", "10000+", "100000+", "1000000+"]
    domains: tuple[str, ...]


class TrustRootStatement(Predicate):
    """A version of the federation root; `onggi.protocol.trust_root` reads `root`."""

    TYPE: ClassVar[str] = "urn:onggi:trust-root:v1"

    root: dict[str, JsonValue]


class Subject(Frozen):
    """What the statement is about: a name and the SHA-256 of the thing."""

    name: Line
    digest: dict[Literal["sha256"], Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]]


P = TypeVar("P", bound=Predicate)


class Statement(Frozen, Generic[P]):
    """An in-toto Statement. Its fields go by their names in the standard alone, and none may be left out."""

    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)

    type_: Literal["https://in-toto.io/Statement/v1"] = Field(alias="_type")
    subject: tuple[Subject, ...] = Field(min_length=1, max_length=1)
    predicate_type: str = Field(alias="predicateType")
    predicate: P

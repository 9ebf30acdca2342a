"""What people and machines sign: one type per act, each with an id, an expiry and its plain-language digest.

A statement is an in-toto Statement carried in a DSSE envelope. `summary` is the SHA-256 of the
deterministic rendering in `onggi.protocol.rendering`: what the signer read is part of what was signed.
Ids are unique for ever: a verifier that has seen an id with other content refuses it.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Generic, Literal, Self, TypeVar

from pydantic import (
    ConfigDict,
    Field,
    JsonValue,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from onggi.spec.base import Digest, Frozen, Instant, Line, Slug, is_unset
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


class _Grown(Frozen):
    """A type that got fields later. Unset they are not written: what was signed before keeps its bytes."""

    LATER: ClassVar[frozenset[str]] = frozenset()

    @model_serializer(mode="wrap")
    def _leave_out_unset(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = write(self)
        return {name: value for name, value in written.items() if value is not None or name not in self.LATER}


class DatasetGrant(_Grown):
    """What of one hospital's dataset a project may read: value concepts and whole domains, by id and name."""

    LATER: ClassVar[frozenset[str]] = frozenset({"review"})

    site: SiteId
    dataset: Slug
    concepts: tuple[int, ...] = ()
    whole_domains: tuple[str, ...] = ()
    demographics: tuple[Literal["age", "sex", "race", "ethnicity", "index_year"], ...] = ()
    review: Digest | None = None
    """The review of this data set's pseudonymisation for this project (`onggi.protocol.reviews`)."""


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


class ProjectPermit(Predicate, _Grown):
    """A committee lets a project's people ask questions of named datasets for a stated purpose."""

    TYPE: ClassVar[str] = "urn:onggi:project-permit:v1"
    LATER: ClassVar[frozenset[str]] = frozenset({"replaces"})

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
    small_hospitals: bool = Field(default=False, exclude_if=is_unset)
    """Under masks and with three legal entities or more, a cell may be small at one hospital where the pooled
    one is not. Each hospital's own cells are checked otherwise."""
    replaces: StatementId | None = None
    """The permit of the same project in whose place this one comes: nothing new starts under that one."""

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
    """A hospital states that a run's workspace and its key are gone.

    How much lay there stays with the hospital: it would tell how many persons were staged.
    """

    TYPE: ClassVar[str] = "urn:onggi:deletion:v1"

    run: RunId
    site: SiteId
    spec: Digest
    workspace: Digest
    outcome: Literal["finished", "failed", "cancelled"]


class RegisterMark(Frozen):
    """Where a chained register stood: the number of its last entry (0: none yet) and that entry's hash."""

    number: int = Field(ge=0)
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class LeftKind(Frozen):
    """Things of one kind that left: how many, and their bytes in all."""

    what: Literal["aggregate", "masked_sum"]
    result: ResultType
    number: int = Field(ge=1)
    bytes: int = Field(ge=0)


class LeftPersons(Frozen):
    """What the bytes that left in clear tell of numbers of persons. Nothing in it is estimated.

    `smallest` is the smallest number above zero that they state, over `numbers` numbers in `tables` tables;
    `empty` counts the zeros. `without`: tables that hold no number of persons by their kind. `unknown`:
    things in clear whose groups cannot be read from their bytes.
    """

    smallest: int | None = Field(ge=1)
    numbers: int = Field(ge=0)
    empty: int = Field(ge=0)
    tables: int = Field(ge=0)
    without: int = Field(ge=0)
    unknown: int = Field(ge=0)


class NotLeft(Frozen):
    """How often this week something was declined, refused, held or kept."""

    orders_declined: int = Field(ge=0)
    consents_refused: int = Field(ge=0)
    messages_refused: int = Field(ge=0)
    replies_held: int = Field(ge=0)
    held_approved: int = Field(ge=0)
    held_refused: int = Field(ge=0)
    replies_withheld: int = Field(ge=0)


class WrittenFiles(Frozen):
    """Files that the hospital's own people had made to hand them on; the node sends none of them."""

    dataset_cards: int = Field(ge=0)
    quality_cards: int = Field(ge=0)
    twins: int = Field(ge=0)


class WeeklyLetter(Predicate):
    """A hospital states what left it in one week, and that nothing else did. Weeks begin on Monday in Korea.

    `issued` is the end of the week whenever it was written: the same registers give the same letter. The
    marks are the heads of its registers at the begin and the end, so that the next letter must go on there.
    """

    TYPE: ClassVar[str] = "urn:onggi:weekly-letter:v1"

    site: SiteId
    week: Annotated[str, Field(pattern=r"^[0-9]{4}-W[0-9]{2}$")]
    since: Instant
    until: Instant
    analyses: int = Field(ge=0)
    left: tuple[LeftKind, ...]
    persons: LeftPersons
    not_left: NotLeft
    files: WrittenFiles
    register_before: RegisterMark
    register_after: RegisterMark
    audit_before: RegisterMark
    audit_after: RegisterMark

    def number_left(self, what: Literal["aggregate", "masked_sum"]) -> int:
        """How many things of that sort left."""
        return sum(each.number for each in self.left if each.what == what)


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


class PasskeyRegistration(Predicate):
    """A member's new passkey, before the root names it: signed by itself and by another member."""

    TYPE: ClassVar[str] = "urn:onggi:passkey-registration:v1"

    member: MemberId
    role: Literal["committee", "output_checker"]
    public_key: Annotated[str, Field(max_length=400)]
    fingerprint: Digest
    origin: Annotated[str, Field(max_length=300)]
    rp_id: Annotated[str, Field(max_length=253)]


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

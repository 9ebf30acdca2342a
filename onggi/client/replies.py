"""What the coordinator answers, as the SDK reads it: unknown fields are ignored, missing ones an error."""

from __future__ import annotations

from datetime import datetime
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from onggi.errors import Fact
from onggi.protocol.dsse import Envelope
from onggi.protocol.reviews import AdequacyReview
from onggi.protocol.statements import ProjectPermit
from onggi.spec.counted_rules import CountedRule, CountedRules
from onggi.spec.job import JobSpec
from onggi.spec.results import AddedNoise

T = TypeVar("T")
ENDED = frozenset({"released", "refused", "failed", "cancelled", "expired"})
"""Job states that nothing follows."""


class Reply(BaseModel):
    """A newer coordinator may say more than this version knows."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class PageReply(Reply, Generic[T]):
    items: tuple[T, ...]
    next: str | None


class TokenReply(Reply):
    """A token at the one moment when its secret is shown."""

    id: str
    secret: str = Field(repr=False)
    expires: datetime


class Me(Reply):
    """Who the token speaks for."""

    account: str
    organisation: str
    roles: tuple[str, ...]
    scopes: tuple[str, ...]
    member: str | None
    site: str | None


class KeptReview(Reply):
    """A review of a data set's pseudonymisation, and the digest under which permits name it."""

    digest: str
    review: AdequacyReview


class Project(Reply):
    """A project and its people."""

    id: str
    title: str
    purpose: str
    organisation: str
    people: tuple[str, ...]
    created: datetime


class Permit(Reply):
    """A permit and whether it is in force."""

    id: str
    project: str
    state: str
    state_since: datetime
    expires: datetime
    log_index: int
    digest: str
    permit: ProjectPermit
    envelope: Envelope


class AskedBy(Reply):
    """What one account's jobs ask, in millionths of epsilon: within the permit's bounds, and by votes."""

    account: str
    jobs: int
    micro_epsilon_within_bounds: int
    micro_epsilon_approved: int


class PermitBudget(Reply):
    """A permit's privacy budget in millionths of epsilon, and who asked for how much of it."""

    permit: str
    micro_epsilon_allowed: int
    micro_epsilon_within_bounds: int
    by: tuple[AskedBy, ...]


class JobCost(Reply):
    """What a job would cost each person of each hospital; all None for one that asks for no noise.

    `noise` is that of the answer over all its hospitals, `noise_of_each` that of one hospital's numbers (None
    under masks, where nobody sees them).
    """

    micro_epsilon: int | None
    delta: float | None
    pico_rho: int | None
    noise: AddedNoise | None
    noise_of_each: AddedNoise | None


class JobRecord(Reply):
    """A job as it stands."""

    id: str
    project: str
    permit: str
    submitted_by: str
    submitted: datetime
    spec: JobSpec
    digest: str
    within_bounds: bool
    outside: str | None
    state: str
    state_since: datetime
    code: str | None


class DryRunFinding(Reply):
    """One finding of a dry run. A `remark` stops nothing: twins are made up."""

    severity: str
    stage: str
    code: str
    cause_ko: str
    cause_en: str
    next_ko: str
    next_en: str
    facts: dict[str, Fact]


class DryRunReply(Reply):
    """What came of a job on synthetic twins of its hospitals; `own_cards` of them from a hospital's own card.

    `outcome`: ``"passed"``, ``"failed"`` (a submission would be refused), or ``"unavailable"``.
    """

    outcome: str
    twins: int
    persons_each: int
    own_cards: int
    milliseconds: int
    findings: tuple[DryRunFinding, ...]


class Checked(Reply):
    """What a job reads, and what came of it on twins."""

    digest: str
    concepts: tuple[int, ...]
    whole_domains: tuple[str, ...]
    demographics: tuple[str, ...]
    dry_run: DryRunReply


class Reason(Reply):
    code: str
    cause_ko: str
    cause_en: str
    next_ko: str
    next_en: str


class ExplanationReply(Reply):
    job: str
    state: str
    since: datetime
    whose_turn: str
    ko: str
    en: str
    reason: Reason | None


class RuleOutcome(Reply):
    """What one disclosure rule said; `cells` is how many it withheld."""

    rule: str
    outcome: Literal["passed", "withheld"]
    cells: int


class Verdict(Reply):
    rules: tuple[RuleOutcome, ...]


class ResultReply(Reply):
    job: str
    digest: str
    result: dict[str, JsonValue]
    verdict: Verdict
    created: datetime


class StatementReply(Reply):
    """A statement as a committee member sees it."""

    id: str
    type: str
    state: str
    state_since: datetime
    project: str | None
    created_by: str
    expires: datetime
    rendering: str
    envelope: Envelope
    signed_by: tuple[str, ...]
    needed: int
    log_index: int | None


class FindingReply(Reply):
    """One finding in words; `checks` are those of ACRO that the rule makes."""

    rule: str
    outcome: str
    cell_ko: str
    cell_en: str
    ko: str
    en: str
    checks: tuple[str, ...]
    statbarns: tuple[str, ...]


class CountedRuleReply(CountedRule):
    model_config = ConfigDict(extra="ignore")


class CountedReply(CountedRules):
    """The rules that counted, whatever a later coordinator says of them beside."""

    model_config = ConfigDict(extra="ignore")
    rules: tuple[CountedRuleReply, ...]


class Evidence(Reply):
    """`findings` is empty and `counted` None where the coordinator is older than they are."""

    every_rule_passed: bool
    withheld_cells: int
    rules: tuple[RuleOutcome, ...]
    findings: tuple[FindingReply, ...] = ()
    counted: CountedReply | None = None


class VoteShown(Reply):
    member: str
    verdict: str
    reason: str | None
    given: datetime


class ExportReply(Reply):
    """One held result before a checker. `votes` is None until this checker has voted."""

    job: str
    title: str
    state: str
    since: datetime
    evidence: Evidence
    result_digest: str
    result: dict[str, JsonValue]
    is_decided: bool
    own_vote: str | None
    votes: tuple[VoteShown, ...] | None


class BallotReply(Reply):
    envelope: Envelope
    rendering: str


class CheckpointReply(Reply):
    origin: str
    size: int
    checkpoint: str


class LogEntryReply(Reply):
    index: int
    envelope: Envelope


class LogEntriesReply(Reply):
    entries: tuple[LogEntryReply, ...]


class ProofReply(Reply):
    hashes: tuple[str, ...]


class RootsReply(Reply):
    fingerprint: str | None
    roots: tuple[Envelope, ...]

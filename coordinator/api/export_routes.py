"""The output checkers' desk: evidence first, then the result, then one's own vote."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from coordinator.api.access import Asking, Wired
from coordinator.api.parts import After, JobName, Limit, Page, new_router, page_of
from coordinator.exports.findings import JudgedFinding, judged_findings
from coordinator.exports.vote_store import Ballot, ExportView
from coordinator.jobs.job_store import Job
from coordinator.jobs.result_store import RuleOutcome, StoredResult
from onggi.protocol.dsse import Envelope
from onggi.spec.base import Frozen, Line
from onggi.spec.counted_rules import CountedRules, counted_rules
from onggi.spec.results import Result

router = new_router("exports")


class Evidence(Frozen):
    """What the disclosure rules said: read before the result and the vote."""

    every_rule_passed: bool
    withheld_cells: int
    rules: tuple[RuleOutcome, ...]
    findings: tuple[JudgedFinding, ...]
    counted: CountedRules

    @classmethod
    def of(cls, job: Job, held: StoredResult) -> Evidence:
        verdict = held.verdict
        return cls(
            every_rule_passed=verdict.every_rule_passed,
            withheld_cells=verdict.withheld_cells,
            rules=verdict.rules,
            findings=judged_findings(job.spec.kind, held.result, verdict),
            counted=counted_rules(job.spec, held.result),
        )


class VoteShown(Frozen):
    member: str
    verdict: str
    reason: str | None
    given: datetime


class ExportDesk(Frozen):
    """One result before a checker. `votes` is null until this checker has voted or the export is decided."""

    job: str
    title: str
    state: str
    since: datetime
    evidence: Evidence
    result_digest: str
    result: Result
    is_decided: bool
    own_vote: str | None
    votes: tuple[VoteShown, ...] | None


class BallotRequest(Frozen):
    verdict: Literal["approve", "refuse"]
    reason: Line | None = None


@router.get("/exports", name="exports_list")
def exports_list(services: Wired, caller: Asking, after: After = "", limit: Limit = 50) -> Page[Job]:
    """Held results on which the caller may vote and has not voted."""
    found = services.exports.waiting_for(caller, after=after, limit=limit)
    return page_of(found, limit=limit, key=lambda job: str(job.id))


@router.get("/exports/{job}", name="export_get")
def export_get(job: JobName, services: Wired, caller: Asking) -> ExportDesk:
    return _desk(services.exports.view(job, caller=caller))


@router.post("/exports/{job}/ballots", name="export_ballot")
def export_ballot(job: JobName, request: BallotRequest, services: Wired, caller: Asking) -> Ballot:
    """A vote ready to be signed, and the words that its signer reads. Nothing is kept."""
    return services.exports.draw_ballot(job, request.verdict, reason=request.reason, caller=caller)


@router.post("/exports/{job}/votes", name="export_vote", status_code=201)
def export_vote(job: JobName, envelope: Envelope, services: Wired, caller: Asking) -> ExportDesk:
    """Gives the caller's own signed vote. It cannot be changed."""
    return _desk(services.exports.vote(job, envelope, caller=caller))


def _desk(view: ExportView) -> ExportDesk:
    votes = None
    if view.votes is not None:
        votes = tuple(
            VoteShown(member=vote.member, verdict=vote.verdict, reason=vote.reason, given=vote.given)
            for vote in view.votes
        )
    return ExportDesk(
        job=view.job.id,
        title=view.job.spec.title,
        state=view.job.state.value,
        since=view.job.state_since,
        evidence=Evidence.of(view.job, view.result),
        result_digest=view.result.digest,
        result=view.result.result,
        is_decided=view.is_decided,
        own_vote=view.own_vote,
        votes=votes,
    )

"""Gathers what is on record about one released job: who asked, who signed, what ran, what was found.

Of hospitals it knows those that were asked. Which of them answered is not for researchers, so it is not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.accounts.account_store import Organisation
from coordinator.audit.trail import events_about
from coordinator.audit.vocabulary import AuditEvent
from coordinator.database.work import ApprovalRow, ExportVoteRow, PermitRow, ProjectRow, SignatureRow
from coordinator.exports.findings import JudgedFinding, judged_findings
from coordinator.jobs.job_store import Job
from coordinator.jobs.result_store import StoredResult
from coordinator.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedAct:
    """A statement that stands in the transparency log at `log_index`. `at` is when its last signer signed."""

    id: str
    envelope: str
    log_index: int
    at: datetime
    signers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CastVote:
    """An output checker's signed verdict."""

    act: SignedAct
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that a crate tells.

    Args:
        hospitals: names of those that were asked, by site.
        origin: of the coordinator's log; `address` is that of its pages.
        started: None where the trail does not say.
        published: when the result left.
    """

    job: Job
    result: StoredResult
    findings: tuple[JudgedFinding, ...]
    project_title: str
    organisation: Organisation
    hospitals: Mapping[str, str]
    origin: str
    address: str
    permit: SignedAct
    approvals: tuple[SignedAct, ...]
    votes: tuple[CastVote, ...]
    started: datetime | None
    published: datetime


def read_story(services: Services, job: str) -> Story:
    """The story of a job whose result has left. Raises Refused `result.not_released`, `job.not_found`."""
    result = services.results.get_released(job)
    found = services.jobs.get(job)
    organisation = services.accounts.organisation(services.accounts.get(found.submitted_by).organisation)
    names = {hospital.site: hospital.name for hospital in services.roots.get_current().hospitals}
    with services.database.reading() as session:
        project = session.get_one(ProjectRow, found.project)
        approvals = session.scalars(
            select(ApprovalRow).where(ApprovalRow.job == job).order_by(ApprovalRow.log_index)
        ).all()
        votes = session.scalars(
            select(ExportVoteRow).where(ExportVoteRow.job == job).order_by(ExportVoteRow.log_index)
        ).all()
        started = events_about(session, job, events={AuditEvent.JOB_STARTED}, limit=1)
        return Story(
            job=found,
            result=result,
            findings=judged_findings(found.spec.kind, result.result, result.verdict),
            project_title=project.title,
            organisation=organisation,
            hospitals={site: names.get(site, site) for site in found.spec.participants},
            origin=services.origin,
            address=services.web_origin,
            permit=_act(session, session.get_one(PermitRow, found.permit)),
            approvals=tuple(_act(session, each) for each in approvals),
            votes=tuple(_vote(each) for each in votes),
            started=started[0].at if started else None,
            published=found.state_since,
        )


def _act(session: Session, row: PermitRow | ApprovalRow) -> SignedAct:
    wanted = select(SignatureRow).where(SignatureRow.statement == row.id).order_by(SignatureRow.member)
    signatures = session.scalars(wanted).all()
    return SignedAct(
        id=row.id,
        envelope=row.envelope,
        log_index=row.log_index,
        at=max(each.given for each in signatures),
        signers=tuple(each.member for each in signatures),
    )


def _vote(row: ExportVoteRow) -> CastVote:
    if row.log_index is None:
        raise RuntimeError("a result has left before its votes entered the log")
    act = SignedAct(
        id=row.id, envelope=row.envelope, log_index=row.log_index, at=row.given, signers=(row.member,)
    )
    return CastVote(act=act, verdict=row.verdict)

"""Shows committee members the decided exports that chance chose, and keeps what they think of the votes.

* An opinion changes no export: what has left has left. It tells the committee how its checkers judge.
* The project's people see none of it here: a refused result is not theirs to see.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import Audit, AuditEvent
from coordinator.committee.exclusions import people_around, projects_around
from coordinator.database.ledger import AuditRow, LogLeafRow
from coordinator.database.sessions import Database
from coordinator.database.threads import SampleOpinionRow
from coordinator.database.work import ExportVoteRow, JobRow
from coordinator.decisions.export_samples import Decided, check_can_judge, choose_samples
from coordinator.decisions.threads import check_text
from coordinator.exports.vote_store import VoteView
from coordinator.federation.root_store import RootStore
from coordinator.jobs.job_store import Job, job_in
from coordinator.jobs.result_store import StoredResult, get_result
from coordinator.roles import Caller
from coordinator.sources import Clock, NewId
from onggi.errors import OnggiError, Refused
from onggi.protocol.canonical import digest_of

_DECISIONS = (AuditEvent.EXPORT_APPROVED.value, AuditEvent.EXPORT_REFUSED.value)


class Opinion(StrEnum):
    """What a committee member thinks of how an export was decided."""

    AGREES = "agrees"
    DISAGREES = "disagrees"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionView:
    """One member's opinion."""

    account: str
    opinion: Opinion
    reason: str
    given: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A decided export that was chosen. `opinions` are empty until somebody has looked at it."""

    job: Job
    decided: datetime
    opinions: tuple[OpinionView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleView:
    """All that the checkers saw, and what they said. `why_not`: why the reader gives no opinion, if so."""

    sample: Sample
    result: StoredResult
    votes: tuple[VoteView, ...]
    own: OpinionView | None
    why_not: OnggiError | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleStore:
    """The sampled exports and all opinions on them."""

    database: Database
    clock: Clock
    new_id: NewId
    roots: RootStore

    def samples(self, caller: Caller) -> list[Sample]:
        """Those that are not of the reader's own projects, by the moment of their decision."""
        federation = self.roots.get_current().federation
        with self.database.reading() as session:
            found = _chosen(session, now=self.clock())
            rows = {row.id: row for row in session.scalars(select(JobRow).where(JobRow.id.in_(found)))}
            projects = {row.project for row in rows.values()}
            own = projects_around(session, caller, projects, federation=federation)
            opinions = _opinions(session, found)
            return [
                Sample(job=job_in(rows[job]), decided=at, opinions=opinions.get(job, ()))
                for job, at in found.items()
                if rows[job].project not in own
            ]

    def get(self, job: str, *, caller: Caller) -> SampleView:
        """Refused `sample.not_found`, whatever the job, unless it was chosen; `sample.own_project`."""
        federation = self.roots.get_current().federation
        with self.database.reading() as session:
            row, decided = self._get(session, job)
            if _is_of(session, row, caller, federation=federation):
                raise Refused("sample.own_project")
            return _shown(session, row, decided, caller=caller, federation=federation)

    def judge(self, job: str, opinion: Opinion, *, reason: str, caller: Caller) -> SampleView:
        """Keeps an opinion for good. The very same one again changes nothing."""
        check_text(reason)
        federation, now = self.roots.get_current().federation, self.clock()
        with self.database.writing() as session:
            row, decided = self._get(session, job)
            _check_can_judge(session, row, caller, federation=federation)
            wanted = select(SampleOpinionRow).where(
                SampleOpinionRow.job == job, SampleOpinionRow.account == caller.account
            )
            known = session.scalar(wanted)
            if known is None:
                self._keep(session, job, opinion, reason=reason, by=caller.account, now=now)
            elif (known.opinion, known.reason) != (opinion.value, reason):
                raise Refused("sample.already_judged")
            return _shown(session, row, decided, caller=caller, federation=federation)

    def _get(self, session: Session, job: str) -> tuple[JobRow, datetime]:
        decided = _chosen(session, now=self.clock()).get(job)
        if decided is None:
            raise Refused("sample.not_found")
        return session.get_one(JobRow, job), decided

    def _keep(
        self, session: Session, job: str, opinion: Opinion, *, reason: str, by: str, now: datetime
    ) -> None:
        kept = SampleOpinionRow(
            id=self.new_id("opinion"), job=job, account=by, opinion=opinion.value, reason=reason, given=now
        )
        session.add(kept)
        session.flush()
        facts = {"opinion": opinion.value, "reason": digest_of(reason)}
        record_event(
            session, Audit(event=AuditEvent.SAMPLE_JUDGED, actor=by, subject=job, facts=facts), at=now
        )


def _chosen(session: Session, *, now: datetime) -> dict[str, datetime]:
    """The chosen jobs with the moment of their decision, oldest first."""
    entries: dict[str, list[str]] = {}
    voted = select(ExportVoteRow.job, LogLeafRow.digest).join(
        LogLeafRow, LogLeafRow.index == ExportVoteRow.log_index
    )
    for job, digest in session.execute(voted):
        entries.setdefault(job, []).append(digest)
    logged = select(ExportVoteRow.job).where(ExportVoteRow.log_index.is_not(None))
    events = (
        select(AuditRow.subject, AuditRow.at, AuditRow.hash)
        .where(AuditRow.subject.in_(logged), AuditRow.event.in_(_DECISIONS))
        .order_by(AuditRow.seq)
    )
    decided = [
        Decided(job=job, at=at, entries=entries[job], trail=trail)
        for job, at, trail in session.execute(events)
    ]
    chosen = choose_samples(decided, now=now)
    return {each.job: each.at for each in decided if each.job in chosen}


def _is_of(session: Session, row: JobRow, caller: Caller, *, federation: str) -> bool:
    return bool({caller.account, caller.member} & people_around(session, row.project, federation=federation))


def _check_can_judge(session: Session, row: JobRow, caller: Caller, *, federation: str) -> None:
    votes = session.scalars(select(ExportVoteRow).where(ExportVoteRow.job == row.id)).all()
    check_can_judge(
        caller,
        people=people_around(session, row.project, federation=federation),
        voters={name for vote in votes for name in (vote.checker, vote.member)},
    )


def _opinions(session: Session, jobs: Collection[str]) -> dict[str, tuple[OpinionView, ...]]:
    """By job; of those alone on which there are any."""
    wanted = select(SampleOpinionRow).where(SampleOpinionRow.job.in_(jobs)).order_by(SampleOpinionRow.id)
    found: dict[str, tuple[OpinionView, ...]] = {}
    for row in session.scalars(wanted):
        view = OpinionView(
            account=row.account, opinion=Opinion(row.opinion), reason=row.reason, given=row.given
        )
        found[row.job] = (*found.get(row.job, ()), view)
    return found


def _shown(
    session: Session, row: JobRow, decided: datetime, *, caller: Caller, federation: str
) -> SampleView:
    votes = session.scalars(
        select(ExportVoteRow).where(ExportVoteRow.job == row.id).order_by(ExportVoteRow.id)
    )
    opinions = _opinions(session, [row.id]).get(row.id, ())
    why_not: OnggiError | None = None
    try:
        _check_can_judge(session, row, caller, federation=federation)
    except Refused as refused:
        why_not = refused
    return SampleView(
        sample=Sample(job=job_in(row), decided=decided, opinions=opinions),
        result=get_result(session, row.id),
        votes=tuple(
            VoteView(member=vote.member, verdict=vote.verdict, reason=vote.reason, given=vote.given)
            for vote in votes
        ),
        own=next((each for each in opinions if each.account == caller.account), None),
        why_not=why_not,
    )

"""Takes the output checkers' signed votes and decides the export when enough are in.

* A checker sees the evidence, then the result, and no other vote before giving their own.
* The log is public, so votes enter it together when the export is decided, not one by one.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import Audit, AuditEvent
from coordinator.committee.exclusions import people_behind
from coordinator.database.sessions import Database
from coordinator.database.work import ExportVoteRow, JobRow, PermitRow
from coordinator.decisions.export_votes import Verdict, Vote, check_can_vote, decide_export, may_see_votes
from coordinator.federation.root_store import RootStore
from coordinator.jobs.job_store import Job, job_in
from coordinator.jobs.result_store import StoredResult, get_result
from coordinator.move_job import move_job
from coordinator.roles import Caller
from coordinator.sources import Clock, NewId
from coordinator.states import EXPORT_MOVES, ExportState, JobState, Party, check_move
from coordinator.transparency.log_service import LogService
from onggi.errors import NotTrusted, Refused
from onggi.protocol.dsse import Envelope, verified_signers
from onggi.protocol.rendering import UNSET, render_statement, with_summary
from onggi.protocol.sealing import check_in_time, draft_statement, read_statement
from onggi.protocol.statements import ExportRelease
from onggi.protocol.trust_root import TrustRoot
from onggi.spec.ids import MemberId

_BALLOT_LIFE = timedelta(days=30)
_DECIDED = {ExportState.APPROVED: JobState.RELEASED, ExportState.REFUSED: JobState.REFUSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteView:
    """One vote, as shown to those who may see it."""

    member: str
    verdict: str
    reason: str | None
    given: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportView:
    """One result before a checker: evidence first. `votes` is None until this checker has voted."""

    job: Job
    result: StoredResult
    is_decided: bool
    own_vote: str | None
    votes: tuple[VoteView, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """An unsigned vote and the words that its signer reads."""

    envelope: Envelope
    rendering: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteStore:
    """All votes on exports."""

    database: Database
    clock: Clock
    new_id: NewId
    roots: RootStore
    log: LogService

    def waiting_for(self, caller: Caller, *, after: str, limit: int) -> list[Job]:
        """Held results on which this checker may vote and has not voted."""
        root = self.roots.get_current()
        voted = select(ExportVoteRow.job).where(ExportVoteRow.checker == caller.account)
        wanted = select(JobRow).where(
            JobRow.state == JobState.HELD.value, JobRow.id > after, JobRow.id.not_in(voted)
        )
        few_at_once = wanted.order_by(JobRow.id).execution_options(yield_per=limit)
        found: list[Job] = []
        with self.database.reading() as session, closing(session.scalars(few_at_once)) as rows:
            for row in rows:
                if _may_vote(session, row, caller, root=root):
                    found.append(job_in(row))
                if len(found) == limit:
                    break
        return found

    def view(self, job: str, *, caller: Caller) -> ExportView:
        """The desk's page for one result. Raises Refused where this checker belongs to the project."""
        root = self.roots.get_current()
        with self.database.reading() as session:
            row = _get_votable(session, job, caller, root=root)
            return _shown(session, row, caller=caller)

    def draw_ballot(self, job: str, verdict: Verdict, *, reason: str | None, caller: Caller) -> Ballot:
        """A vote ready to be signed; nothing is kept."""
        root, now = self.roots.get_current(), self.clock()
        with self.database.reading() as session:
            row = _get_votable(session, job, caller, root=root)
            result = get_result(session, job)
        vote = ExportRelease(
            id=self.new_id("export"),
            federation=root.federation,
            issued=now,
            expires=now + _BALLOT_LIFE,
            summary=UNSET,
            job=job_in(row).id,
            spec=row.digest,
            result=result.digest,
            checker=MemberId(caller.member or ""),
            verdict=verdict,
            reason=reason,
        )
        finished = with_summary(vote)
        envelope = draft_statement(finished, subject=job, digest=result.digest)
        return Ballot(envelope=envelope, rendering=render_statement(finished))

    def vote(self, job: str, envelope: Envelope, *, caller: Caller) -> ExportView:
        """Keeps a signed vote; decides the export if it now can be. The same vote again changes nothing."""
        root, now = self.roots.get_current(), self.clock()
        vote = read_statement(envelope, ExportRelease, federation=root.federation)
        with self.database.writing() as session:
            row = _get_votable(session, job, caller, root=root)
            known = session.get(ExportVoteRow, vote.id)
            if known is not None:
                if known.envelope.encode() != envelope.to_json() or known.checker != caller.account:
                    raise NotTrusted("statement.id_reused", statement=vote.id)
                return _shown(session, row, caller=caller)
            if row.state != JobState.HELD:
                raise Refused("export.already_decided")
            _check_vote(session, row, vote, envelope, caller=caller, root=root)
            check_in_time(vote, now=now)
            before = self._decide(session, row, root=root)
            self._keep(session, row, vote, envelope, caller=caller, now=now)
            after = self._decide(session, row, root=root)
            if before not in _DECIDED:  # a new root may have lowered the threshold under the votes given
                check_move(EXPORT_MOVES, before, after, by=Party.CHECKER)
            if after in _DECIDED:
                self._close(session, row, after, caller=caller, now=now)
            return _shown(session, row, caller=caller)

    def _keep(
        self,
        session: Session,
        row: JobRow,
        vote: ExportRelease,
        envelope: Envelope,
        *,
        caller: Caller,
        now: datetime,
    ) -> None:
        session.add(
            ExportVoteRow(
                id=vote.id,
                job=row.id,
                checker=caller.account,
                member=vote.checker,
                verdict=vote.verdict,
                reason=vote.reason,
                envelope=envelope.to_json().decode(),
                given=now,
                log_index=None,
            )
        )
        session.flush()
        # Neither verdict nor digest: the trail may be read before the other votes are in.
        audit = Audit(event=AuditEvent.EXPORT_VOTED, actor=caller.account, subject=row.id)
        record_event(session, audit, at=now)

    def _decide(self, session: Session, row: JobRow, *, root: TrustRoot) -> ExportState:
        described = {
            signer.member: signer for signer in root.signers(root.keys_of("output_checker").values())
        }
        votes = [
            Vote(signer=described[vote.member], verdict=cast("Verdict", vote.verdict))
            for vote in _votes(session, row.id)
            if vote.member in described
        ]
        return decide_export(votes, rule=root.export_rule, excluded=_people(session, row, root=root))

    def _close(
        self, session: Session, row: JobRow, state: ExportState, *, caller: Caller, now: datetime
    ) -> None:
        for vote in _votes(session, row.id):
            envelope = Envelope.from_json(vote.envelope.encode())
            vote.log_index = self.log.append_within(session, envelope)
        released = state is ExportState.APPROVED
        event = AuditEvent.EXPORT_APPROVED if released else AuditEvent.EXPORT_REFUSED
        audit = Audit(event=event, actor=caller.account, subject=row.id)
        code = None if released else "export.refused"
        move_job(session, row, _DECIDED[state], by=Party.CHECKER, audit=audit, at=now, code=code)


def _votes(session: Session, job: str) -> list[ExportVoteRow]:
    wanted = select(ExportVoteRow).where(ExportVoteRow.job == job).order_by(ExportVoteRow.id)
    return list(session.scalars(wanted))


def _check_vote(
    session: Session,
    row: JobRow,
    vote: ExportRelease,
    envelope: Envelope,
    *,
    caller: Caller,
    root: TrustRoot,
) -> None:
    """Raises unless the vote is about this very result and signed by the caller alone."""
    result = get_result(session, row.id)
    if (vote.job, vote.spec, vote.result) != (row.id, row.digest, result.digest):
        raise NotTrusted("export.other_result")
    signers = {key.holder for key in verified_signers(envelope, root.keys_of("output_checker"))}
    if vote.checker != caller.member or signers != {vote.checker}:
        raise NotTrusted("export.not_own_signature")
    earlier = [one for one in _votes(session, row.id) if caller.account == one.checker]
    if earlier:
        raise Refused("export.already_voted")


def _people(session: Session, row: JobRow, *, root: TrustRoot) -> frozenset[str]:
    permit = session.get_one(PermitRow, row.permit)
    return people_behind(session, permit, federation=root.federation)


def _checkers(root: TrustRoot) -> frozenset[str]:
    return frozenset(member.id for member in root.members if member.role == "output_checker")


def _may_vote(session: Session, row: JobRow, caller: Caller, *, root: TrustRoot) -> bool:
    try:
        check_can_vote(
            account=caller.account,
            member=caller.member,
            people=_people(session, row, root=root),
            checkers=_checkers(root),
        )
    except Refused:
        return False
    return True


def _get_votable(session: Session, job: str, caller: Caller, *, root: TrustRoot) -> JobRow:
    row = session.get(JobRow, job)
    if row is None:
        raise Refused("job.not_found")
    check_can_vote(
        account=caller.account,
        member=caller.member,
        people=_people(session, row, root=root),
        checkers=_checkers(root),
    )
    return row


def _shown(session: Session, row: JobRow, *, caller: Caller) -> ExportView:
    votes = _votes(session, row.id)
    own = next((vote.verdict for vote in votes if vote.checker == caller.account), None)
    decided = row.state in (JobState.RELEASED.value, JobState.REFUSED.value)
    shown = None
    if may_see_votes(has_voted=own is not None, is_decided=decided):
        shown = tuple(
            VoteView(member=vote.member, verdict=vote.verdict, reason=vote.reason, given=vote.given)
            for vote in votes
        )
    return ExportView(
        job=job_in(row), result=get_result(session, row.id), is_decided=decided, own_vote=own, votes=shown
    )

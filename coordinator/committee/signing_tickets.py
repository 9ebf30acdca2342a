"""Hands one paper to the page where its signer signs, and takes that one signature back.

* The page stands on another host, which must learn nothing but this paper: no session, no token of the
  signer's leaves for it. The ticket is worth one paper, once, for a quarter of an hour.
* What comes back is judged as any signature is; the ticket only says for whom it is handed in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal, cast

from pydantic import JsonValue
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from coordinator.accounts.account_store import find_roles
from coordinator.accounts.tokens import digest_of_secret
from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import Audit, AuditEvent
from coordinator.committee.permit_reviews import reviews_named
from coordinator.committee.statement_store import StatementStore
from coordinator.database.people import AccountRow
from coordinator.database.sessions import Database
from coordinator.database.signing import SigningTicketRow
from coordinator.database.work import JobRow
from coordinator.decisions.export_votes import Verdict
from coordinator.exports.vote_store import VoteStore
from coordinator.jobs.job_store import job_in
from coordinator.jobs.result_store import get_result
from coordinator.roles import ALL_SCOPES, Caller
from coordinator.sources import Clock, NewSecret
from onggi.errors import NotTrusted, Refused
from onggi.protocol.dsse import Envelope, read_payload
from onggi.protocol.sealing import read_statement
from onggi.protocol.statements import ExportRelease, JobApproval, ProjectPermit
from onggi.spec.base import Frozen

LIFE: Final = timedelta(minutes=15)
Paper = Literal["statement", "ballot"]


class PaperToSign(Frozen):
    """The paper, and what it names by digest: the job of an approval, the result of a vote."""

    envelope: Envelope
    named: JsonValue | None


class HandedIn(Frozen):
    """The signature is kept. `subject` is the statement's id, or the job whose export was voted on."""

    what: Paper
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningTickets:
    """All tickets."""

    database: Database
    clock: Clock
    new_secret: NewSecret
    statements: StatementStore
    exports: VoteStore

    def for_statement(self, statement: str, *, by: Caller) -> str:
        """The secret of a ticket for an open statement. Raises Refused ``statement.not_found``."""
        found = self.statements.get(statement)
        return self._issue("statement", statement, found.envelope, by=by)

    def for_ballot(self, job: str, verdict: Verdict, *, reason: str | None, by: Caller) -> str:
        """The secret of a ticket for a vote on one export."""
        ballot = self.exports.draw_ballot(job, verdict, reason=reason, caller=by)
        return self._issue("ballot", job, ballot.envelope, by=by)

    def read(self, secret: str) -> PaperToSign:
        """What the signer's page shows. Raises Refused ``signing.ticket_unknown``."""
        with self.database.reading() as session:
            row = self._get(session, secret)
            envelope = Envelope.from_json(row.envelope.encode())
            return PaperToSign(envelope=envelope, named=_named(session, envelope))

    def hand_in(self, secret: str, envelope: Envelope) -> HandedIn:
        """Keeps the signature for the ticket's person. Handing in the same again changes nothing.

        Raises:
            Refused: ``signing.ticket_unknown``, and whatever the statement or vote is refused with.
            NotTrusted: where another paper was signed, or not by this person.
        """
        with self.database.reading() as session:
            row = self._get(session, secret)
            caller = _caller(session, row.account)
        if envelope.body != Envelope.from_json(row.envelope.encode()).body:
            raise NotTrusted("signing.other_paper")
        if row.what == "statement":
            self.statements.sign(row.subject, envelope, by=caller)
        else:
            self.exports.vote(row.subject, envelope, caller=caller)
        with self.database.writing() as session:
            kept = session.get_one(SigningTicketRow, row.digest)
            kept.used = kept.used or self.clock()
        return HandedIn(what=cast("Paper", row.what), subject=row.subject)

    def _issue(self, what: Paper, subject: str, envelope: Envelope, *, by: Caller) -> str:
        secret, now = self.new_secret(), self.clock()
        with self.database.writing() as session:
            session.execute(delete(SigningTicketRow).where(SigningTicketRow.expires <= now))
            unsigned = envelope.model_copy(update={"signatures": ()})
            session.add(
                SigningTicketRow(
                    digest=digest_of_secret(secret),
                    account=by.account,
                    what=what,
                    subject=subject,
                    envelope=unsigned.to_json().decode(),
                    expires=now + LIFE,
                    used=None,
                )
            )
            audit = Audit(event=AuditEvent.SIGNING_TICKET_ISSUED, actor=by.account, subject=subject)
            record_event(session, audit, at=now)
        return secret

    def _get(self, session: Session, secret: str) -> SigningTicketRow:
        row = session.get(SigningTicketRow, digest_of_secret(secret))
        if row is None or row.expires <= self.clock():
            raise Refused("signing.ticket_unknown")
        return row


def _caller(session: Session, account: str) -> Caller:
    """The ticket's person as they stand now: a role that was taken away meanwhile is gone."""
    row = session.get_one(AccountRow, account)
    if row.closed is not None:
        raise Refused("signing.ticket_unknown")
    return Caller(
        account=row.id,
        organisation=row.organisation,
        roles=find_roles(session, row.id),
        scopes=ALL_SCOPES,
        member=row.member,
        site=row.site,
        token="",
    )


def _named(session: Session, envelope: Envelope) -> JsonValue | None:
    statement = read_payload(envelope)
    assert isinstance(statement, dict)
    said, kind = statement["predicate"], statement["predicateType"]
    assert isinstance(said, dict)
    if kind == JobApproval.TYPE:
        job = session.scalar(select(JobRow).where(JobRow.digest == said["spec"]))
        return None if job is None else job_in(job).spec.model_dump(mode="json")
    if kind == ProjectPermit.TYPE:
        permit = read_statement(envelope, ProjectPermit, federation=str(said["federation"]))
        return [review.model_dump(mode="json") for review in reviews_named(session, permit)]
    if kind == ExportRelease.TYPE:
        return cast("JsonValue", get_result(session, str(said["job"])).result.model_dump(mode="json"))
    return None

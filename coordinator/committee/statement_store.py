"""Collects signatures on committee acts, one by one or many at once, until the quorum is reached.

* A statement's id stands for one payload for ever.
* Every signature is verified before it is kept; somebody of the project cannot sign.
* The signature that completes the quorum also logs the act and carries it out, in the same change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import Audit, AuditEvent
from coordinator.committee.drafts import (
    ActName,
    CommitteeAct,
    build_act,
    check_sensible,
    name_of,
    read_act,
    title_of,
)
from coordinator.committee.effects import carry_out
from coordinator.committee.exclusions import excluded_members, project_of
from coordinator.committee.permit_reviews import check_reviews_kept
from coordinator.database.idempotency import Once, find_made, remember_made
from coordinator.database.sessions import Database
from coordinator.database.work import SignatureRow, StatementRow
from coordinator.decisions.signatures import check_signatures, is_complete, rule_for
from coordinator.federation.root_store import RootStore
from coordinator.roles import Caller
from coordinator.sources import Clock, NewId
from coordinator.states import STATEMENT_MOVES, Party, StatementState, check_move
from coordinator.transparency.log_service import LogService
from onggi.errors import NotTrusted, Refused
from onggi.protocol.canonical import digest_of, encode_base64
from onggi.protocol.dsse import Envelope, Signature, TrustedKey
from onggi.protocol.rendering import render_statement
from onggi.protocol.sealing import check_in_time, draft_statement
from onggi.protocol.statements import ProjectPermit, Revocation
from onggi.protocol.trust_root import TrustRoot


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementView:
    """A statement as a member sees it: what it says, who signed, what is still needed."""

    id: str
    type: str
    act: ActName
    title: str
    """What it is about, in its own words: a permit's title, what is withdrawn, and the like."""
    state: StatementState
    state_since: datetime
    project: str | None
    created_by: str
    expires: datetime
    rendering: str
    envelope: Envelope
    signed_by: tuple[str, ...]
    needed: int
    log_index: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementStore:
    """All committee acts, open and complete."""

    database: Database
    clock: Clock
    new_id: NewId
    roots: RootStore
    log: LogService

    def draft(
        self, act: ActName, fields: Mapping[str, JsonValue], *, by: Caller, once: Once | None = None
    ) -> StatementView:
        """A new statement without signatures yet."""
        root, now = self.roots.get_current(), self.clock()
        predicate = build_act(act, fields, root=root, new_id=self.new_id, now=now)
        envelope = draft_statement(predicate, subject=predicate.id, digest=digest_of(predicate))
        with self.database.writing() as session:
            made = find_made(session, once)
            if made is not None:
                return _shown(session, session.get_one(StatementRow, made), root=root)
            row = self._keep(session, predicate, envelope, root=root, by=by, now=now)
            remember_made(session, once, subject=row.id, at=now)
            return _shown(session, row, root=root)

    def sign(self, statement: str, envelope: Envelope, *, by: Caller) -> StatementView:
        """Adds an envelope's signatures over the same payload. Adding one again changes nothing."""
        root, now = self.roots.get_current(), self.clock()
        with self.database.writing() as session:
            row = session.get(StatementRow, statement)
            if row is None:
                raise Refused("statement.not_found")
            return self._sign(session, row, envelope, root=root, by=by, now=now)

    def take_signed(self, envelope: Envelope, *, by: Caller) -> StatementView:
        """A statement that was written and perhaps fully signed elsewhere, e.g. by the command line."""
        root, now = self.roots.get_current(), self.clock()
        act = read_act(envelope, federation=root.federation)
        with self.database.writing() as session:
            row = session.get(StatementRow, act.id)
            if row is None:
                row = self._keep(session, act, envelope, root=root, by=by, now=now)
            return self._sign(session, row, envelope, root=root, by=by, now=now)

    def withdraw(self, statement: str, *, by: Caller) -> StatementView:
        """Its author takes an open statement back."""
        root, now = self.roots.get_current(), self.clock()
        with self.database.writing() as session:
            row = session.get(StatementRow, statement)
            if row is None or row.created_by != by.account:
                raise Refused("statement.not_found")
            move_statement(
                session, row, StatementState.WITHDRAWN, by=Party.COMMITTEE, actor=by.account, at=now
            )
            return _shown(session, row, root=root)

    def get(self, statement: str) -> StatementView:
        root = self.roots.get_current()
        with self.database.reading() as session:
            row = session.get(StatementRow, statement)
            if row is None:
                raise Refused("statement.not_found")
            return _shown(session, row, root=root)

    def statements(
        self,
        *,
        after: str,
        limit: int,
        state: StatementState | None = None,
        waiting_for: Caller | None = None,
        created_by: str | None = None,
    ) -> list[StatementView]:
        """In order of id. `waiting_for`: open ones that this member may sign and has not signed."""
        root = self.roots.get_current()
        chosen: list[ColumnElement[bool]] = [StatementRow.id > after]
        if state is not None:
            chosen.append(StatementRow.state == state.value)
        if created_by is not None:
            chosen.append(StatementRow.created_by == created_by)
        if waiting_for is not None:
            signed = select(SignatureRow.statement).where(SignatureRow.member == waiting_for.member)
            chosen += [StatementRow.state == StatementState.OPEN.value, StatementRow.id.not_in(signed)]
            chosen.append(StatementRow.expires > self.clock())
        found: list[StatementView] = []
        wanted = select(StatementRow).where(*chosen).order_by(StatementRow.id)
        few_at_once = wanted.execution_options(yield_per=limit)
        with self.database.reading() as session, closing(session.scalars(few_at_once)) as rows:
            for row in rows:
                if waiting_for is None or self._may_sign(session, row, waiting_for, root=root):
                    found.append(_shown(session, row, root=root))
                if len(found) == limit:
                    break
        return found

    def revocations(self) -> list[tuple[Envelope, int]]:
        """Every revocation in force with its place in the log, oldest first: what nodes must be told."""
        wanted = select(StatementRow).where(
            StatementRow.type == Revocation.TYPE, StatementRow.state == StatementState.COMPLETE.value
        )
        with self.database.reading() as session:
            rows = session.scalars(wanted.order_by(StatementRow.log_index)).all()
            return [(signed_envelope(session, row), row.log_index or 0) for row in rows]

    def _may_sign(self, session: Session, row: StatementRow, caller: Caller, *, root: TrustRoot) -> bool:
        excluded = excluded_members(session, row.payload, project=row.project, federation=root.federation)
        return caller.member not in excluded

    def _keep(
        self,
        session: Session,
        act: CommitteeAct,
        envelope: Envelope,
        *,
        root: TrustRoot,
        by: Caller,
        now: datetime,
    ) -> StatementRow:
        check_in_time(act, now=now)
        check_sensible(session, act, root=root)
        row = StatementRow(
            id=act.id,
            type=act.TYPE,
            payload=envelope.body,
            state=StatementState.OPEN.value,
            state_since=now,
            project=project_of(session, act),
            created_by=by.account,
            created=now,
            expires=act.expires,
            log_index=None,
        )
        session.add(row)
        session.flush()
        facts = {"digest": digest_of(envelope.model_copy(update={"signatures": ()}))}
        audit = Audit(event=AuditEvent.STATEMENT_DRAFTED, actor=by.account, subject=act.id, facts=facts)
        record_event(session, audit, at=now)
        return row

    def _sign(
        self,
        session: Session,
        row: StatementRow,
        envelope: Envelope,
        *,
        root: TrustRoot,
        by: Caller,
        now: datetime,
    ) -> StatementView:
        if envelope.body != row.payload:
            raise NotTrusted("statement.id_reused", statement=row.id)
        excluded = excluded_members(session, row.payload, project=row.project, federation=root.federation)
        keys = check_signatures(envelope, root=root, excluded=excluded)
        if not keys:
            raise NotTrusted("statement.no_known_signature")
        new = [key for key in keys if session.get(SignatureRow, (row.id, key.fingerprint)) is None]
        if new and row.state != StatementState.OPEN:
            raise Refused("state.not_possible", now=row.state, to=StatementState.COMPLETE.value)
        if not new:
            return _shown(session, row, root=root)
        act = read_act(envelope, federation=root.federation)
        check_in_time(act, now=now)
        if isinstance(act, ProjectPermit):
            check_reviews_kept(session, act)  # the data may have been found wanting since it was drafted
        for key in new:
            self._keep_signature(session, row, envelope, key=key, by=by, now=now)
        gathered = signed_envelope(session, row)
        if is_complete(gathered, act, root=root, excluded=excluded):
            row.log_index = self.log.append_within(session, gathered)
            move_statement(
                session, row, StatementState.COMPLETE, by=Party.COMMITTEE, actor=by.account, at=now
            )
            carry_out(session, act, gathered, log_index=row.log_index, by=by.account, now=now)
        return _shown(session, row, root=root)

    def _keep_signature(
        self,
        session: Session,
        row: StatementRow,
        envelope: Envelope,
        *,
        key: TrustedKey,
        by: Caller,
        now: datetime,
    ) -> None:
        given = next(one for one in envelope.signatures if one.keyid == key.fingerprint)
        session.add(
            SignatureRow(
                statement=row.id,
                fingerprint=key.fingerprint,
                member=key.holder,
                signature=given.model_dump_json(by_alias=True),
                given=now,
            )
        )
        session.flush()
        facts = {"member": key.holder, "key": key.fingerprint}
        audit = Audit(event=AuditEvent.STATEMENT_SIGNED, actor=by.account, subject=row.id, facts=facts)
        record_event(session, audit, at=now)


def move_statement(
    session: Session, row: StatementRow, to: StatementState, *, by: Party, actor: str, at: datetime
) -> None:
    """Along the table only, with its audit event."""
    move = check_move(STATEMENT_MOVES, StatementState(row.state), to, by=by)
    row.state, row.state_since = to.value, at
    session.flush()
    record_event(session, Audit(event=move.event, actor=actor, subject=row.id), at=at)


def signed_envelope(session: Session, row: StatementRow) -> Envelope:
    """The statement with every signature kept so far, in the order of their keys: one order, one digest."""
    return _with_signatures(row, _signatures(session, row))


def _signatures(session: Session, row: StatementRow) -> Sequence[SignatureRow]:
    wanted = select(SignatureRow).where(SignatureRow.statement == row.id)
    return session.scalars(wanted.order_by(SignatureRow.fingerprint)).all()


def _with_signatures(row: StatementRow, kept: Sequence[SignatureRow]) -> Envelope:
    signatures = tuple(Signature.model_validate_json(one.signature) for one in kept)
    return Envelope(payload=encode_base64(row.payload), signatures=signatures)


def _shown(session: Session, row: StatementRow, *, root: TrustRoot) -> StatementView:
    kept = _signatures(session, row)
    envelope = _with_signatures(row, kept)
    act = read_act(envelope, federation=root.federation)
    return StatementView(
        id=row.id,
        type=row.type,
        act=name_of(act),
        title=title_of(session, act),
        state=StatementState(row.state),
        state_since=row.state_since,
        project=row.project,
        created_by=row.created_by,
        expires=row.expires,
        rendering=render_statement(act),
        envelope=envelope,
        signed_by=tuple(sorted({each.member for each in kept})),
        needed=rule_for(act, root=root).threshold,
        log_index=row.log_index,
    )

"""Gives a person who lost every way in a new one; two operators do it together, and neither is the person.

* One operator opens it with a reason, another confirms it and gets a secret to hand over in person or by
  telephone. Both must be operators at that moment and at the moment when the secret is used.
* Until it is used, the person, if they can sign in after all, and any operator may stop it.
* Afterwards every session is over, and the person reads at the next sign-in what happened and who did it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from coordinator.accounts.account_store import find_roles, revoke_tokens
from coordinator.accounts.tokens import digest_of_secret
from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import COORDINATOR, Audit, AuditEvent
from coordinator.database.people import AccountRow
from coordinator.database.sessions import Database
from coordinator.database.ways_in import OidcLinkRow, PasskeyRow, RecoveryRow
from coordinator.roles import Role
from coordinator.sources import Clock, NewId, NewSecret
from coordinator.states import RECOVERY_MOVES, Party, RecoveryState, check_move
from onggi.errors import Fact, Refused
from pages.passwords import Passwords

WAITS_FOR_SECOND: Final = timedelta(days=3)
SECRET_LIFE: Final = timedelta(hours=1)
_LIVE: Final = (RecoveryState.OPENED.value, RecoveryState.CONFIRMED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """A recovery as operators and its person see it: no secret."""

    id: str
    account: str
    state: RecoveryState
    since: datetime
    reason: str
    opened: datetime
    opened_by: str
    confirmed_by: str | None
    expires: datetime
    seen: datetime | None

    @property
    def is_live(self) -> bool:
        return self.state.value in _LIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Recoveries:
    """All recoveries."""

    database: Database
    clock: Clock
    new_id: NewId
    new_secret: NewSecret
    passwords: Passwords

    def open(self, account: str, *, reason: str, by: str) -> Recovery:
        """The first operator's part. It waits three days for the second.

        Raises:
            Refused: ``recovery.operators_only``, ``recovery.own_account``, ``account.not_found``,
                ``recovery.open_already``.
        """
        now = self.clock()
        with self.database.writing() as session:
            _check_operator(session, by, code="recovery.operators_only")
            if account == by:
                raise Refused("recovery.own_account")
            _check_open_account(session, account)
            if any(row.expires > now for row in _live(session, account)):
                raise Refused("recovery.open_already")
            row = RecoveryRow(
                id=self.new_id("recovery"),
                account=account,
                state=RecoveryState.OPENED.value,
                state_since=now,
                reason=reason,
                opened=now,
                opened_by=by,
                confirmed_by=None,
                digest=None,
                expires=now + WAITS_FOR_SECOND,
                seen=None,
            )
            session.add(row)
            facts = {"account": account, "reason": reason}
            audit = Audit(event=AuditEvent.RECOVERY_OPENED, actor=by, subject=row.id, facts=facts)
            record_event(session, audit, at=now)
            return _shown(row)

    def confirm(self, recovery: str, *, by: str) -> str:
        """The second operator's part: the secret, this once. It can be used for an hour.

        Raises:
            Refused: ``recovery.operators_only``, ``recovery.own_account``, ``recovery.second_operator``,
                ``recovery.opener_gone``, ``recovery.not_found``, ``recovery.too_late``.
        """
        now, secret = self.clock(), self.new_secret()
        with self.database.writing() as session:
            _check_operator(session, by, code="recovery.operators_only")
            row = _get(session, recovery)
            self._check_may_confirm(session, row, by=by, now=now)
            row.confirmed_by, row.digest, row.expires = by, digest_of_secret(secret), now + SECRET_LIFE
            _move(session, row, RecoveryState.CONFIRMED, party=Party.OPERATOR, actor=by, at=now)
        return secret

    def check_may_confirm(self, recovery: str, *, by: str) -> None:
        """Raises as `confirm` does, and changes nothing."""
        with self.database.reading() as session:
            row = _get(session, recovery)
            check_move(RECOVERY_MOVES, RecoveryState(row.state), RecoveryState.CONFIRMED, by=Party.OPERATOR)
            self._check_may_confirm(session, row, by=by, now=self.clock())

    def _check_may_confirm(self, session: Session, row: RecoveryRow, *, by: str, now: datetime) -> None:
        if row.account == by:
            raise Refused("recovery.own_account")
        if row.opened_by == by:
            raise Refused("recovery.second_operator")
        if row.expires <= now:
            raise Refused("recovery.too_late")
        _check_operator(session, row.opened_by, code="recovery.opener_gone")
        _check_open_account(session, row.account)

    def cancel(self, recovery: str, *, by: str) -> None:
        """Any operator, or the person. Raises Refused ``recovery.not_found`` for anybody else."""
        now = self.clock()
        with self.database.writing() as session:
            row = _get(session, recovery)
            party = Party.PERSON if row.account == by else Party.OPERATOR
            if party is Party.OPERATOR and not _is_operator(session, by):
                raise Refused("recovery.not_found")
            row.digest = None
            _move(session, row, RecoveryState.CANCELLED, party=party, actor=by, at=now)

    def use(self, secret: str, *, password: str, remove_others: bool) -> str:
        """The account, with a new password and without any session.

        Args:
            remove_others: whether passkeys and links to another log-in go as well.

        Raises:
            Refused: ``password.length``; ``recovery.secret_refused`` for a secret that is not, or no longer,
                worth anything.
        """
        hashed, now = self.passwords.hash(password), self.clock()
        with self.database.writing() as session:
            row = session.scalar(select(RecoveryRow).where(RecoveryRow.digest == digest_of_secret(secret)))
            if row is None or not _is_good(session, row, now=now):
                raise Refused("recovery.secret_refused")
            session.get_one(AccountRow, row.account).password_hash = hashed
            if remove_others:
                session.execute(delete(PasskeyRow).where(PasskeyRow.account == row.account))
                session.execute(delete(OidcLinkRow).where(OidcLinkRow.account == row.account))
            revoke_tokens(session, row.account, now=now)
            row.digest = None
            facts: dict[str, Fact] = {"removed_others": remove_others}
            _move(
                session, row, RecoveryState.USED, party=Party.PERSON, actor=row.account, at=now, facts=facts
            )
            return row.account

    def get(self, recovery: str) -> Recovery:
        """Raises Refused ``recovery.not_found``."""
        with self.database.reading() as session:
            return _shown(_get(session, recovery))

    def newest(self, *, limit: int) -> list[Recovery]:
        wanted = select(RecoveryRow).order_by(RecoveryRow.opened.desc(), RecoveryRow.id.desc()).limit(limit)
        with self.database.reading() as session:
            return [_shown(row) for row in session.scalars(wanted)]

    def to_tell(self, account: str) -> list[Recovery]:
        """What the person must hear of: under way, or used and not yet acknowledged."""
        wanted = select(RecoveryRow).where(RecoveryRow.account == account).order_by(RecoveryRow.opened)
        now = self.clock()
        with self.database.reading() as session:
            found = [_shown(row) for row in session.scalars(wanted)]
        return [
            each
            for each in found
            if (each.is_live and each.expires > now)
            or (each.state is RecoveryState.USED and each.seen is None)
        ]

    def acknowledge(self, account: str) -> None:
        """The person has read of every recovery that was used."""
        now = self.clock()
        used = select(RecoveryRow).where(RecoveryRow.account == account, RecoveryRow.seen.is_(None))
        with self.database.writing() as session:
            for row in session.scalars(used.where(RecoveryRow.state == RecoveryState.USED.value)):
                row.seen = now
                audit = Audit(event=AuditEvent.RECOVERY_SEEN, actor=account, subject=row.id)
                record_event(session, audit, at=now)


def expire_recoveries(session: Session, *, now: datetime) -> int:
    """Part of the sweep of what ran out."""
    late = select(RecoveryRow).where(RecoveryRow.state.in_(_LIVE), RecoveryRow.expires <= now)
    ended = session.scalars(late).all()
    for row in ended:
        row.digest = None
        _move(session, row, RecoveryState.EXPIRED, party=Party.COORDINATOR, actor=COORDINATOR, at=now)
    return len(ended)


def _move(
    session: Session,
    row: RecoveryRow,
    to: RecoveryState,
    *,
    party: Party,
    actor: str,
    at: datetime,
    facts: Mapping[str, Fact] | None = None,
) -> None:
    move = check_move(RECOVERY_MOVES, RecoveryState(row.state), to, by=party)
    row.state, row.state_since = to.value, at
    told: dict[str, Fact] = {"account": row.account, **(facts or {})}
    record_event(session, Audit(event=move.event, actor=actor, subject=row.id, facts=told), at=at)


def _is_good(session: Session, row: RecoveryRow, *, now: datetime) -> bool:
    """Whether both operators still are, and the account is open: asked again at the last moment."""
    account = session.get_one(AccountRow, row.account)
    both = (row.opened_by, row.confirmed_by)
    return (
        row.state == RecoveryState.CONFIRMED.value
        and row.expires > now
        and account.closed is None
        and all(name is not None and _is_operator(session, name) for name in both)
    )


def _is_operator(session: Session, name: str) -> bool:
    row = session.get(AccountRow, name)
    return row is not None and row.closed is None and Role.OPERATOR in find_roles(session, name)


def _check_operator(session: Session, name: str, *, code: str) -> None:
    if not _is_operator(session, name):
        raise Refused(code)


def _check_open_account(session: Session, name: str) -> None:
    row = session.get(AccountRow, name)
    if row is None or row.closed is not None:
        raise Refused("account.not_found")


def _live(session: Session, account: str) -> list[RecoveryRow]:
    wanted = select(RecoveryRow).where(RecoveryRow.account == account, RecoveryRow.state.in_(_LIVE))
    return list(session.scalars(wanted))


def _get(session: Session, recovery: str) -> RecoveryRow:
    row = session.get(RecoveryRow, recovery)
    if row is None:
        raise Refused("recovery.not_found")
    return row


def _shown(row: RecoveryRow) -> Recovery:
    return Recovery(
        id=row.id,
        account=row.account,
        state=RecoveryState(row.state),
        since=row.state_since,
        reason=row.reason,
        opened=row.opened,
        opened_by=row.opened_by,
        confirmed_by=row.confirmed_by,
        expires=row.expires,
        seen=row.seen,
    )

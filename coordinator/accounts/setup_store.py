"""Hands out the one-time secret with which a person sets the first password, and takes it back once.

* Only its SHA-256 is kept. A new secret replaces the one before.
* It serves accounts without any way in alone: one operator takes no account over with it. Whoever lost
  their ways in is recovered by two operators.
* An unknown name, a wrong secret, a used one and one that ran out get the same answer.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from coordinator.accounts.tokens import digest_of_secret
from coordinator.accounts.ways import has_any_way
from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import Audit, AuditEvent
from coordinator.database.operating import AccountSetupRow
from coordinator.database.people import AccountRow
from coordinator.database.sessions import Database
from coordinator.sources import Clock, NewSecret
from onggi.errors import Refused
from pages.passwords import Passwords

LIFE: Final = timedelta(days=7)
PREFIX: Final = "setup_"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedSetup:
    """The secret at the one moment when it is known."""

    account: str
    secret: str
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupStore:
    """At most one secret an account."""

    database: Database
    passwords: Passwords
    clock: Clock
    new_secret: NewSecret

    def issue(self, account: str, *, by: str) -> IssuedSetup:
        """Another secret, where the first was lost or ran out."""
        with self.database.writing() as session:
            return self.issue_within(session, account, by=by)

    def issue_within(self, session: Session, account: str, *, by: str) -> IssuedSetup:
        """Raises Refused `account.not_found`, or `setup.has_password` where the person is in already."""
        person, now, secret = session.get(AccountRow, account), self.clock(), PREFIX + self.new_secret()
        if person is None or person.closed is not None:
            raise Refused("account.not_found")
        if has_any_way(session, account):
            raise Refused("setup.has_password")
        row = session.get(AccountSetupRow, account)
        if row is None:
            row = AccountSetupRow(account=account)
            session.add(row)
        row.digest, row.made, row.expires, row.used = digest_of_secret(secret), now, now + LIFE, None
        session.flush()
        record_event(session, Audit(event=AuditEvent.SETUP_ISSUED, actor=by, subject=account), at=now)
        return IssuedSetup(account=account, secret=secret, expires=row.expires)

    def is_open_for(self, account: str) -> bool:
        """Whether the account has no way in yet."""
        with self.database.reading() as session:
            person = session.get(AccountRow, account)
            return person is not None and person.closed is None and not has_any_way(session, account)

    def use(self, account: str, *, secret: str, password: str) -> None:
        """Sets the first password. Raises Refused `setup.refused` whatever was wrong with name or secret."""
        with self.database.reading() as session:
            self._check(session, account, secret)
        # The costly hash is made only for a right secret: strangers cannot keep the server busy with it.
        hashed, now = self.passwords.hash(password), self.clock()
        with self.database.writing() as session:
            row, person = self._check(session, account, secret)
            row.used, person.password_hash = now, hashed
            audit = Audit(event=AuditEvent.PASSWORD_CHANGED, actor=account, subject=account)
            record_event(session, audit, at=now)

    def _check(self, session: Session, account: str, secret: str) -> tuple[AccountSetupRow, AccountRow]:
        row = session.get(AccountSetupRow, account)
        person = session.get(AccountRow, account)
        right = row is not None and hmac.compare_digest(row.digest, digest_of_secret(secret))
        if row is None or person is None or not right:
            raise Refused("setup.refused")
        if row.used is not None or row.expires <= self.clock():
            raise Refused("setup.refused")
        if person.closed is not None or has_any_way(session, account):
            raise Refused("setup.refused")
        return row, person

"""Lets a person in by password, and slows down whoever guesses.

* An attempt is counted before the password is looked at: guesses made at the same time count one by one.
* An unknown name, a closed account and a wrong password get the same answer after the same work.
* The price is known: a stranger can lock a name for some minutes. Tokens already issued keep working.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete

from coordinator.accounts.account_store import AccountStore
from coordinator.accounts.roles import ALL_SCOPES
from coordinator.accounts.tokens import IssuedToken, TokenKind, TokenStore
from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import COORDINATOR, Audit, AuditEvent
from coordinator.database.people import AccountRow, LoginWindowRow
from coordinator.database.sessions import Database
from coordinator.sources import Clock
from onggi.errors import Refused
from pages.passwords import Passwords

SESSION_LIFE = timedelta(hours=8)
WINDOW = timedelta(minutes=15)
MOST_ATTEMPTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Sign-in by name and password."""

    database: Database
    passwords: Passwords
    accounts: AccountStore
    tokens: TokenStore
    clock: Clock

    def login(self, name: str, password: str, *, kind: TokenKind = "session") -> IssuedToken:
        """A token for a working day, for programs or for a browser's cookie.

        Raises:
            Refused: ``login.too_many_attempts``, or ``login.refused`` whatever was wrong.
        """
        self._check_password(name, password)
        return self.tokens.issue(
            name, kind=kind, scopes=ALL_SCOPES, label="login", life=SESSION_LIFE, by=name
        )

    def change_password(self, name: str, *, old: str, new: str) -> None:
        """Raises as `login` does: a stolen token alone must not suffice to take an account over."""
        self._check_password(name, old)
        self.accounts.set_password(name, new, by=name)

    def _check_password(self, name: str, password: str) -> None:
        self._count_attempt(name)
        with self.database.reading() as session:
            account = session.get(AccountRow, name)
            stored = None if account is None or account.closed is not None else account.password_hash
        if not self.passwords.is_right(password, stored):
            self._record_failure(name)
            raise Refused("login.refused")
        self._forget_attempts(name)

    def _count_attempt(self, name: str) -> None:
        now, key = self.clock(), _key(name)
        with self.database.writing() as session:
            session.execute(delete(LoginWindowRow).where(LoginWindowRow.opened <= now - WINDOW))
            window = session.get(LoginWindowRow, key)
            if window is None:
                session.add(LoginWindowRow(name_digest=key, opened=now, attempts=1))
                return
            if window.attempts >= MOST_ATTEMPTS:
                raise Refused("login.too_many_attempts", minutes=int(WINDOW.total_seconds() // 60))
            window.attempts += 1

    def _forget_attempts(self, name: str) -> None:
        with self.database.writing() as session:
            session.execute(delete(LoginWindowRow).where(LoginWindowRow.name_digest == _key(name)))

    def _record_failure(self, name: str) -> None:
        # The name as typed may be a password in the wrong field: the trail keeps only its hash.
        audit = Audit(event=AuditEvent.LOGIN_FAILED, actor=COORDINATOR, subject=f"name-{_key(name)[:16]}")
        with self.database.writing() as session:
            record_event(session, audit, at=self.clock())


def _key(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()

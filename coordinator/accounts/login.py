"""Lets a person in by password, and slows down whoever guesses: by name, and by where the guesses come from.

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
from coordinator.accounts.page_sessions import ABSOLUTE_LIFE
from coordinator.accounts.source_limits import WINDOW, SourceLimits
from coordinator.accounts.tokens import IssuedToken, TokenKind, TokenStore
from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import COORDINATOR, Audit, AuditEvent
from coordinator.database.people import AccountRow, LoginWindowRow
from coordinator.database.sessions import Database
from coordinator.roles import ALL_SCOPES
from coordinator.sources import Clock
from onggi.errors import Refused
from pages.passwords import Passwords

SESSION_LIFE = timedelta(hours=8)
MOST_ATTEMPTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Sign-in by name and password."""

    database: Database
    passwords: Passwords
    accounts: AccountStore
    tokens: TokenStore
    clock: Clock
    sources: SourceLimits

    def login(
        self, name: str, password: str, *, kind: TokenKind = "session", source: str | None = None
    ) -> IssuedToken:
        """A token for a working day, for programs or for a browser's cookie.

        Raises:
            Refused: ``login.too_many_attempts``, ``login.too_many_from_here``, or ``login.refused`` whatever
                was wrong.
        """
        self.check_password(name, password, source=source)
        life = ABSOLUTE_LIFE if kind == "page" else SESSION_LIFE
        return self.tokens.issue(name, kind=kind, scopes=ALL_SCOPES, label="login", life=life, by=name)

    def change_password(
        self, name: str, *, old: str, new: str, keep: str | None = None, source: str | None = None
    ) -> None:
        """Raises as `login` does: a stolen token alone must not suffice to take an account over.

        `keep` is the one session that goes on.
        """
        self.check_password(name, old, source=source)
        self.accounts.set_password(name, new, by=name, keep=keep)

    def check_password(self, name: str, password: str, *, source: str | None = None) -> None:
        """Raises as `login` does unless it is this account's password."""
        with self.sources.attempt(source):
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

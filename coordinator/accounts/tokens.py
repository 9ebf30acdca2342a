"""Issues, recognises and withdraws bearer tokens; only their SHA-256 is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coordinator.accounts.account_store import find_roles
from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import Audit, AuditEvent
from coordinator.database.people import AccountRow, TokenRow
from coordinator.database.sessions import Database
from coordinator.database.ways_in import PageSessionRow
from coordinator.roles import Caller, Scope
from coordinator.sources import Clock, NewId, NewSecret
from onggi.errors import Refused
from pages.visitors import form_token

PREFIX = "onggi_"
LONGEST_LIFE = timedelta(days=366)
_NOTE_USE_EVERY = timedelta(minutes=5)

TokenKind = Literal["session", "api", "page"]
"""`page`: the secret of a browser's cookie. Cookie and bearer header never take each other's secrets."""
Way = Literal["password", "passkey", "oidc"]
"""How a person signed in."""
PAGE_IDLE = timedelta(minutes=45)
_BEARERS: frozenset[TokenKind] = frozenset({"session", "api"})


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken:
    """A token at the one moment when its secret is known."""

    id: str
    secret: str
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenInfo:
    """A token as its owner sees it later."""

    id: str
    kind: str
    label: str
    scopes: frozenset[Scope]
    created: datetime
    expires: datetime
    last_used: datetime | None
    revoked: datetime | None


def digest_of_secret(secret: str) -> str:
    """A plain hash suffices: the secret is 256 random bits, not a person's word."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenStore:
    """All bearer tokens."""

    database: Database
    clock: Clock
    new_id: NewId
    new_secret: NewSecret

    def issue(
        self,
        account: str,
        *,
        kind: TokenKind,
        scopes: Set[Scope],
        label: str,
        life: timedelta,
        by: str,
        way: Way = "password",
    ) -> IssuedToken:
        """A new token for an open account; its secret is shown this once."""
        if not timedelta(0) < life <= LONGEST_LIFE:
            raise Refused("token.life", longest_days=LONGEST_LIFE.days)
        if not scopes:
            raise Refused("token.no_scope")
        secret, now = PREFIX + self.new_secret(), self.clock()
        with self.database.writing() as session:
            row = session.get(AccountRow, account)
            if row is None or row.closed is not None:
                raise Refused("account.not_found")
            token = TokenRow(
                id=self.new_id("token"),
                digest=digest_of_secret(secret),
                account=account,
                kind=kind,
                label=label,
                scopes=" ".join(sorted(scopes)),
                created=now,
                expires=now + life,
                last_used=None,
                revoked=None,
            )
            session.add(token)
            facts = {"token": token.id, "scopes": token.scopes}
            if kind == "page":
                session.flush()
                session.add(_page_session(token.id, secret, way=way, at=now))
                facts["way"] = way
            event = AuditEvent.TOKEN_ISSUED if kind == "api" else AuditEvent.LOGIN_DONE
            record_event(session, Audit(event=event, actor=by, subject=account, facts=facts), at=now)
            return IssuedToken(id=token.id, secret=secret, expires=token.expires)

    def find_caller(self, secret: str) -> Caller | None:
        """Whose token it is, or None where it is unknown, withdrawn, run out, or its account closed."""
        now = self.clock()
        with self.database.reading() as session:
            token = session.scalar(select(TokenRow).where(TokenRow.digest == digest_of_secret(secret)))
            if token is None or token.revoked is not None or token.expires <= now:
                return None
            caller = caller_of(session, token) if token.kind in _BEARERS else None
        if caller is not None:
            self.note_use(token, at=now)
        return caller

    def note_use(self, token: TokenRow, *, at: datetime) -> None:
        """Housekeeping, not an act: the act that the token is used for is audited where it happens.

        Args:
            at: the moment at which it was found good, no later one: a slow request lengthens no idle session.
        """
        if token.last_used is None or at - token.last_used >= _NOTE_USE_EVERY:
            with self.database.writing() as session:
                session.execute(update(TokenRow).where(TokenRow.id == token.id).values(last_used=at))

    def of_account(self, account: str, *, after: str, limit: int) -> list[TokenInfo]:
        wanted = select(TokenRow).where(TokenRow.account == account, TokenRow.id > after)
        with self.database.reading() as session:
            return [_shown(row) for row in session.scalars(wanted.order_by(TokenRow.id).limit(limit)).all()]

    def owner_of(self, session: Session, token: str) -> str | None:
        return session.scalar(select(TokenRow.account).where(TokenRow.id == token))

    def revoke(self, token: str, *, by: str) -> None:
        """Withdraws it at once. Doing so again changes nothing."""
        now = self.clock()
        with self.database.writing() as session:
            row = session.get(TokenRow, token)
            if row is None:
                raise Refused("token.not_found")
            if row.revoked is not None:
                return
            row.revoked = now
            audit = Audit(
                event=AuditEvent.TOKEN_REVOKED, actor=by, subject=row.account, facts={"token": token}
            )
            record_event(session, audit, at=now)


def caller_of(session: Session, token: TokenRow) -> Caller | None:
    """The token's person as they stand now, or None where the account was closed."""
    account = session.get_one(AccountRow, token.account)
    if account.closed is not None:
        return None
    return Caller(
        account=account.id,
        organisation=account.organisation,
        roles=find_roles(session, account.id),
        scopes=frozenset(Scope(word) for word in token.scopes.split()),
        member=account.member,
        site=account.site,
        token=token.id,
    )


def _page_session(token: str, secret: str, *, way: Way, at: datetime) -> PageSessionRow:
    # Forms keep their token while the secret changes: a form that is open in another tab stays good.
    return PageSessionRow(
        token=token,
        way=way,
        form_token=form_token(secret),
        renewed=at,
        earlier_digest=None,
        earlier_until=None,
        confirmed=None,
    )


def _shown(row: TokenRow) -> TokenInfo:
    return TokenInfo(
        id=row.id,
        kind=row.kind,
        label=row.label,
        scopes=frozenset(Scope(word) for word in row.scopes.split()),
        created=row.created,
        expires=row.expires,
        last_used=row.last_used,
        revoked=row.revoked,
    )

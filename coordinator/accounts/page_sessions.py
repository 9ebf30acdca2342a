"""A browser's session: recognised by a secret that changes while the session lives, and ended by its person.

* The secret changes after some hours at the next page, and at once after an act that changes who may get in.
* After a change by time the secret before counts for a minute, for what is under way; after an act never.
* A session that nobody uses ends by itself, and no session outlives `ABSOLUTE_LIFE`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, select

from coordinator.accounts.tokens import (
    PAGE_IDLE,
    PREFIX,
    TokenStore,
    caller_of,
    digest_of_secret,
)
from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import Audit, AuditEvent
from coordinator.database.people import TokenRow
from coordinator.database.sessions import Database
from coordinator.database.ways_in import PageSessionRow
from coordinator.roles import Caller
from coordinator.sources import Clock, NewSecret

ABSOLUTE_LIFE: Final = timedelta(hours=12)
RENEW_AFTER: Final = timedelta(hours=4)
LONGEST_SECRET: Final = timedelta(hours=8)
GRACE: Final = timedelta(minutes=1)
FRESH: Final = timedelta(minutes=10)
"""How long it counts that a person showed once more who they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSession:
    """A live session. `is_due`: its secret is to be changed; `is_fresh`: the person showed who they are."""

    caller: Caller
    form_token: str
    is_due: bool
    is_fresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A session as its person sees it in a list. `way` is empty for command lines and programs."""

    token: str
    kind: str
    label: str
    way: str
    began: datetime
    last_used: datetime | None
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSessions:
    """All browsers' sessions."""

    database: Database
    clock: Clock
    new_secret: NewSecret
    tokens: TokenStore

    def find(self, secret: str) -> PageSession | None:
        """The session of a cookie, or None where it ended or never was."""
        now, digest = self.clock(), digest_of_secret(secret)
        wanted = (
            select(TokenRow, PageSessionRow)
            .join(PageSessionRow, PageSessionRow.token == TokenRow.id)
            .where(or_(TokenRow.digest == digest, PageSessionRow.earlier_digest == digest))
        )
        with self.database.reading() as session:
            row = session.execute(wanted).one_or_none()
            if row is None or not _is_live(*row, digest=digest, now=now):
                return None
            token, page = row
            caller = caller_of(session, token)
            if caller is None:
                return None
        self.tokens.note_use(token, at=now)
        return PageSession(
            caller=caller,
            form_token=page.form_token,
            is_due=token.digest == digest and now - page.renewed >= RENEW_AFTER,
            is_fresh=page.confirmed is not None and now - page.confirmed < FRESH,
        )

    def renew_in_time(self, token: str, *, secret: str) -> str | None:
        """A new secret, or None where another request changed it. The old one counts for a minute."""
        now = self.clock()
        with self.database.writing() as session:
            row, page = session.get_one(TokenRow, token), session.get_one(PageSessionRow, token)
            if row.digest != digest_of_secret(secret) or row.revoked is not None:
                return None
            page.earlier_digest, page.earlier_until = row.digest, now + GRACE
            return self._change(row, page, now=now)

    def renew_at_once(self, token: str) -> str:
        """A new secret; no other counts any more."""
        with self.database.writing() as session:
            row, page = session.get_one(TokenRow, token), session.get_one(PageSessionRow, token)
            page.earlier_digest = page.earlier_until = None
            return self._change(row, page, now=self.clock())

    def _change(self, row: TokenRow, page: PageSessionRow, *, now: datetime) -> str:
        secret = PREFIX + self.new_secret()
        row.digest, page.renewed = digest_of_secret(secret), now
        return secret

    def confirm(self, token: str) -> None:
        """The person has just shown once more who they are."""
        with self.database.writing() as session:
            session.get_one(PageSessionRow, token).confirmed = self.clock()

    def of_account(self, account: str) -> list[OpenSession]:
        """What is signed in now, newest first: browsers, command lines and programs."""
        now = self.clock()
        wanted = (
            select(TokenRow, PageSessionRow)
            .outerjoin(PageSessionRow, PageSessionRow.token == TokenRow.id)
            .where(TokenRow.account == account, TokenRow.revoked.is_(None), TokenRow.expires > now)
            .order_by(TokenRow.created.desc(), TokenRow.id)
        )
        with self.database.reading() as session:
            found = session.execute(wanted).all()
        return [
            OpenSession(
                token=token.id,
                kind=token.kind,
                label=token.label,
                way="" if page is None else page.way,
                began=token.created,
                last_used=token.last_used,
                expires=token.expires,
            )
            for token, page in found
            if token.kind != "page"
            or (page is not None and _is_live(token, page, digest=token.digest, now=now))
        ]

    def end_all(self, account: str, *, by: str, keep: str | None = None) -> None:
        """Ends every browser's and command line's session. Programs' tokens are ended one by one."""
        now = self.clock()
        with self.database.writing() as session:
            wanted = select(TokenRow).where(TokenRow.account == account, TokenRow.revoked.is_(None))
            for token in session.scalars(wanted.where(TokenRow.kind.in_(("page", "session")))):
                token.revoked = None if token.id == keep else now
            audit = Audit(event=AuditEvent.SESSIONS_ENDED, actor=by, subject=account)
            record_event(session, audit, at=now)


def _is_live(token: TokenRow, page: PageSessionRow, *, digest: str, now: datetime) -> bool:
    if token.revoked is not None or token.expires <= now:
        return False
    if now - (token.last_used or token.created) > PAGE_IDLE:
        return False
    if token.digest == digest:
        return now - page.renewed < LONGEST_SECRET
    return page.earlier_until is not None and now < page.earlier_until

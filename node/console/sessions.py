"""Begins, recognises and ends sessions of browsers; only the SHA-256 of their secrets is kept.

* A session ends by itself when nobody used it for `IDLE`, and after `LIFE` in any case.
* It ends at once when its person signs out, when the password is set anew and when the account is closed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, update

from node.console.accounts import ConsoleRole
from node.console.services import ConsoleServices
from node.registers.audit import NodeEvent, record_event
from node.state.tables import ConsoleAccount, ConsoleSession
from onggi.spec.base import as_instant

LIFE: Final = timedelta(hours=8)
IDLE: Final = timedelta(minutes=45)
_NOTE_USE_EVERY: Final = timedelta(minutes=1)
_KEPT: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who looks at a page, and by which session."""

    account: str
    role: ConsoleRole
    session: str


def digest_of_secret(secret: str) -> str:
    """A plain hash suffices: the secret is 256 random bits, not a person's word."""
    return hashlib.sha256(secret.encode()).hexdigest()


def begin_session(services: ConsoleServices, name: str, *, checked: str) -> str | None:
    """A session's secret, shown this once; None where the account changed since its password was checked.

    Args:
        checked: the stored hash that the password fitted.
    """
    secret, now = services.new_secret(), services.clock()
    with services.deciding() as (session, _):
        account = session.get(ConsoleAccount, name)
        if account is None or account.closed is not None or account.password_hash != checked:
            return None
        session.execute(delete(ConsoleSession).where(ConsoleSession.created < as_instant(now - _KEPT)))
        begun = as_instant(now)
        session.add(
            ConsoleSession(
                digest=digest_of_secret(secret), account=name, created=begun, last_used=begun, ended=None
            )
        )
        record_event(session, NodeEvent.SIGNED_IN, about=name, now=now)
    return secret


def find_caller(services: ConsoleServices, secret: str) -> Caller | None:
    """Whose session it is, or None where it is unknown, ended, run out, or its account closed."""
    now, digest = services.clock(), digest_of_secret(secret)
    with services.reading() as session:
        found = session.get(ConsoleSession, digest)
        if found is None or found.ended is not None:
            return None
        used = datetime.fromisoformat(found.last_used)
        if now - datetime.fromisoformat(found.created) >= LIFE or now - used > IDLE:
            return None
        account = session.get_one(ConsoleAccount, found.account)
        if account.closed is not None:
            return None
        caller = Caller(account=account.name, role=ConsoleRole(account.role), session=digest)
    if now - used >= _NOTE_USE_EVERY:
        # Housekeeping, not an act: what the session is used for is audited where it happens.
        with services.sessions.begin() as session:
            this = ConsoleSession.digest == digest
            session.execute(update(ConsoleSession).where(this).values(last_used=as_instant(now)))
    return caller


def end_session(services: ConsoleServices, caller: Caller) -> None:
    """Ends it at once. Doing so again changes nothing."""
    now = services.clock()
    with services.deciding() as (session, _):
        found = session.get(ConsoleSession, caller.session)
        if found is None or found.ended is not None:
            return
        found.ended = as_instant(now)
        record_event(session, NodeEvent.SIGNED_OUT, about=caller.account, now=now)

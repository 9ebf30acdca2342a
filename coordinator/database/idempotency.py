"""Makes a repeated request find what it made the first time, instead of making it twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from coordinator.database.people import IdempotencyRow
from onggi.errors import Refused
from onggi.protocol.canonical import digest_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """A caller's own key for one request, and what was asked with it."""

    account: str
    key: str
    request: object


def find_made(session: Session, once: Once | None) -> str | None:
    """What this request made before, if anything. Refused where the key stood for another request."""
    if once is None:
        return None
    row = session.get(IdempotencyRow, (once.account, once.key))
    if row is None:
        return None
    if row.request != digest_of(once.request):
        raise Refused("request.key_reused")
    return row.subject


def remember_made(session: Session, once: Once | None, *, subject: str, at: datetime) -> None:
    """Part of the change that makes the subject."""
    if once is not None:
        session.add(
            IdempotencyRow(
                account=once.account,
                key=once.key,
                request=digest_of(once.request),
                subject=subject,
                made=at,
            )
        )

"""What the books hold of one week: its events, what left, and that both books tell the same.

* The audit log is the one order of things. A week begins with the first event dated in it and ends before the
  first one dated after it, so that no event falls between two weeks even where a clock was set back.
* Every release has its event, in the same order and with the same facts; nothing waits to be sent, and no
  stored reply exists, that does not stand on the register.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from node.registers.audit import NodeEvent, check_chain
from node.registers.chained_rows import GENESIS
from node.registers.releases import check_register
from node.state.tables import AuditEvent, Outgoing, Release, Reply, table_of
from onggi.errors import NotTrusted
from onggi.protocol.statements import RegisterMark
from onggi.spec.base import as_instant

_AUDIT, _RELEASES = table_of(AuditEvent), table_of(Release)
_NOTHING = RegisterMark(number=0, hash=GENESIS)


@dataclass(slots=True, kw_only=True)
class WeekInTheBooks:
    """One week's part of the books."""

    releases: list[Row[Any]] = field(default_factory=list)
    events: Counter[str] = field(default_factory=Counter)
    register_before: RegisterMark = _NOTHING
    register_after: RegisterMark = _NOTHING
    audit_before: RegisterMark = _NOTHING
    audit_after: RegisterMark = _NOTHING


def read_week(session: Session, *, since: datetime, until: datetime) -> WeekInTheBooks:
    """One week's part, after both books were walked from their first entry on.

    Raises:
        NotTrusted: ``audit.chain_broken``, ``register.chain_broken``, ``register.audit_differs``.
    """
    check_chain(session)
    check_register(session)
    week = _cut_out(session, begin=as_instant(since), end=as_instant(until))
    _check_nothing_beside(session)
    return week


def _cut_out(session: Session, *, begin: str, end: str) -> WeekInTheBooks:
    week, begun, over = WeekInTheBooks(), False, False
    left = iter(session.execute(select(_RELEASES).order_by(_RELEASES.c.entry)))
    for event in session.execute(select(_AUDIT).order_by(_AUDIT.c.number)):
        over = over or event.at >= end
        begun = begun or event.at >= begin
        release = _release_of(event, left) if event.event == NodeEvent.REPLY_RELEASED else None
        if not over:
            _move(week, event, release, inside=begun)
    if (more := next(left, None)) is not None:
        raise NotTrusted("register.audit_differs", entry=more.entry)
    return week


def _move(
    week: WeekInTheBooks,
    event: Row[Any],
    release: Row[Any] | None,
    *,
    inside: bool,
) -> None:
    week.audit_after = RegisterMark(number=event.number, hash=event.hash)
    if release is not None:
        week.register_after = RegisterMark(number=release.entry, hash=release.hash)
    if not inside:
        week.audit_before, week.register_before = week.audit_after, week.register_after
        return
    week.events[event.event] += 1
    if release is not None:
        week.releases.append(release)


def _release_of(event: Row[Any], left: Iterator[Row[Any]]) -> Row[Any]:
    """The register's next entry, which this event must be about."""
    release = next(left, None)
    if release is None:
        raise NotTrusted("register.audit_differs", entry=None)
    told = {"bytes": release.bytes, "ordinal": release.ordinal, "what": release.what}
    facts = json.loads(event.facts)
    facts.pop("judged", None)  # the report of the disclosure rules is a book of its own
    if (event.at, event.about, facts) != (release.at, release.run, told):
        raise NotTrusted("register.audit_differs", entry=release.entry)
    return release


def _check_nothing_beside(session: Session) -> None:
    """Stored replies and waiting parcels: each content stands on the register, under the same run."""
    on_register = select(Release.entry).where(
        Release.entry == Reply.release,
        Release.run == Reply.run,
        Release.ordinal == Reply.ordinal,
        Release.object_digest == Reply.object_digest,
    )
    unknown = session.scalar(select(Reply.release).where(~on_register.exists()).limit(1))
    known = select(Release.entry).where(
        Release.run == Outgoing.about, Release.object_digest == Outgoing.object_digest
    )
    carrying = select(Outgoing.number).where(Outgoing.object_digest.is_not(None), ~known.exists())
    if unknown is not None or session.scalar(carrying.limit(1)) is not None:
        raise NotTrusted("register.audit_differs", entry=unknown)

"""Writes each act into the audit trail within the very change it tells of, and finds any later tampering.

* An entry's hash covers the entry and the hash before it: a changed, missing or moved entry breaks the chain.
* Cutting the newest entries off leaves a sound chain; whoever kept the head (`find_head`) notices that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.audit.vocabulary import Audit, AuditEvent
from coordinator.database.ledger import AuditRow
from onggi.errors import Fact, NotTrusted
from onggi.protocol.canonical import canonical_json

GENESIS = "0" * 64
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry: keep it elsewhere to notice a trail that was cut short."""

    seq: int
    hash: str


def record_event(session: Session, audit: Audit, *, at: datetime) -> Head:
    """Appends the act. Only inside `Database.writing`, whose lock makes the next number unique."""
    before = find_head(session)
    seq = before.seq + 1
    facts = canonical_json(dict(audit.facts)).decode()
    hashed = _entry_hash(
        seq=seq,
        at=at,
        event=audit.event.value,
        actor=audit.actor,
        subject=audit.subject,
        facts=facts,
        prev_hash=before.hash,
    )
    session.add(
        AuditRow(
            seq=seq,
            at=at,
            event=audit.event.value,
            actor=audit.actor,
            subject=audit.subject,
            facts=facts,
            prev_hash=before.hash,
            hash=hashed,
        )
    )
    session.flush()
    return Head(seq, hashed)


def find_head(session: Session) -> Head:
    """The newest entry, or the beginning where there is none."""
    newest = session.execute(
        select(AuditRow.seq, AuditRow.hash).order_by(AuditRow.seq.desc()).limit(1)
    ).one_or_none()
    return Head(0, GENESIS) if newest is None else Head(newest.seq, newest.hash)


def events_about(
    session: Session, subject: str, *, events: Set[AuditEvent], limit: int
) -> Sequence[AuditRow]:
    """The newest entries of these kinds about one object, oldest first."""
    wanted = (
        select(AuditRow)
        .where(AuditRow.subject == subject, AuditRow.event.in_([each.value for each in events]))
        .order_by(AuditRow.seq.desc())
        .limit(limit)
    )
    return list(reversed(session.scalars(wanted).all()))


def check_chain(session: Session, *, expected_head: Head | None = None) -> Head:
    """Walks the whole trail. Raises NotTrusted `trail.chain_broken` at the first entry that does not fit."""
    seq, prev = 0, GENESIS
    seen_expected = expected_head is None or expected_head == Head(seq, prev)
    while rows := session.scalars(
        select(AuditRow).where(AuditRow.seq > seq).order_by(AuditRow.seq).limit(_PAGE)
    ).all():
        for row in rows:
            if row.seq != seq + 1 or row.prev_hash != prev or row.hash != _row_hash(row):
                raise NotTrusted("trail.chain_broken", seq=seq + 1)
            seq, prev = row.seq, row.hash
            seen_expected = seen_expected or Head(seq, prev) == expected_head
        session.expunge_all()
    if not seen_expected and expected_head is not None:
        raise NotTrusted("trail.cut_short", seq=seq, expected=expected_head.seq)
    return Head(seq, prev)


def facts_of(row: AuditRow) -> Mapping[str, Fact]:
    """The facts of a stored entry."""
    facts: dict[str, Fact] = json.loads(row.facts)
    return facts


def _row_hash(row: AuditRow) -> str:
    return _entry_hash(
        seq=row.seq,
        at=row.at,
        event=row.event,
        actor=row.actor,
        subject=row.subject,
        facts=row.facts,
        prev_hash=row.prev_hash,
    )


def _entry_hash(
    *, seq: int, at: datetime, event: str, actor: str, subject: str, facts: str, prev_hash: str
) -> str:
    entry = canonical_json(
        {
            "actor": actor,
            "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
            "event": event,
            "facts": facts,
            "prev_hash": prev_hash,
            "seq": seq,
            "subject": subject,
        }
    )
    return hashlib.sha256(entry).hexdigest()

"""Many records from one: real objects are made by the real services, the rest are their copies."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from coordinator.audit.vocabulary import AuditEvent
from coordinator.database.ledger import AuditRow

_AT_ONCE = 5_000


def one_row(session: Session, table: Any, **keys: Any) -> dict[str, Any]:
    """The first record with these values, as plain columns."""
    found = select(table.__table__).where(*(getattr(table, name) == key for name, key in keys.items()))
    return dict(session.execute(found.limit(1)).mappings().one())


def add_rows(session: Session, table: Any, rows: Iterable[Mapping[str, Any]]) -> None:
    made = list(rows)
    for begin in range(0, len(made), _AT_ONCE):
        session.execute(insert(table), made[begin : begin + _AT_ONCE])


def made_up_digest(*told: object) -> str:
    """64 signs that are the same for the same words and unlike any other's."""
    return hashlib.sha256(repr(told).encode()).hexdigest()


@dataclass
class Trail:
    """Entries of the audit trail about copies. Their hashes are made up: no page walks the chain."""

    rows: list[dict[str, Any]] = field(default_factory=list)

    def note(self, subject: str, at: datetime, *events: AuditEvent, by: str) -> None:
        self.rows += [
            {"at": at, "event": event.value, "actor": by, "subject": subject, "facts": "{}"}
            for event in events
        ]

    def write(self, session: Session) -> int:
        """Behind what is there. Returns how many entries the trail has then."""
        last = session.scalar(select(func.max(AuditRow.seq))) or 0
        numbered = enumerate(sorted(self.rows, key=lambda row: row["at"]), start=last + 1)
        add_rows(
            session,
            AuditRow,
            (
                row | {"seq": seq, "prev_hash": made_up_digest(seq - 1), "hash": made_up_digest(seq)}
                for seq, row in numbered
            ),
        )
        return last + len(self.rows)

"""The history at the end of an object's page, and the audit trail: who did what and when, in plain words."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from node.console.access import Visit
from node.state.tables import AuditEvent

_MOST: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldEvent:
    """One event of the trail."""

    number: int
    at: datetime
    who: str
    act: str
    event: str
    about: str
    facts: str


def told_events(visit: Visit, rows: Iterable[AuditEvent]) -> list[ToldEvent]:
    """Events in the visitor's language, in the order given."""
    return [_told(visit, row) for row in rows]


def history_of(visit: Visit, session: Session, about: str) -> list[tuple[datetime, str, str, Markup | str]]:
    """(moment, who, act, details) of all that happened to a run, oldest first."""
    asked = select(AuditEvent).where(AuditEvent.about == about).order_by(AuditEvent.number).limit(_MOST)
    return [
        (each.at, each.who, each.act, _as_code(each.facts))
        for each in told_events(visit, session.scalars(asked))
    ]


def _as_code(facts: str) -> Markup | str:
    return Markup("<code>{}</code>").format(facts) if facts else ""


def _told(visit: Visit, row: AuditEvent) -> ToldEvent:
    facts: dict[str, object] = json.loads(row.facts)
    source = row.event.split(":", 1)[0]
    by = facts.pop("by", None)
    return ToldEvent(
        number=row.number,
        at=datetime.fromisoformat(row.at),
        who=visit.say(f"who.{source}") if by is None else str(by),
        act=visit.say(f"event.{row.event}"),
        event=row.event,
        about=row.about,
        facts=" ".join(f"{name}={value}" for name, value in sorted(facts.items())),
    )

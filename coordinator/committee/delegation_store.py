"""Delegations of expedited review from one member to another, each with an end date.

A delegation gives no second signature and no second voice: it only says who may decide without a meeting.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import Audit, AuditEvent
from coordinator.database.committee import DelegationRow
from coordinator.database.sessions import Database
from coordinator.federation.root_store import RootStore
from coordinator.roles import Caller
from coordinator.sources import Clock, NewId
from onggi.errors import Refused

LONGEST: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """One delegation; `ended` where it was taken back before its last day."""

    id: str
    giver: str
    receiver: str
    begins: datetime
    until: datetime
    ended: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationStore:
    """All delegations."""

    database: Database
    clock: Clock
    new_id: NewId
    roots: RootStore

    def give(self, receiver: str, *, until: datetime, by: Caller) -> Delegation:
        """Raises Refused where the receiver is no other committee member, or the end is not within a year."""
        members = {one.id for one in self.roots.get_current().members if one.role == "committee"}
        now = self.clock()
        if by.member not in members or receiver not in members or receiver == by.member:
            raise Refused("delegation.not_a_member", member=receiver)
        if not now < until <= now + LONGEST:
            raise Refused("delegation.end_date")
        with self.database.writing() as session:
            row = DelegationRow(
                id=self.new_id("delegation"),
                giver=by.member,
                receiver=receiver,
                begins=now,
                until=until,
                ended=None,
            )
            session.add(row)
            facts = {"giver": row.giver, "receiver": receiver}
            audit = Audit(event=AuditEvent.DELEGATION_GIVEN, actor=by.account, subject=row.id, facts=facts)
            record_event(session, audit, at=now)
            return _shown(row)

    def end(self, delegation: str, *, by: Caller) -> None:
        """Its giver takes it back. Doing so again changes nothing."""
        now = self.clock()
        with self.database.writing() as session:
            row = session.get(DelegationRow, delegation)
            if row is None or row.giver != by.member:
                raise Refused("delegation.not_found")
            if row.ended is not None:
                return
            row.ended = now
            audit = Audit(event=AuditEvent.DELEGATION_ENDED, actor=by.account, subject=row.id)
            record_event(session, audit, at=now)

    def delegations(self) -> list[Delegation]:
        """All, newest first."""
        with self.database.reading() as session:
            rows = session.scalars(
                select(DelegationRow).order_by(DelegationRow.begins.desc(), DelegationRow.id)
            )
            return [_shown(row) for row in rows]


def delegates_now(session: Session, *, members: Set[str], now: datetime) -> frozenset[str]:
    """Members who may decide expedited reviews now. A delegation ends when either of the two leaves."""
    wanted = select(DelegationRow.receiver).where(
        DelegationRow.begins <= now,
        DelegationRow.until > now,
        DelegationRow.ended.is_(None),
        DelegationRow.giver.in_(members),
        DelegationRow.receiver.in_(members),
    )
    return frozenset(session.scalars(wanted))


def _shown(row: DelegationRow) -> Delegation:
    return Delegation(
        id=row.id,
        giver=row.giver,
        receiver=row.receiver,
        begins=row.begins,
        until=row.until,
        ended=row.ended,
    )

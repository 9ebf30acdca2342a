"""Members who have an interest in a project: they say so themselves, and then decide nothing about it.

A declaration stands for the life of the project. It reaches meetings, statements and votes on exports.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import Audit, AuditEvent
from coordinator.database.committee import ConflictRow
from coordinator.database.sessions import Database
from coordinator.database.work import ProjectRow
from coordinator.roles import Caller
from coordinator.sources import Clock
from onggi.errors import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """One declaration."""

    member: str
    reason: str
    declared: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictStore:
    """All declarations."""

    database: Database
    clock: Clock

    def declare(self, project: str, *, reason: str, by: Caller) -> None:
        """Declaring again changes nothing: the first word stands."""
        if by.member is None:
            raise RuntimeError("only members of the federation root declare an interest")
        now = self.clock()
        with self.database.writing() as session:
            if session.get(ProjectRow, project) is None:
                raise Refused("project.not_found")
            if session.get(ConflictRow, (project, by.member)) is not None:
                return
            session.add(ConflictRow(project=project, member=by.member, reason=reason, declared=now))
            facts = {"member": by.member}
            audit = Audit(event=AuditEvent.CONFLICT_DECLARED, actor=by.account, subject=project, facts=facts)
            record_event(session, audit, at=now)

    def of_project(self, project: str) -> list[Conflict]:
        with self.database.reading() as session:
            wanted = select(ConflictRow).where(ConflictRow.project == project).order_by(ConflictRow.declared)
            return [
                Conflict(member=row.member, reason=row.reason, declared=row.declared)
                for row in session.scalars(wanted)
            ]


def members_standing_back(session: Session, project: str) -> frozenset[str]:
    """The members who declared an interest in a project."""
    return frozenset(session.scalars(select(ConflictRow.member).where(ConflictRow.project == project)))

"""Keeps named concept sets: every version for ever, for a project or for everybody.

* Saving what the latest version says already gives that version again.
* A version never changes and is never taken away: what a job of years ago meant can be read word for word.
* A foreign project's set answers like one that does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import Audit, AuditEvent
from coordinator.database.concept_sets import PUBLIC, ConceptSetRow
from coordinator.database.sessions import Database
from coordinator.database.work import ProjectMemberRow
from coordinator.projects.project_store import is_member
from coordinator.sources import Clock, NewId
from onggi.errors import Refused
from onggi.protocol.canonical import canonical_json, digest_of
from onggi.spec.concept_sets import NamedConcept, NamedConceptSet

_ITEMS: TypeAdapter[tuple[NamedConcept, ...]] = TypeAdapter(tuple[NamedConcept, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredConceptSet:
    """One version as it is shown. `project` is None for a set that everybody may read."""

    id: str
    project: str | None
    set: NamedConceptSet
    digest: str
    created_by: str
    created: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptSetStore:
    """All named concept sets."""

    database: Database
    clock: Clock
    new_id: NewId

    def save(
        self, name: str, items: tuple[NamedConcept, ...], *, project: str | None, by: str
    ) -> StoredConceptSet:
        """The next version, or the latest where it says the same.

        Raises:
            Refused: ``project.not_found`` where the project is not the account's own.
        """
        now, owner = self.clock(), project or PUBLIC
        listed = [each.model_dump(mode="json") for each in items]
        digest = digest_of(listed)
        with self.database.writing() as session:
            if project is not None and not is_member(session, project, by):
                raise Refused("project.not_found")
            latest = _latest(session, owner, name)
            if latest is not None and latest.digest == digest:
                return _shown(latest)
            row = ConceptSetRow(
                id=self.new_id("concepts"),
                owner=owner,
                name=name,
                version=1 if latest is None else latest.version + 1,
                items=canonical_json(listed).decode(),
                digest=digest,
                created_by=by,
                created=now,
            )
            session.add(row)
            session.flush()
            facts = {"name": f"{name}@{row.version}", "set": digest}
            audit = Audit(event=AuditEvent.CONCEPT_SET_SAVED, actor=by, subject=row.id, facts=facts)
            record_event(session, audit, at=now)
            return _shown(row)

    def sets(self, *, member: str | None, name: str | None, after: str, limit: int) -> list[StoredConceptSet]:
        """Public sets and those of the account's projects, oldest first; all where `member` is None."""
        wanted = select(ConceptSetRow).where(ConceptSetRow.id > after).order_by(ConceptSetRow.id)
        if name is not None:
            wanted = wanted.where(ConceptSetRow.name == name)
        if member is not None:
            own = select(ProjectMemberRow.project).where(ProjectMemberRow.account == member)
            wanted = wanted.where(or_(ConceptSetRow.owner == PUBLIC, ConceptSetRow.owner.in_(own)))
        with self.database.reading() as session:
            return [_shown(row) for row in session.scalars(wanted.limit(limit)).all()]


def _latest(session: Session, owner: str, name: str) -> ConceptSetRow | None:
    versions = select(ConceptSetRow).where(ConceptSetRow.owner == owner, ConceptSetRow.name == name)
    return session.scalars(versions.order_by(ConceptSetRow.version.desc()).limit(1)).first()


def _shown(row: ConceptSetRow) -> StoredConceptSet:
    items = _ITEMS.validate_json(row.items)
    return StoredConceptSet(
        id=row.id,
        project=None if row.owner == PUBLIC else row.owner,
        set=NamedConceptSet(name=row.name, version=row.version, items=items),
        digest=row.digest,
        created_by=row.created_by,
        created=row.created,
    )

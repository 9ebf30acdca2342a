"""Finds permits and says whether they are in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select

from coordinator.committee.exclusions import permit_in
from coordinator.database.sessions import Database
from coordinator.database.work import PermitRow, ProjectMemberRow
from coordinator.federation.root_store import RootStore
from coordinator.states import PermitState
from onggi.errors import Refused
from onggi.protocol.dsse import Envelope
from onggi.protocol.statements import ProjectPermit


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """A permit as it stands, with the envelope that every node checks for itself."""

    id: str
    project: str
    state: PermitState
    state_since: datetime
    expires: datetime
    log_index: int
    digest: str
    permit: ProjectPermit
    envelope: Envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitStore:
    """All permits that ever came into force."""

    database: Database
    roots: RootStore

    def get(self, permit: str) -> Permit:
        """Raises Refused `permit.not_found`."""
        federation = self.roots.get_current().federation
        with self.database.reading() as session:
            row = session.get(PermitRow, permit)
            if row is None:
                raise Refused("permit.not_found")
            return _shown(row, federation=federation)

    def permits(self, *, after: str, limit: int, member: str | None, project: str | None) -> list[Permit]:
        """In order of id; `member` limits to the projects of one account."""
        federation = self.roots.get_current().federation
        chosen: list[ColumnElement[bool]] = [PermitRow.id > after]
        if member is not None:
            own = select(ProjectMemberRow.project).where(ProjectMemberRow.account == member)
            chosen.append(PermitRow.project.in_(own))
        if project is not None:
            chosen.append(PermitRow.project == project)
        wanted = select(PermitRow).where(*chosen).order_by(PermitRow.id).limit(limit)
        with self.database.reading() as session:
            return [_shown(row, federation=federation) for row in session.scalars(wanted).all()]


def _shown(row: PermitRow, *, federation: str) -> Permit:
    return Permit(
        id=row.id,
        project=row.project,
        state=PermitState(row.state),
        state_since=row.state_since,
        expires=row.expires,
        log_index=row.log_index,
        digest=row.digest,
        permit=permit_in(row, federation=federation),
        envelope=Envelope.from_json(row.envelope.encode()),
    )

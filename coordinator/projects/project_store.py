"""Creates projects, adds and removes their people, and answers who belongs to which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import Audit, AuditEvent
from coordinator.database.idempotency import Once, find_made, remember_made
from coordinator.database.people import AccountRow
from coordinator.database.sessions import Database
from coordinator.database.work import ProjectMemberRow, ProjectRow
from coordinator.sources import Clock, NewId
from onggi.errors import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project as it is shown."""

    id: str
    title: str
    purpose: str
    organisation: str
    people: tuple[str, ...]
    created: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectStore:
    """All projects."""

    database: Database
    clock: Clock
    new_id: NewId

    def create(
        self, *, title: str, purpose: str, organisation: str, by: str, once: Once | None = None
    ) -> Project:
        """A new project with its author in it. Its name is chance: a chosen one could be probed."""
        now = self.clock()
        with self.database.writing() as session:
            made = find_made(session, once)
            if made is not None:
                return _shown(session, session.get_one(ProjectRow, made))
            project = self.new_id("project")
            remember_made(session, once, subject=project, at=now)
            session.add(
                ProjectRow(
                    id=project,
                    title=title,
                    purpose=purpose,
                    organisation=organisation,
                    created_by=by,
                    created=now,
                )
            )
            session.flush()
            session.add(ProjectMemberRow(project=project, account=by))
            audit = Audit(event=AuditEvent.PROJECT_CREATED, actor=by, subject=project)
            record_event(session, audit, at=now)
            return _shown(session, session.get_one(ProjectRow, project))

    def get(self, project: str) -> Project:
        with self.database.reading() as session:
            row = session.get(ProjectRow, project)
            if row is None:
                raise Refused("project.not_found")
            return _shown(session, row)

    def projects(self, *, member: str | None, after: str, limit: int) -> list[Project]:
        """Projects of one account, or all where `member` is None."""
        wanted = select(ProjectRow).where(ProjectRow.id > after).order_by(ProjectRow.id).limit(limit)
        if member is not None:
            own = select(ProjectMemberRow.project).where(ProjectMemberRow.account == member)
            wanted = wanted.where(ProjectRow.id.in_(own))
        with self.database.reading() as session:
            rows = session.scalars(wanted).all()
            people = _people_of_all(session, [row.id for row in rows])
            return [_told(row, people.get(row.id, ())) for row in rows]

    def add_member(self, project: str, account: str, *, by: str) -> None:
        """Adding a member again changes nothing. It gives no right to data: the permit names its people."""
        now = self.clock()
        with self.database.writing() as session:
            _check_exists(session, project)
            found = session.get(AccountRow, account)
            if found is None or found.closed is not None:
                raise Refused("account.not_found")
            if session.get(ProjectMemberRow, (project, account)) is not None:
                return
            session.add(ProjectMemberRow(project=project, account=account))
            audit = Audit(
                event=AuditEvent.PROJECT_MEMBER_ADDED, actor=by, subject=project, facts={"account": account}
            )
            record_event(session, audit, at=now)

    def remove_member(self, project: str, account: str, *, by: str) -> None:
        """The last member stays: a project without people could be reached by nobody."""
        now = self.clock()
        with self.database.writing() as session:
            _check_exists(session, project)
            row = session.get(ProjectMemberRow, (project, account))
            if row is None:
                return
            if people_of(session, project) == (account,):
                raise Refused("project.last_member")
            session.delete(row)
            audit = Audit(
                event=AuditEvent.PROJECT_MEMBER_REMOVED, actor=by, subject=project, facts={"account": account}
            )
            record_event(session, audit, at=now)


def people_of(session: Session, project: str) -> tuple[str, ...]:
    """The account names of a project, sorted."""
    wanted = select(ProjectMemberRow.account).where(ProjectMemberRow.project == project)
    return tuple(session.scalars(wanted.order_by(ProjectMemberRow.account)).all())


def _people_of_all(session: Session, projects: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The account names of several projects with one question to the database."""
    wanted = select(ProjectMemberRow.project, ProjectMemberRow.account)
    found: dict[str, tuple[str, ...]] = {}
    order = (ProjectMemberRow.project, ProjectMemberRow.account)
    for project, account in session.execute(
        wanted.where(ProjectMemberRow.project.in_(projects)).order_by(*order)
    ):
        found[project] = (*found.get(project, ()), account)
    return found


def is_member(session: Session, project: str, account: str) -> bool:
    return session.get(ProjectMemberRow, (project, account)) is not None


def _check_exists(session: Session, project: str) -> None:
    if session.get(ProjectRow, project) is None:
        raise Refused("project.not_found")


def _shown(session: Session, row: ProjectRow) -> Project:
    return _told(row, people_of(session, row.id))


def _told(row: ProjectRow, people: tuple[str, ...]) -> Project:
    return Project(
        id=row.id,
        title=row.title,
        purpose=row.purpose,
        organisation=row.organisation,
        people=people,
        created=row.created,
    )

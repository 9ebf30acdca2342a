"""Applications to the committee: written by a project's people, returned, decided, and turned into an act."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import Audit, AuditEvent
from coordinator.committee.application_content import Content, Extension, JobReview, permit_of, read_content
from coordinator.committee.exclusions import check_no_interest, kept_from
from coordinator.database.committee import ApplicationRow
from coordinator.database.idempotency import Once, find_made, remember_made
from coordinator.database.sessions import Database
from coordinator.database.work import JobRow, PermitRow, ProjectMemberRow, ProjectRow
from coordinator.projects.project_store import is_member
from coordinator.roles import Caller
from coordinator.sources import Clock, NewId
from coordinator.states import APPLICATION_MOVES, ApplicationState, Party, PermitState, check_move
from onggi.errors import Refused

EDITABLE = frozenset({ApplicationState.DRAFT, ApplicationState.RETURNED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """An application as it stands. `words` are the committee's; `statement` is the act drafted from it."""

    id: str
    project: str
    title: str
    content: Content
    reason: str
    state: ApplicationState
    state_since: datetime
    words: str
    created_by: str
    created: datetime
    statement: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationStore:
    """All applications."""

    database: Database
    clock: Clock
    new_id: NewId

    def write(
        self, project: str, content: Content, *, reason: str, by: Caller, once: Once | None = None
    ) -> Application:
        """A draft, which the committee sees once it is submitted. Only the project's people write one."""
        now = self.clock()
        with self.database.writing() as session:
            made = find_made(session, once)
            if made is not None:
                return _shown(session, session.get_one(ApplicationRow, made))
            if not is_member(session, project, by.account):
                raise Refused("project.not_found")
            _check_sensible(session, project, content)
            row = ApplicationRow(
                id=self.new_id("application"),
                project=project,
                kind=content.kind,
                content=content.model_dump_json(),
                reason=reason,
                state=ApplicationState.DRAFT.value,
                state_since=now,
                words="",
                created_by=by.account,
                created=now,
                statement=None,
            )
            session.add(row)
            session.flush()
            remember_made(session, once, subject=row.id, at=now)
            audit = Audit(event=AuditEvent.APPLICATION_WRITTEN, actor=by.account, subject=row.id)
            record_event(session, audit, at=now)
            return _shown(session, row)

    def rewrite(self, application: str, content: Content, *, reason: str, by: Caller) -> Application:
        """Another text while it is a draft or was returned. The kind stays."""
        now = self.clock()
        with self.database.writing() as session:
            row = _own(session, application, by=by)
            if ApplicationState(row.state) not in EDITABLE or content.kind != row.kind:
                raise Refused("application.not_editable")
            _check_sensible(session, row.project, content)
            row.content, row.reason = content.model_dump_json(), reason
            audit = Audit(event=AuditEvent.APPLICATION_WRITTEN, actor=by.account, subject=row.id)
            record_event(session, audit, at=now)
            return _shown(session, row)

    def submit(self, application: str, *, by: Caller) -> Application:
        return self._by_applicant(application, ApplicationState.SUBMITTED, by=by)

    def withdraw(self, application: str, *, by: Caller) -> Application:
        return self._by_applicant(application, ApplicationState.WITHDRAWN, by=by)

    def send_back(self, application: str, *, words: str, by: Caller) -> Application:
        """Before any meeting: something is missing. Says what."""
        if not words.strip():
            raise Refused("meeting.reason_missing")
        return self._by_committee(application, ApplicationState.RETURNED, words=words, by=by)

    def confirm_conditions(self, application: str, *, by: Caller) -> Application:
        """The conditions under which it was approved are met."""
        return self._by_committee(application, ApplicationState.APPROVED, words=None, by=by)

    def get(self, application: str, *, caller: Caller) -> Application:
        """Raises Refused(``application.not_found``), also for a draft that is somebody else's."""
        with self.database.reading() as session:
            row = get_application(session, application)
            if row.state == ApplicationState.DRAFT and not is_member(session, row.project, caller.account):
                raise Refused("application.not_found")
            return _shown(session, row)

    def applications(
        self,
        *,
        limit: int,
        after: str = "",
        states: Collection[ApplicationState] | None = None,
        member: str | None = None,
        project: str | None = None,
    ) -> list[Application]:
        """Newest first. `member` limits to the projects of one account, for whom drafts are shown too."""
        chosen: list[ColumnElement[bool]] = []
        if after:
            chosen.append(ApplicationRow.id < after)
        if states is not None:
            chosen.append(ApplicationRow.state.in_([each.value for each in states]))
        if project is not None:
            chosen.append(ApplicationRow.project == project)
        if member is None:
            chosen.append(ApplicationRow.state != ApplicationState.DRAFT.value)
        else:
            own = select(ProjectMemberRow.project).where(ProjectMemberRow.account == member)
            chosen.append(ApplicationRow.project.in_(own))
        wanted = _titled().where(*chosen).order_by(ApplicationRow.id.desc()).limit(limit)
        with self.database.reading() as session:
            return [_titled_as(*found) for found in session.execute(wanted)]

    def waiting(self, *, limit: int, by: Caller) -> list[Application]:
        """Where the committee has to act: put on an agenda, decide, or draft the act; the oldest first."""
        undrafted = (ApplicationRow.state == ApplicationState.APPROVED.value) & ApplicationRow.statement.is_(
            None
        )
        open_ones = ApplicationRow.state.in_(
            [ApplicationState.SUBMITTED.value, ApplicationState.ON_AGENDA.value]
        )
        wanted = _titled().where(open_ones | undrafted, ApplicationRow.project.not_in(kept_from(by)))
        with self.database.reading() as session:
            found = session.execute(
                wanted.order_by(ApplicationRow.state_since, ApplicationRow.id).limit(limit)
            )
            return [_titled_as(*each) for each in found]

    def check_may_grant(self, application: str, *, by: Caller) -> None:
        """Raises Refused where the act cannot be drafted now, or not by this member."""
        with self.database.reading() as session:
            row = get_application(session, application)
            check_no_interest(session, row.project, by=by)
            if row.state != ApplicationState.APPROVED:
                raise Refused("application.not_approved")
            if row.statement is not None:
                raise Refused("application.already_drafted")

    def remember_statement(self, application: str, statement: str, *, by: Caller) -> None:
        """Ties the drafted act to its application, once."""
        now = self.clock()
        with self.database.writing() as session:
            row = get_application(session, application)
            if row.state != ApplicationState.APPROVED:
                raise Refused("application.not_approved")
            if row.statement not in (None, statement):
                raise Refused("application.already_drafted")
            row.statement = statement
            facts = {"statement": statement}
            audit = Audit(event=AuditEvent.APPLICATION_STATED, actor=by.account, subject=row.id, facts=facts)
            record_event(session, audit, at=now)

    def _by_applicant(self, application: str, to: ApplicationState, *, by: Caller) -> Application:
        now = self.clock()
        with self.database.writing() as session:
            row = _own(session, application, by=by)
            move_application(session, row, to, by=Party.RESEARCHER, actor=by.account, at=now)
            return _shown(session, row)

    def _by_committee(
        self, application: str, to: ApplicationState, *, words: str | None, by: Caller
    ) -> Application:
        now = self.clock()
        with self.database.writing() as session:
            row = get_application(session, application)
            check_no_interest(session, row.project, by=by)
            move_application(session, row, to, by=Party.COMMITTEE, actor=by.account, at=now, words=words)
            return _shown(session, row)


def get_application(session: Session, application: str) -> ApplicationRow:
    """Raises Refused(``application.not_found``)."""
    row = session.get(ApplicationRow, application)
    if row is None:
        raise Refused("application.not_found")
    return row


def move_application(
    session: Session,
    row: ApplicationRow,
    to: ApplicationState,
    *,
    by: Party,
    actor: str,
    at: datetime,
    words: str | None = None,
) -> None:
    """Along the table only, with its audit event. `words` replace the committee's earlier ones."""
    move = check_move(APPLICATION_MOVES, ApplicationState(row.state), to, by=by)
    row.state, row.state_since = to.value, at
    if words is not None:
        row.words = words
    session.flush()
    facts = {"to": to.value}
    record_event(session, Audit(event=move.event, actor=actor, subject=row.id, facts=facts), at=at)


def _own(session: Session, application: str, *, by: Caller) -> ApplicationRow:
    row = get_application(session, application)
    if not is_member(session, row.project, by.account):
        raise Refused("application.not_found")
    return row


def _check_sensible(session: Session, project: str, content: Content) -> None:
    """What it names belongs to the project and is in force."""
    if (named := permit_of(content)) is not None:
        permit = session.get(PermitRow, named)
        if permit is None or permit.project != project:
            raise Refused("permit.not_found")
        if permit.state != PermitState.VALID:
            raise Refused("permit.no_longer_valid", state=permit.state)
        if isinstance(content, Extension) and content.expires <= permit.expires:
            raise Refused("application.field", field="expires")
    if isinstance(content, JobReview):
        job = session.get(JobRow, content.job)
        if job is None or (job.project, job.permit, job.digest) != (project, content.permit, content.spec):
            raise Refused("job.not_found")


def _titled() -> Select[ApplicationRow, str]:
    """Applications with the titles of their projects."""
    return select(ApplicationRow, ProjectRow.title).join(ProjectRow, ProjectRow.id == ApplicationRow.project)


def _shown(session: Session, row: ApplicationRow) -> Application:
    return _titled_as(row, session.get_one(ProjectRow, row.project).title)


def _titled_as(row: ApplicationRow, title: str) -> Application:
    return Application(
        id=row.id,
        project=row.project,
        title=title,
        content=read_content(row.content),
        reason=row.reason,
        state=ApplicationState(row.state),
        state_since=row.state_since,
        words=row.words,
        created_by=row.created_by,
        created=row.created,
        statement=row.statement,
    )

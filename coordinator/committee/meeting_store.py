"""The committee's meetings: agenda, who is there, what was decided on each item, and the minutes.

A verdict here lets an act be drafted; it binds no hospital. What binds is the quorum's signatures.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import Audit, AuditEvent
from coordinator.committee.application_store import get_application, move_application
from coordinator.committee.delegation_store import delegates_now
from coordinator.committee.exclusions import check_no_interest, kept_away
from coordinator.database.committee import AgendaItemRow, ApplicationRow, AttendanceRow, MeetingRow
from coordinator.database.sessions import Database
from coordinator.database.work import ProjectRow
from coordinator.decisions.meetings import Sitting, Track, check_quorate, check_verdict
from coordinator.federation.root_store import RootStore
from coordinator.roles import Caller
from coordinator.sources import Clock, NewId
from coordinator.states import MEETING_MOVES, ApplicationState, MeetingState, Party, check_move
from onggi.errors import Fact, Refused
from onggi.protocol.trust_root import TrustRoot

_PREPARING = frozenset({MeetingState.PLANNED, MeetingState.OPEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaItem:
    """One item. `present` and `stood_back` are as they were at its decision."""

    application: str
    project: str
    title: str
    kind: str
    position: int
    state: ApplicationState
    verdict: ApplicationState | None
    words: str
    present: tuple[str, ...]
    stood_back: tuple[str, ...]
    recorded_by: str | None
    decided: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A meeting as it stands."""

    id: str
    title: str
    track: Track
    held: datetime
    place: str
    state: MeetingState
    state_since: datetime
    notes: str
    created_by: str
    items: tuple[AgendaItem, ...]
    present: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingStore:
    """All meetings."""

    database: Database
    clock: Clock
    new_id: NewId
    roots: RootStore

    def plan(self, *, title: str, track: Track, held: datetime, place: str, by: Caller) -> Meeting:
        now = self.clock()
        with self.database.writing() as session:
            row = MeetingRow(
                id=self.new_id("meeting"),
                title=title,
                track=track.value,
                held=held,
                place=place,
                state=MeetingState.PLANNED.value,
                state_since=now,
                notes="",
                created_by=by.account,
                created=now,
            )
            session.add(row)
            session.flush()
            _record(session, AuditEvent.MEETING_PLANNED, row, by=by, at=now)
            return _shown(session, row)

    def put_on_agenda(self, meeting: str, application: str, *, by: Caller) -> Meeting:
        """At the end of the agenda. Putting it there again changes nothing."""
        now = self.clock()
        with self.database.writing() as session:
            row = _get(session, meeting, states=_PREPARING)
            wanted = get_application(session, application)
            known = session.get(AgendaItemRow, (meeting, application))
            if known is not None and known.verdict is None:
                return _shown(session, row)
            if known is not None:
                raise Refused("meeting.already_decided")
            move_application(
                session, wanted, ApplicationState.ON_AGENDA, by=Party.COMMITTEE, actor=by.account, at=now
            )
            last = select(func.max(AgendaItemRow.position)).where(AgendaItemRow.meeting == meeting)
            session.add(
                AgendaItemRow(
                    meeting=meeting,
                    application=application,
                    position=(session.scalar(last) or 0) + 1,
                    verdict=None,
                    words="",
                    present="[]",
                    stood_back="[]",
                    recorded_by=None,
                    decided=None,
                )
            )
            session.flush()
            return _shown(session, row)

    def take_off_agenda(self, meeting: str, application: str, *, by: Caller) -> Meeting:
        """It waits for another meeting."""
        now = self.clock()
        with self.database.writing() as session:
            row = _get(session, meeting, states=_PREPARING)
            item = _open_item(session, meeting, application)
            session.delete(item)
            wanted = get_application(session, application)
            move_application(
                session, wanted, ApplicationState.SUBMITTED, by=Party.COMMITTEE, actor=by.account, at=now
            )
            return _shown(session, row)

    def record_attendance(self, meeting: str, present: Collection[str], *, by: Caller) -> Meeting:
        """Who is there now, in place of what stood before. Raises Refused(``meeting.not_a_member``)."""
        members, now = _members(self.roots.get_current()), self.clock()
        if unknown := sorted(set(present) - members.keys()):
            raise Refused("meeting.not_a_member", member=unknown[0])
        with self.database.writing() as session:
            row = _get(session, meeting, states=_PREPARING)
            session.execute(delete(AttendanceRow).where(AttendanceRow.meeting == meeting))
            session.add_all(AttendanceRow(meeting=meeting, member=each) for each in sorted(set(present)))
            session.flush()
            facts: dict[str, Fact] = {"present": ",".join(sorted(set(present)))}
            _record(session, AuditEvent.ATTENDANCE_RECORDED, row, by=by, at=now, facts=facts)
            return _shown(session, row)

    def open(self, meeting: str, *, by: Caller) -> Meeting:
        return self._move(meeting, MeetingState.OPEN, by=by)

    def close(self, meeting: str, *, notes: str, by: Caller) -> Meeting:
        """Makes the minutes final. Raises Refused(``meeting.items_open``) while an item is undecided."""
        return self._move(meeting, MeetingState.CLOSED, by=by, notes=notes)

    def cancel(self, meeting: str, *, by: Caller) -> Meeting:
        """What stood on its agenda waits for another one."""
        return self._move(meeting, MeetingState.CANCELLED, by=by)

    def decide(
        self, meeting: str, application: str, *, verdict: ApplicationState, words: str, by: Caller
    ) -> Meeting:
        """Records the verdict on one item of an open meeting.

        Raises:
            Refused: ``meeting.not_quorate`` and others of `decisions.meetings`; ``conflict.stands_back``
                where the recorder has an interest themself; ``meeting.recorder_absent``.
        """
        root, now = self.roots.get_current(), self.clock()
        with self.database.writing() as session:
            row = _get(session, meeting, states={MeetingState.OPEN})
            item, wanted = _open_item(session, meeting, application), get_application(session, application)
            check_no_interest(session, wanted.project, by=by)
            sitting = _sitting(session, row, wanted, root=root, now=now)
            if by.member not in sitting.taking_part:
                raise Refused("meeting.recorder_absent")
            track = Track(row.track)
            check_verdict(verdict, words, track=track)
            check_quorate(sitting, track=track, rule=root.committee_rule)
            item.verdict, item.words = verdict.value, words
            item.present = json.dumps(list(sitting.taking_part))
            item.stood_back = json.dumps(list(sitting.stood_back))
            item.recorded_by, item.decided = by.account, now
            move_application(
                session, wanted, verdict, by=Party.COMMITTEE, actor=by.account, at=now, words=words
            )
            return _shown(session, row)

    def get(self, meeting: str) -> Meeting:
        with self.database.reading() as session:
            return _shown(session, _get(session, meeting))

    def meetings(self, *, limit: int, states: Collection[MeetingState] | None = None) -> list[Meeting]:
        """The latest first."""
        wanted = select(MeetingRow).order_by(MeetingRow.held.desc(), MeetingRow.id.desc()).limit(limit)
        if states is not None:
            wanted = wanted.where(MeetingRow.state.in_([each.value for each in states]))
        with self.database.reading() as session:
            return _all_shown(session, session.scalars(wanted).all())

    def sitting(self, meeting: str, application: str) -> Sitting:
        """Who could and who would take part in one item now."""
        root, now = self.roots.get_current(), self.clock()
        with self.database.reading() as session:
            row = _get(session, meeting)
            return _sitting(session, row, get_application(session, application), root=root, now=now)

    def _move(self, meeting: str, to: MeetingState, *, by: Caller, notes: str | None = None) -> Meeting:
        now = self.clock()
        with self.database.writing() as session:
            row = _get(session, meeting)
            move = check_move(MEETING_MOVES, MeetingState(row.state), to, by=Party.COMMITTEE)
            if to is MeetingState.CLOSED and _undecided(session, meeting):
                raise Refused("meeting.items_open")
            if to is MeetingState.CANCELLED:
                for item in _undecided(session, meeting):
                    waiting = get_application(session, item.application)
                    session.delete(item)
                    move_application(
                        session,
                        waiting,
                        ApplicationState.SUBMITTED,
                        by=Party.COMMITTEE,
                        actor=by.account,
                        at=now,
                    )
            row.state, row.state_since = to.value, now
            row.notes = row.notes if notes is None else notes
            _record(session, move.event, row, by=by, at=now)
            return _shown(session, row)


def _sitting(
    session: Session, row: MeetingRow, application: ApplicationRow, *, root: TrustRoot, now: datetime
) -> Sitting:
    members = _members(root)
    return Sitting(
        members=members,
        standing_back=kept_away(session, application.project),
        present=_present(session, row.id),
        delegates=delegates_now(session, members=members.keys(), now=now),
    )


def _members(root: TrustRoot) -> dict[str, bool]:
    return {one.id: one.external for one in root.members if one.role == "committee"}


def _get(session: Session, meeting: str, *, states: Collection[MeetingState] | None = None) -> MeetingRow:
    row = session.get(MeetingRow, meeting)
    if row is None:
        raise Refused("meeting.not_found")
    if states is not None and MeetingState(row.state) not in states:
        raise Refused("meeting.not_open", state=row.state)
    return row


def _open_item(session: Session, meeting: str, application: str) -> AgendaItemRow:
    item = session.get(AgendaItemRow, (meeting, application))
    if item is None:
        raise Refused("application.not_found")
    if item.verdict is not None:
        raise Refused("meeting.already_decided")
    return item


def _undecided(session: Session, meeting: str) -> list[AgendaItemRow]:
    wanted = select(AgendaItemRow).where(AgendaItemRow.meeting == meeting, AgendaItemRow.verdict.is_(None))
    return list(session.scalars(wanted.order_by(AgendaItemRow.position)))


def _present(session: Session, meeting: str) -> frozenset[str]:
    return frozenset(session.scalars(select(AttendanceRow.member).where(AttendanceRow.meeting == meeting)))


def _record(
    session: Session,
    event: AuditEvent,
    row: MeetingRow,
    *,
    by: Caller,
    at: datetime,
    facts: dict[str, Fact] | None = None,
) -> None:
    record_event(session, Audit(event=event, actor=by.account, subject=row.id, facts=facts or {}), at=at)


def _shown(session: Session, row: MeetingRow) -> Meeting:
    return _all_shown(session, [row])[0]


def _all_shown(session: Session, rows: Sequence[MeetingRow]) -> list[Meeting]:
    """With two questions for all of them, however many there are."""
    names = [row.id for row in rows]
    wanted = (
        select(AgendaItemRow, ApplicationRow, ProjectRow.title)
        .join(ApplicationRow, ApplicationRow.id == AgendaItemRow.application)
        .join(ProjectRow, ProjectRow.id == ApplicationRow.project)
        .where(AgendaItemRow.meeting.in_(names))
        .order_by(AgendaItemRow.position)
    )
    items: dict[str, list[AgendaItem]] = {name: [] for name in names}
    for item, application, title in session.execute(wanted):
        items[item.meeting].append(_item(item, application, title))
    present: dict[str, list[str]] = {name: [] for name in names}
    for row in session.scalars(select(AttendanceRow).where(AttendanceRow.meeting.in_(names))):
        present[row.meeting].append(row.member)
    return [_told(row, items[row.id], present[row.id]) for row in rows]


def _told(row: MeetingRow, items: Iterable[AgendaItem], present: Iterable[str]) -> Meeting:
    return Meeting(
        id=row.id,
        title=row.title,
        track=Track(row.track),
        held=row.held,
        place=row.place,
        state=MeetingState(row.state),
        state_since=row.state_since,
        notes=row.notes,
        created_by=row.created_by,
        items=tuple(items),
        present=tuple(sorted(present)),
    )


def _item(item: AgendaItemRow, application: ApplicationRow, title: str) -> AgendaItem:
    return AgendaItem(
        application=item.application,
        project=application.project,
        title=title,
        kind=application.kind,
        position=item.position,
        state=ApplicationState(application.state),
        verdict=None if item.verdict is None else ApplicationState(item.verdict),
        words=item.words,
        present=tuple(json.loads(item.present)),
        stood_back=tuple(json.loads(item.stood_back)),
        recorded_by=item.recorded_by,
        decided=item.decided,
    )

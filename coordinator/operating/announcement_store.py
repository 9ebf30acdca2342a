"""Keeps the operator's announcements and says which of them stand above the pages now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import Audit, AuditEvent
from coordinator.database.operating import AnnouncementRow
from coordinator.database.sessions import Database
from coordinator.sources import Clock, NewId
from onggi.errors import Refused

MOST_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What an announcement says, to whom and when: both languages, always."""

    korean: str
    english: str
    is_public: bool
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """An announcement as it is shown."""

    id: str
    notice: Notice
    created_by: str
    created: datetime
    withdrawn: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementStore:
    """All announcements."""

    database: Database
    clock: Clock
    new_id: NewId

    def check(self, notice: Notice) -> None:
        """Raises Refused where it would never be shown."""
        if notice.ends <= notice.starts:
            raise Refused("announcement.ends_before")
        if notice.ends <= self.clock():
            raise Refused("announcement.over")

    def add(self, notice: Notice, *, by: str) -> Announcement:
        """The very same again, while it stands, is the one that is there."""
        self.check(notice)
        now = self.clock()
        with self.database.writing() as session:
            standing = select(AnnouncementRow).where(
                AnnouncementRow.ends == notice.ends,
                AnnouncementRow.created_by == by,
                AnnouncementRow.withdrawn.is_(None),
            )
            for known in session.scalars(standing).all():
                if _shown(known).notice == notice:
                    return _shown(known)
            row = AnnouncementRow(
                id=self.new_id("announcement"),
                korean=notice.korean,
                english=notice.english,
                is_public=notice.is_public,
                starts=notice.starts,
                ends=notice.ends,
                created_by=by,
                created=now,
                withdrawn=None,
            )
            session.add(row)
            session.flush()
            facts = {"public": notice.is_public}
            audit = Audit(event=AuditEvent.ANNOUNCEMENT_ADDED, actor=by, subject=row.id, facts=facts)
            record_event(session, audit, at=now)
            return _shown(row)

    def withdraw(self, announcement: str, *, by: str) -> None:
        """It disappears from the pages at once. Doing so again changes nothing."""
        now = self.clock()
        with self.database.writing() as session:
            row = session.get(AnnouncementRow, announcement)
            if row is None:
                raise Refused("announcement.not_found")
            if row.withdrawn is not None:
                return
            row.withdrawn = now
            audit = Audit(event=AuditEvent.ANNOUNCEMENT_WITHDRAWN, actor=by, subject=row.id)
            record_event(session, audit, at=now)

    def get(self, announcement: str) -> Announcement:
        """Raises Refused `announcement.not_found`."""
        with self.database.reading() as session:
            row = session.get(AnnouncementRow, announcement)
            if row is None:
                raise Refused("announcement.not_found")
            return _shown(row)

    def announcements(self, *, after: str, limit: int) -> list[Announcement]:
        """Newest first, before the announcement `after`."""
        wanted = select(AnnouncementRow).order_by(AnnouncementRow.id.desc()).limit(limit)
        if after:
            wanted = wanted.where(AnnouncementRow.id < after)
        with self.database.reading() as session:
            return [_shown(row) for row in session.scalars(wanted).all()]

    def current(self, *, public_only: bool) -> list[Announcement]:
        """What stands above a page now, the oldest first."""
        now = self.clock()
        wanted = select(AnnouncementRow).where(
            AnnouncementRow.starts <= now, AnnouncementRow.ends > now, AnnouncementRow.withdrawn.is_(None)
        )
        if public_only:
            wanted = wanted.where(AnnouncementRow.is_public)
        with self.database.reading() as session:
            rows = session.scalars(wanted.order_by(AnnouncementRow.starts, AnnouncementRow.id)).all()
            return [_shown(row) for row in rows[-MOST_SHOWN:]]


def _shown(row: AnnouncementRow) -> Announcement:
    return Announcement(
        id=row.id,
        notice=Notice(
            korean=row.korean,
            english=row.english,
            is_public=row.is_public,
            starts=row.starts,
            ends=row.ends,
        ),
        created_by=row.created_by,
        created=row.created,
        withdrawn=row.withdrawn,
    )

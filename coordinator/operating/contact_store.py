"""Remembers whom to call at an organisation, and what about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import Audit, AuditEvent
from coordinator.database.operating import ContactRow
from coordinator.database.people import OrganisationRow
from coordinator.database.sessions import Database
from coordinator.sources import Clock, NewId
from onggi.errors import Refused


class Purpose(StrEnum):
    """What a contact is called about."""

    INCIDENT = "incident"
    DATA_PROTECTION = "data_protection"
    TECHNICAL = "technical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person or function of an organisation, as it is shown."""

    id: str
    organisation: str
    name: str
    purpose: Purpose
    email: str | None
    phone: str | None
    added: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactStore:
    """All contacts that are on the list now."""

    database: Database
    clock: Clock
    new_id: NewId

    def add(
        self, organisation: str, *, name: str, purpose: Purpose, email: str | None, phone: str | None, by: str
    ) -> Contact:
        """The very same contact again is the one that is there."""
        if email is None and phone is None:
            raise Refused("contact.no_way")
        now = self.clock()
        with self.database.writing() as session:
            if session.get(OrganisationRow, organisation) is None:
                raise Refused("organisation.not_found")
            known = session.scalar(
                select(ContactRow).where(
                    ContactRow.organisation == organisation,
                    ContactRow.name == name,
                    ContactRow.purpose == purpose.value,
                    ContactRow.email.is_not_distinct_from(email),
                    ContactRow.phone.is_not_distinct_from(phone),
                    ContactRow.removed.is_(None),
                )
            )
            if known is not None:
                return _shown(known)
            row = ContactRow(
                id=self.new_id("contact"),
                organisation=organisation,
                name=name,
                purpose=purpose.value,
                email=email,
                phone=phone,
                added=now,
                removed=None,
            )
            session.add(row)
            session.flush()
            # Who is called stands in the list; the trail keeps no address or number.
            facts = {"contact": row.id, "purpose": row.purpose}
            audit = Audit(event=AuditEvent.CONTACT_ADDED, actor=by, subject=organisation, facts=facts)
            record_event(session, audit, at=now)
            return _shown(row)

    def remove(self, organisation: str, contact: str, *, by: str) -> None:
        """Takes it off the list. Doing so again changes nothing."""
        now = self.clock()
        with self.database.writing() as session:
            row = session.get(ContactRow, contact)
            if row is None or row.organisation != organisation:
                raise Refused("contact.not_found")
            if row.removed is not None:
                return
            row.removed = now
            facts = {"contact": row.id}
            audit = Audit(event=AuditEvent.CONTACT_REMOVED, actor=by, subject=organisation, facts=facts)
            record_event(session, audit, at=now)

    def get(self, organisation: str, contact: str) -> Contact:
        """Raises Refused `contact.not_found`, also for one that was taken off."""
        with self.database.reading() as session:
            row = session.get(ContactRow, contact)
            if row is None or row.organisation != organisation or row.removed is not None:
                raise Refused("contact.not_found")
            return _shown(row)

    def contacts(self, organisation: str) -> list[Contact]:
        wanted = select(ContactRow).where(
            ContactRow.organisation == organisation, ContactRow.removed.is_(None)
        )
        with self.database.reading() as session:
            rows = session.scalars(wanted.order_by(ContactRow.purpose, ContactRow.id)).all()
            return [_shown(row) for row in rows]


def _shown(row: ContactRow) -> Contact:
    return Contact(
        id=row.id,
        organisation=row.organisation,
        name=row.name,
        purpose=Purpose(row.purpose),
        email=row.email,
        phone=row.phone,
        added=row.added,
    )

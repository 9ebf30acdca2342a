"""Adds, closes and finds organisations and accounts."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import Audit, AuditEvent
from coordinator.database.people import AccountRoleRow, AccountRow, OrganisationRow, TokenRow
from coordinator.database.sessions import Database
from coordinator.roles import Role, check_roles
from coordinator.sources import Clock
from onggi.errors import Refused
from pages.passwords import Passwords


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """An organisation as it is shown."""

    id: str
    name: str
    kind: str
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account as it is shown: no password, no token."""

    id: str
    organisation: str
    roles: frozenset[Role]
    country_of_access: str
    pledged: date | None
    member: str | None
    site: str | None
    closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStore:
    """Organisations and accounts. Every change is audited in its own transaction."""

    database: Database
    passwords: Passwords
    clock: Clock

    def add_organisation(self, organisation: Organisation, *, by: str) -> None:
        with self.database.writing() as session:
            if session.get(OrganisationRow, organisation.id) is not None:
                raise Refused("organisation.exists", organisation=organisation.id)
            now = self.clock()
            session.add(
                OrganisationRow(
                    id=organisation.id,
                    name=organisation.name,
                    kind=organisation.kind,
                    country=organisation.country,
                    created=now,
                )
            )
            audit = Audit(event=AuditEvent.ORGANISATION_ADDED, actor=by, subject=organisation.id)
            record_event(session, audit, at=now)

    def organisations(self, *, after: str, limit: int) -> list[Organisation]:
        wanted = select(OrganisationRow).where(OrganisationRow.id > after)
        with self.database.reading() as session:
            rows = session.scalars(wanted.order_by(OrganisationRow.id).limit(limit)).all()
            return [Organisation(id=r.id, name=r.name, kind=r.kind, country=r.country) for r in rows]

    def organisation(self, name: str) -> Organisation:
        """Raises Refused `organisation.not_found`."""
        with self.database.reading() as session:
            row = session.get(OrganisationRow, name)
            if row is None:
                raise Refused("organisation.not_found")
            return Organisation(id=row.id, name=row.name, kind=row.kind, country=row.country)

    def add(
        self,
        name: str,
        *,
        organisation: str,
        roles: Set[Role],
        password: str | None,
        country_of_access: str,
        pledged: date | None,
        member: str | None,
        site: str | None,
        by: str,
    ) -> Account:
        """A new account. A name once used stays used, also after closing: trails must stay readable."""
        check_roles(roles, member=member, site=site)
        hashed = None if password is None else self.passwords.hash(password)
        now = self.clock()
        with self.database.writing() as session:
            _check_free(session, name=name, organisation=organisation, member=member)
            session.add(
                AccountRow(
                    id=name,
                    organisation=organisation,
                    password_hash=hashed,
                    country_of_access=country_of_access,
                    pledged=pledged,
                    member=member,
                    site=site,
                    created=now,
                    closed=None,
                )
            )
            session.flush()
            session.add_all(AccountRoleRow(account=name, role=role.value) for role in sorted(roles))
            facts = {"roles": " ".join(sorted(roles)), "organisation": organisation}
            audit = Audit(event=AuditEvent.ACCOUNT_ADDED, actor=by, subject=name, facts=facts)
            record_event(session, audit, at=now)
            return get_account(session, name)

    def get(self, name: str) -> Account:
        """Raises Refused `account.not_found`."""
        with self.database.reading() as session:
            return get_account(session, name)

    def accounts(self, *, after: str, limit: int) -> list[Account]:
        wanted = select(AccountRow).where(AccountRow.id > after).order_by(AccountRow.id).limit(limit)
        with self.database.reading() as session:
            return [_shown(session, row) for row in session.scalars(wanted).all()]

    def countries_of(self, names: Sequence[str]) -> list[str]:
        """The countries from which these accounts work, each once."""
        wanted = select(AccountRow.country_of_access).where(AccountRow.id.in_(names)).distinct()
        with self.database.reading() as session:
            return sorted(session.scalars(wanted))

    def close(self, name: str, *, by: str) -> None:
        """Closes the account and every token of it. Closing it again changes nothing."""
        now = self.clock()
        with self.database.writing() as session:
            row = session.get(AccountRow, name)
            if row is None:
                raise Refused("account.not_found")
            if row.closed is not None:
                return
            row.closed = now
            revoke_tokens(session, name, now=now)
            record_event(session, Audit(event=AuditEvent.ACCOUNT_CLOSED, actor=by, subject=name), at=now)

    def set_password(self, name: str, new: str, *, by: str, keep: str | None = None) -> None:
        """Replaces the password and ends every session of the account but the one to keep."""
        hashed, now = self.passwords.hash(new), self.clock()
        with self.database.writing() as session:
            row = session.get(AccountRow, name)
            if row is None or row.closed is not None:
                raise Refused("account.not_found")
            row.password_hash = hashed
            revoke_tokens(session, name, now=now, keep=keep)
            record_event(session, Audit(event=AuditEvent.PASSWORD_CHANGED, actor=by, subject=name), at=now)


def get_account(session: Session, name: str) -> Account:
    row = session.get(AccountRow, name)
    if row is None:
        raise Refused("account.not_found")
    return _shown(session, row)


def find_roles(session: Session, name: str) -> frozenset[Role]:
    stored = session.scalars(select(AccountRoleRow.role).where(AccountRoleRow.account == name)).all()
    return frozenset(Role(role) for role in stored)


def _shown(session: Session, row: AccountRow) -> Account:
    return Account(
        id=row.id,
        organisation=row.organisation,
        roles=find_roles(session, row.id),
        country_of_access=row.country_of_access,
        pledged=row.pledged,
        member=row.member,
        site=row.site,
        closed=row.closed is not None,
    )


def _check_free(session: Session, *, name: str, organisation: str, member: str | None) -> None:
    if session.get(OrganisationRow, organisation) is None:
        raise Refused("organisation.not_found")
    if session.get(AccountRow, name) is not None:
        raise Refused("account.exists", account=name)
    if member is not None:
        taken = session.scalar(select(AccountRow.id).where(AccountRow.member == member))
        if taken is not None:
            raise Refused("account.member_taken", member=member)


def revoke_tokens(session: Session, name: str, *, now: datetime, keep: str | None = None) -> None:
    """Part of the change that says why: every session and token of the account ends."""
    wanted = select(TokenRow).where(TokenRow.account == name, TokenRow.revoked.is_(None))
    for token in session.scalars(wanted):
        if token.id != keep:
            token.revoked = now

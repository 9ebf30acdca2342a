"""Takes requests for accounts from the asking to the opening: vouched for by the person's own organisation.

Each step follows the table of `coordinator.states`; who may take it is decided in `decisions.vouching`.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.accounts.setup_store import IssuedSetup, SetupStore
from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import Audit, AuditEvent
from coordinator.database.operating import AccountRequestRow
from coordinator.database.people import AccountRoleRow, AccountRow, OrganisationRow
from coordinator.database.sessions import Database
from coordinator.decisions.vouching import (
    MAY_VOUCH,
    Asked,
    check_can_open,
    check_can_request,
    check_can_vouch,
    check_can_withdraw,
)
from coordinator.roles import Caller, Role, check_roles
from coordinator.sources import Clock, NewId
from coordinator.states import ACCOUNT_REQUEST_MOVES, AccountRequestState, Party, check_move
from onggi.errors import Refused

_OPEN = (AccountRequestState.REQUESTED.value, AccountRequestState.VOUCHED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedAccount:
    """What an account shall be."""

    account: str
    organisation: str
    roles: frozenset[Role]
    country_of_access: str
    member: str | None = None
    site: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRequestView:
    """A request as it is shown."""

    id: str
    wanted: WantedAccount
    state: AccountRequestState
    state_since: datetime
    requested_by: str
    requested: datetime
    vouched_by: str | None
    vouch_reason: str | None
    decided_by: str | None
    refusal_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRequests:
    """All requests. The same request again by the same person finds the open one."""

    database: Database
    clock: Clock
    new_id: NewId
    setups: SetupStore

    def ask(self, wanted: WantedAccount, *, by: Caller) -> AccountRequestView:
        check_roles(wanted.roles, member=wanted.member, site=wanted.site)
        check_can_request(wanted.organisation, by=by)
        now = self.clock()
        with self.database.writing() as session:
            if session.get(OrganisationRow, wanted.organisation) is None:
                raise Refused("organisation.not_found")
            known = session.scalar(
                select(AccountRequestRow).where(
                    AccountRequestRow.account == wanted.account, AccountRequestRow.state.in_(_OPEN)
                )
            )
            if known is not None:
                if known.requested_by == by.account and _wanted(known) == wanted:
                    return _shown(known)
                raise Refused("account_request.exists", account=wanted.account)
            _check_free(session, wanted)
            row = AccountRequestRow(
                id=self.new_id("request"),
                account=wanted.account,
                organisation=wanted.organisation,
                roles=" ".join(sorted(wanted.roles)),
                country_of_access=wanted.country_of_access,
                member=wanted.member,
                site=wanted.site,
                state=AccountRequestState.REQUESTED.value,
                state_since=now,
                requested_by=by.account,
                requested=now,
            )
            session.add(row)
            session.flush()
            facts = {"account": row.account, "organisation": row.organisation, "roles": row.roles}
            audit = Audit(event=AuditEvent.ACCOUNT_REQUESTED, actor=by.account, subject=row.id, facts=facts)
            record_event(session, audit, at=now)
            return _shown(row)

    def vouch(self, request: str, *, reason: str | None, by: Caller) -> AccountRequestView:
        """Vouching again changes nothing. `reason`: where an operator vouches for want of anybody else."""
        with self.database.writing() as session:
            row = _get(session, request)
            if row.state == AccountRequestState.VOUCHED and row.vouched_by == by.account:
                return _shown(row)
            others = _vouchers(session, row.organisation) - {row.requested_by}
            party = check_can_vouch(_asked(row), by=by, others=others, reason=reason)
            row.vouched_by = by.account
            row.vouch_reason = reason if party is Party.OPERATOR else None
            self._move(session, row, AccountRequestState.VOUCHED, party=party, by=by)
            return _shown(row)

    def open(self, request: str, *, by: Caller) -> IssuedSetup:
        """Makes the account; its person's one-time secret is shown this once."""
        with self.database.writing() as session:
            row = _get(session, request)
            if row.state == AccountRequestState.OPENED:
                raise Refused("account_request.opened_before")
            wanted = _wanted(row)
            _check_free(session, wanted)
            party = check_can_open(_asked(row), by=by)
            row.decided_by = by.account
            self._move(session, row, AccountRequestState.OPENED, party=party, by=by)
            self._make_account(session, wanted, by=by)
            return self.setups.issue_within(session, wanted.account, by=by.account)

    def refuse(self, request: str, *, reason: str, by: Caller) -> AccountRequestView:
        with self.database.writing() as session:
            row = _get(session, request)
            row.decided_by, row.refusal_reason = by.account, reason
            self._move(session, row, AccountRequestState.REFUSED, party=Party.OPERATOR, by=by)
            return _shown(row)

    def withdraw(self, request: str, *, by: Caller) -> AccountRequestView:
        """Withdrawing again changes nothing."""
        with self.database.writing() as session:
            row = _get(session, request)
            party = check_can_withdraw(_asked(row), by=by)
            if row.state != AccountRequestState.WITHDRAWN:
                self._move(session, row, AccountRequestState.WITHDRAWN, party=party, by=by)
            return _shown(row)

    def get(self, request: str) -> AccountRequestView:
        """Raises Refused `account_request.not_found`."""
        with self.database.reading() as session:
            return _shown(_get(session, request))

    def requests(
        self, *, organisation: str | None, after: str, limit: int, open_only: bool = False
    ) -> list[AccountRequestView]:
        """Newest first, before the request `after`; of one organisation, or of all where it is None."""
        wanted = select(AccountRequestRow).order_by(AccountRequestRow.id.desc()).limit(limit)
        if after:
            wanted = wanted.where(AccountRequestRow.id < after)
        if organisation is not None:
            wanted = wanted.where(AccountRequestRow.organisation == organisation)
        if open_only:
            wanted = wanted.where(AccountRequestRow.state.in_(_OPEN))
        with self.database.reading() as session:
            return [_shown(row) for row in session.scalars(wanted).all()]

    def check_may_vouch(self, request: str, *, by: Caller) -> None:
        """For the page: raises as `vouch` would, the operator's reason aside."""
        with self.database.reading() as session:
            row = _get(session, request)
            check_move(
                ACCOUNT_REQUEST_MOVES,
                AccountRequestState(row.state),
                AccountRequestState.VOUCHED,
                by=Party.ORGANISATION,
            )
            others = _vouchers(session, row.organisation) - {row.requested_by}
            check_can_vouch(_asked(row), by=by, others=others, reason="asked for on the page")

    def _move(
        self, session: Session, row: AccountRequestRow, to: AccountRequestState, *, party: Party, by: Caller
    ) -> None:
        now = self.clock()
        move = check_move(ACCOUNT_REQUEST_MOVES, AccountRequestState(row.state), to, by=party)
        row.state, row.state_since = to.value, now
        session.flush()
        facts = {"account": row.account, "as": party.value}
        record_event(session, Audit(event=move.event, actor=by.account, subject=row.id, facts=facts), at=now)

    def _make_account(self, session: Session, wanted: WantedAccount, *, by: Caller) -> None:
        now = self.clock()
        session.add(
            AccountRow(
                id=wanted.account,
                organisation=wanted.organisation,
                password_hash=None,
                country_of_access=wanted.country_of_access,
                pledged=None,
                member=wanted.member,
                site=wanted.site,
                created=now,
                closed=None,
            )
        )
        session.flush()
        session.add_all(
            AccountRoleRow(account=wanted.account, role=role.value) for role in sorted(wanted.roles)
        )
        facts = {"roles": " ".join(sorted(wanted.roles)), "organisation": wanted.organisation}
        audit = Audit(event=AuditEvent.ACCOUNT_ADDED, actor=by.account, subject=wanted.account, facts=facts)
        record_event(session, audit, at=now)


def _get(session: Session, request: str) -> AccountRequestRow:
    row = session.get(AccountRequestRow, request)
    if row is None:
        raise Refused("account_request.not_found")
    return row


def _check_free(session: Session, wanted: WantedAccount) -> None:
    if session.get(AccountRow, wanted.account) is not None:
        raise Refused("account.exists", account=wanted.account)
    if wanted.member is not None:
        taken = session.scalar(select(AccountRow.id).where(AccountRow.member == wanted.member))
        if taken is not None:
            raise Refused("account.member_taken", member=wanted.member)


def _vouchers(session: Session, organisation: str) -> Set[str]:
    """The open accounts of an organisation that may vouch for somebody."""
    wanted = (
        select(AccountRow.id)
        .join(AccountRoleRow, AccountRoleRow.account == AccountRow.id)
        .where(
            AccountRow.organisation == organisation,
            AccountRow.closed.is_(None),
            AccountRoleRow.role.in_([role.value for role in MAY_VOUCH]),
        )
    )
    return set(session.scalars(wanted).all())


def _asked(row: AccountRequestRow) -> Asked:
    return Asked(organisation=row.organisation, requested_by=row.requested_by, vouched_by=row.vouched_by)


def _wanted(row: AccountRequestRow) -> WantedAccount:
    return WantedAccount(
        account=row.account,
        organisation=row.organisation,
        roles=frozenset(Role(role) for role in row.roles.split()),
        country_of_access=row.country_of_access,
        member=row.member,
        site=row.site,
    )


def _shown(row: AccountRequestRow) -> AccountRequestView:
    return AccountRequestView(
        id=row.id,
        wanted=_wanted(row),
        state=AccountRequestState(row.state),
        state_since=row.state_since,
        requested_by=row.requested_by,
        requested=row.requested,
        vouched_by=row.vouched_by,
        vouch_reason=row.vouch_reason,
        decided_by=row.decided_by,
        refusal_reason=row.refusal_reason,
    )

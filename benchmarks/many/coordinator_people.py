"""An operator's books of years: organisations, accounts with their papers, requests, nodes, announcements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import cycle

from sqlalchemy.orm import Session

from benchmarks.many.copies import Trail, add_rows, made_up_digest, one_row
from coordinator.audit.vocabulary import AuditEvent as E
from coordinator.database.ledger import CertificateRow, EnrolmentTokenRow
from coordinator.database.operating import (
    AccountRequestRow,
    AnnouncementRow,
    ContactRow,
    NodeSightingRow,
    TrainingRow,
)
from coordinator.database.people import AccountRoleRow, AccountRow, OrganisationRow, TokenRow
from coordinator.database.ways_in import PasskeyRow, RecoveryRow
from coordinator.states import AccountRequestState, RecoveryState
from tests.support.federation_root import NOW

_DAY = timedelta(days=1)


def add_organisations(session: Session, *, count: int) -> list[str]:
    """Each with contacts; the first is the one that is looked at."""
    first = one_row(session, OrganisationRow, id="university-1")
    names = [f"organisation-{number:04d}" for number in range(count)]
    add_rows(session, OrganisationRow, (first | {"id": name, "name": f"Body {name}"} for name in names))
    add_rows(
        session,
        ContactRow,
        (
            {
                "id": f"contact-{number}-of-{name}",
                "organisation": name,
                "name": "On duty",
                "purpose": "incident",
                "email": "security@university.example",
                "phone": "+82 2-000-0000",
                "added": NOW,
            }
            for name in ["university-1", *names]
            for number in range(4)
        ),
    )
    return names


def add_accounts(session: Session, organisations: Sequence[str], trail: Trail, *, count: int) -> list[str]:
    """Researchers, with three trainings each; some ran out."""
    names = [f"researcher-x{number:06d}" for number in range(count)]
    add_rows(
        session,
        AccountRow,
        (
            {
                "id": name,
                "organisation": organisation,
                "country_of_access": "KR",
                "pledged": (NOW - 30 * _DAY).date() if at % 5 else None,
                "created": NOW,
            }
            for at, (name, organisation) in enumerate(zip(names, cycle(organisations), strict=False))
        ),
    )
    add_rows(session, AccountRoleRow, ({"account": name, "role": "researcher"} for name in names))
    add_rows(
        session,
        TrainingRow,
        (
            {
                "id": f"training-{training}-of-{name}",
                "account": name,
                "name": f"Research ethics {training}",
                "completed": (NOW - 300 * _DAY).date(),
                "expires": (NOW + (at % 90 - 20) * _DAY).date(),
                "recorded_by": "operator-1",
                "recorded": NOW,
            }
            for at, name in enumerate(["researcher-1", *names])
            for training in range(3)
        ),
    )
    for name in names:
        trail.note(name, NOW, E.ACCOUNT_ADDED, E.PLEDGE_RECORDED, E.TRAINING_RECORDED, by="operator-1")
        trail.note(name, NOW, *[E.LOGIN_DONE] * 20, by=name)
    return names


def add_requests(session: Session, organisations: Sequence[str], trail: Trail, *, count: int) -> list[str]:
    """Open ones first. Returns their names."""
    names = [f"account-request-x{number:06d}" for number in range(count)]
    add_rows(
        session,
        AccountRequestRow,
        (
            {
                "id": name,
                "account": f"newcomer-{name}",
                "organisation": organisation,
                "roles": "researcher",
                "country_of_access": "KR",
                "state": state.value,
                "state_since": NOW,
                "requested_by": "researcher-2",
                "requested": NOW,
            }
            for name, organisation, state in zip(
                names, cycle(organisations), cycle(AccountRequestState), strict=False
            )
        ),
    )
    for name in names:
        trail.note(name, NOW, E.ACCOUNT_REQUESTED, E.ACCOUNT_VOUCHED, by="researcher-2")
    return names


def add_announcements(session: Session, *, count: int) -> list[str]:
    """One in ten stands above the pages now."""
    names = [f"announcement-{number:06d}" for number in range(count)]
    add_rows(
        session,
        AnnouncementRow,
        (
            {
                "id": name,
                "korean": "이번 주 토요일 09:00부터 12:00까지 점검이 있습니다.",
                "english": "Maintenance this Saturday from 09:00 to 12:00.",
                "is_public": bool(at % 2),
                "starts": NOW - (at + 1) * _DAY,
                "ends": NOW + (1 if at % 10 == 0 else -at) * _DAY,
                "created_by": "operator-1",
                "created": NOW - (at + 1) * _DAY,
            }
            for at, name in enumerate(names)
        ),
    )
    return names


def add_nodes(session: Session, sites: Sequence[str], *, papers: int) -> None:
    """What each node last told, and so many enrolment tokens and certificates of each."""
    add_rows(
        session,
        NodeSightingRow,
        (
            {
                "site": site,
                "greeted": NOW,
                "last_seen": NOW - timedelta(minutes=7 * at),
                "software": "0.0.9",
                "protocol_min": 1,
                "protocol_max": 1,
                "clock_difference": at % 4,
            }
            for at, site in enumerate(sites)
        ),
    )
    numbered = [(site, number) for site in sites for number in range(papers)]
    add_rows(
        session,
        EnrolmentTokenRow,
        (
            {
                "digest": made_up_digest("enrolment", site, number),
                "site": site,
                "created_by": "operator-1",
                "created": NOW,
                "expires": NOW + _DAY,
            }
            for site, number in numbered
        ),
    )
    add_rows(
        session,
        CertificateRow,
        (
            {
                "serial": made_up_digest("certificate", site, number),
                "site": site,
                "issued": NOW - number * _DAY,
                "expires": NOW + (7 - number) * _DAY,
            }
            for site, number in numbered
        ),
    )


def add_ways_in(session: Session, accounts: Sequence[str], *, recoveries: int) -> None:
    """A token and a passkey of every account, and recoveries of some."""
    passkey = one_row(session, PasskeyRow)
    add_rows(
        session,
        PasskeyRow,
        (
            passkey
            | {"id": f"passkey-of-{name}", "account": name, "credential": made_up_digest("passkey", name)}
            for name in accounts
        ),
    )
    token = one_row(session, TokenRow)
    add_rows(
        session,
        TokenRow,
        (
            token
            | {"id": f"token-{number}-of-{name}", "account": name}
            | {"digest": made_up_digest("token", name, number)}
            for name in accounts
            for number in range(20)
        ),
    )
    add_rows(
        session,
        RecoveryRow,
        (
            {
                "id": f"recovery-x{at:06d}",
                "account": name,
                "state": RecoveryState.CANCELLED.value,
                "state_since": NOW,
                "reason": "Lost the telephone",
                "opened": NOW,
                "opened_by": "operator-1",
                "expires": NOW + _DAY,
            }
            for at, name in enumerate(accounts[:recoveries])
        ),
    )

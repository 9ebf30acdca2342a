"""Hospitals and their enrolment, the code that would run, and the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Query
from sqlalchemy import select

from coordinator.api.access import Asking, Wired
from coordinator.api.parts import LARGEST_INDEX, Done, Limit, Page, SiteName, new_router, page_of
from coordinator.audit.trail import facts_of, find_head
from coordinator.database.ledger import AuditRow
from coordinator.roles import Caller, Role
from onggi.errors import Fact, Refused
from onggi.protocol.trust_root import TrustRoot
from onggi.spec.base import Frozen
from onggi.spec.disclosure_rules import DisclosureRules
from onggi.spec.ids import SiteId
from onggi.spec.job import CodeDigests

router = new_router("operations")


class HospitalShown(Frozen):
    """`connected` is null for those whom it does not concern: an absent hospital is not named."""

    site: str
    name: str
    legal_entity: str
    connected: bool | None


class Hospitals(Frozen):
    hospitals: tuple[HospitalShown, ...]


class EnrolmentToken(Frozen):
    """For the hospital's person, to be handed over another way than this one. Shown once."""

    site: str
    token: str
    authority_fingerprint: str


class AuditShown(Frozen):
    seq: int
    at: datetime
    event: str
    actor: str
    subject: str
    facts: dict[str, Fact]
    prev_hash: str
    hash: str


class AuditHead(Frozen):
    seq: int
    hash: str


@router.get("/hospitals", name="hospitals_list")
def hospitals_list(services: Wired, caller: Asking) -> Hospitals:
    root, connected = services.roots.get_current(), services.connected()
    return Hospitals(
        hospitals=tuple(
            HospitalShown(
                site=hospital.site,
                name=hospital.name,
                legal_entity=hospital.legal_entity,
                connected=hospital.site in connected if _concerns(hospital.site, caller) else None,
            )
            for hospital in root.hospitals
        )
    )


def _concerns(site: str, caller: Caller) -> bool:
    return bool(caller.roles & {Role.OPERATOR, Role.AUDITOR}) or site == caller.site


def check_in_root(site: str, root: TrustRoot) -> SiteId:
    if site not in {hospital.site for hospital in root.hospitals}:
        raise Refused("site.not_found")
    return SiteId(site)


@router.post("/hospitals/{site}/enrolment-tokens", name="enrolment_token_create", status_code=201)
def enrolment_token_create(site: SiteName, services: Wired, caller: Asking) -> EnrolmentToken:
    """A one-time token with which the node of a hospital of the federation root enrols."""
    authority = services.authority(acting=caller.account)
    token = authority.new_token(check_in_root(site, services.roots.get_current()))
    return EnrolmentToken(site=site, token=str(token), authority_fingerprint=authority.fingerprint)


@router.post("/hospitals/{site}/revoke-certificates", name="certificates_revoke")
def certificates_revoke(site: SiteName, services: Wired, caller: Asking) -> Done:
    """None of the site's connection certificates opens anything any more."""
    site_id = check_in_root(site, services.roots.get_current())
    services.authority(acting=caller.account).revoke_site(site_id)
    return Done()


@router.get("/code", name="code")
def code(services: Wired) -> CodeDigests:
    """The digests that a job's specification has to carry to run today."""
    return services.checks.current_code()


@router.get("/disclosure-rules", name="disclosure_rules")
def disclosure_rules(services: Wired) -> DisclosureRules:
    """The federation's disclosure rules, as the current root has them: no job may be looser."""
    return services.roots.get_current().floors.rules


@router.get("/audit", name="audit_list")
def audit_list(
    services: Wired,
    after: Annotated[int, Query(ge=0, le=LARGEST_INDEX)] = 0,
    limit: Limit = 50,
    subject: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9:._-]{1,120}$")] = None,
) -> Page[AuditShown]:
    """Acts in order."""
    wanted = select(AuditRow).where(AuditRow.seq > after).order_by(AuditRow.seq).limit(limit)
    if subject is not None:
        wanted = wanted.where(AuditRow.subject == subject)
    with services.database.reading() as session:
        found = [_shown(row) for row in session.scalars(wanted).all()]
    return page_of(found, limit=limit, key=lambda event: str(event.seq))


@router.get("/audit/head", name="audit_head")
def audit_head(services: Wired) -> AuditHead:
    """The newest entry: whoever keeps it elsewhere notices a trail that was cut short."""
    with services.database.reading() as session:
        head = find_head(session)
    return AuditHead(seq=head.seq, hash=head.hash)


def _shown(row: AuditRow) -> AuditShown:
    return AuditShown(
        seq=row.seq,
        at=row.at,
        event=row.event,
        actor=row.actor,
        subject=row.subject,
        facts=dict(facts_of(row)),
        prev_hash=row.prev_hash,
        hash=row.hash,
    )

"""The operator's work: contacts, pledges and trainings, announcements, and how the nodes stand."""

from __future__ import annotations

from datetime import date, datetime

from coordinator.api.access import Asking, Wired
from coordinator.api.operation_routes import check_in_root
from coordinator.api.parts import (
    AccountName,
    After,
    AnnouncementName,
    ContactName,
    Done,
    Limit,
    OrganisationName,
    Page,
    SiteName,
    new_router,
    page_of,
)
from coordinator.decisions.readiness import Training
from coordinator.hospitals.certificate_store import IssuedCertificate, IssuedEnrolment
from coordinator.operating.announcement_store import Announcement, Notice
from coordinator.operating.contact_store import Contact, Purpose
from coordinator.operating.texts import Email, Paragraph, Phone
from coordinator.operating.training_store import Readiness
from onggi.spec.base import Frozen, Instant, Line

router = new_router("operating")
_MOST_LISTED = 200


class ContactRequest(Frozen):
    """A person or function; an e-mail address or a telephone number at least."""

    name: Line
    purpose: Purpose
    email: Email | None = None
    phone: Phone | None = None


class Contacts(Frozen):
    contacts: tuple[Contact, ...]


class PledgeRequest(Frozen):
    pledged: date


class TrainingRequest(Frozen):
    """`expires`: the last day on which it counts."""

    name: Line
    completed: date
    expires: date


class Trainings(Frozen):
    trainings: tuple[Training, ...]


class ReadinessList(Frozen):
    """`required`: whether submitting a job asks for these papers."""

    required: bool
    people: tuple[Readiness, ...]


class AnnouncementRequest(Frozen):
    """Shown from `starts` until `ends`, to everybody who signed in; on the sign-in page too if `public`."""

    korean: Paragraph
    english: Paragraph
    public: bool = False
    starts: Instant
    ends: Instant


class NodeShown(Frozen):
    """A hospital's node: how it stands, and what it said of itself when it greeted."""

    site: str
    state: str
    remarks: tuple[str, ...]
    last_seen: datetime | None
    greeted: datetime | None
    software: str | None
    protocol: tuple[int, int] | None
    clock_difference_seconds: int | None


class Nodes(Frozen):
    nodes: tuple[NodeShown, ...]


class Enrolments(Frozen):
    """What was issued for a hospital's node. Secrets are known to nobody any more."""

    tokens: tuple[IssuedEnrolment, ...]
    certificates: tuple[IssuedCertificate, ...]


@router.get("/organisations/{organisation}/contacts", name="contacts_list")
def contacts_list(organisation: OrganisationName, services: Wired) -> Contacts:
    services.accounts.organisation(organisation)
    return Contacts(contacts=tuple(services.contacts.contacts(organisation)))


@router.post("/organisations/{organisation}/contacts", name="contact_add", status_code=201)
def contact_add(
    organisation: OrganisationName, request: ContactRequest, services: Wired, caller: Asking
) -> Contact:
    return services.contacts.add(
        organisation,
        name=request.name,
        purpose=request.purpose,
        email=request.email,
        phone=request.phone,
        by=caller.account,
    )


@router.delete("/organisations/{organisation}/contacts/{contact}", name="contact_remove")
def contact_remove(
    organisation: OrganisationName, contact: ContactName, services: Wired, caller: Asking
) -> Done:
    services.contacts.remove(organisation, contact, by=caller.account)
    return Done()


@router.get("/readiness", name="readiness_list")
def readiness_list(services: Wired) -> ReadinessList:
    """Every open account's pledge and trainings, the worst first."""
    trainings = services.trainings
    return ReadinessList(required=trainings.required, people=tuple(trainings.readiness()))


@router.get("/accounts/{account}/trainings", name="trainings_list")
def trainings_list(account: AccountName, services: Wired) -> Trainings:
    services.accounts.get(account)
    return Trainings(trainings=tuple(services.trainings.trainings(account)))


@router.post("/accounts/{account}/trainings", name="training_record", status_code=201)
def training_record(
    account: AccountName, request: TrainingRequest, services: Wired, caller: Asking
) -> Training:
    return services.trainings.record_training(
        account, name=request.name, completed=request.completed, expires=request.expires, by=caller.account
    )


@router.put("/accounts/{account}/pledge", name="pledge_record")
def pledge_record(account: AccountName, request: PledgeRequest, services: Wired, caller: Asking) -> Done:
    services.trainings.record_pledge(account, request.pledged, by=caller.account)
    return Done()


@router.get("/announcements", name="announcements_list")
def announcements_list(services: Wired, after: After = "", limit: Limit = 50) -> Page[Announcement]:
    """Newest first."""
    found = services.announcements.announcements(after=after, limit=limit)
    return page_of(found, limit=limit, key=lambda announcement: announcement.id)


@router.post("/announcements", name="announcement_add", status_code=201)
def announcement_add(request: AnnouncementRequest, services: Wired, caller: Asking) -> Announcement:
    notice = Notice(
        korean=request.korean,
        english=request.english,
        is_public=request.public,
        starts=request.starts,
        ends=request.ends,
    )
    return services.announcements.add(notice, by=caller.account)


@router.post("/announcements/{announcement}/withdraw", name="announcement_withdraw")
def announcement_withdraw(announcement: AnnouncementName, services: Wired, caller: Asking) -> Done:
    services.announcements.withdraw(announcement, by=caller.account)
    return Done()


@router.get("/nodes", name="nodes_list")
def nodes_list(services: Wired) -> Nodes:
    """How every hospital's node stands."""
    return Nodes(
        nodes=tuple(
            NodeShown(
                site=node.site,
                state=node.state.value,
                remarks=tuple(remark.value for remark in node.remarks),
                last_seen=None if node.seen is None else node.seen.last_seen,
                greeted=None if node.seen is None else node.seen.greeted,
                software=None if node.seen is None else node.seen.software,
                protocol=None if node.seen is None else node.seen.protocol,
                clock_difference_seconds=None if node.seen is None else node.seen.clock_difference,
            )
            for node in services.glances.nodes()
        )
    )


@router.get("/hospitals/{site}/enrolments", name="enrolments_list")
def enrolments_list(site: SiteName, services: Wired) -> Enrolments:
    """The newest tokens and certificates first."""
    known = check_in_root(site, services.roots.get_current())
    return Enrolments(
        tokens=tuple(services.certificates.tokens_of(known, limit=_MOST_LISTED)),
        certificates=tuple(services.certificates.certificates_of(known, limit=_MOST_LISTED)),
    )

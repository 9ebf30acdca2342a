"""A coordinator with something of every kind in it, served over TLS, and a browser to look at it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from catalog.bands import count_band
from catalog.dataset_card import DatasetCard
from coordinator.decisions.threads import Audience
from coordinator.exports.sample_store import Opinion
from coordinator.jobs.job_store import Job
from coordinator.link.sightings import Sighting
from coordinator.operating.announcement_store import Notice
from coordinator.operating.contact_store import Purpose
from coordinator.pages.site import coordinator_pages, create_site
from coordinator.running.verdict import verdict_of
from coordinator.states import JobState
from onggi.protocol.parcels import Hello
from onggi.spec.ids import SiteId
from pages.drawing import Pages
from tests.support.browser_committee import WORDS_OF_COMMITTEE, furnish_committee
from tests.support.browser_questions import KINDS, RESULTS, WORDS_OF_QUESTIONS, question
from tests.support.coordinator_house import (
    PASSWORD,
    House,
    foreign_account_request,
    furnished_house,
    permit_fields,
)
from tests.support.coordinator_passkeys import keep_passkey
from tests.support.federation_root import SITES
from tests.support.served_site import browser, served
from tests.support.site_room import SiteRoom
from tests.support.talking_house import Study

TITLE = "Heart disease in four hospitals"
BOUNDS = {
    "kinds": list(KINDS),
    "minimum_persons": 10,
    "minimum_sites": 3,
    "maximum_jobs": 500,
    "results": list(RESULTS.values()),
}
TYPED = {
    *(f"{site} hospital" for site in SITES),
    *SITES,
    *WORDS_OF_QUESTIONS,
    *WORDS_OF_COMMITTEE,
    "Heart federation",
    TITLE,
    "To learn which findings go with coronary disease",
    "Chest pain",
    "University",
    "Another hospital",
    "Drafted by myself",
    "Security team on duty",
    "Lost the telephone; called back at the hospital",
    "Maintenance this Saturday",
    "Research ethics",
    "A laptop",
    "As last month?",
    "I would have said the same.",
    "Please leave out the smallest group.",
    "It tells little.",
    "heart",
    "lung",
    "Heart",
}
"""What people typed here in English."""


@dataclass(kw_only=True)
class BrowserRoom(SiteRoom):
    """The coordinator's house and its site."""

    house: House
    jobs: dict[str, str] = field(default_factory=dict)
    """A held job of each kind."""

    @property
    def pages(self) -> Pages:
        return coordinator_pages()

    @property
    def typed(self) -> Collection[str]:
        return TYPED

    @property
    def in_paths(self) -> Mapping[str, str]:
        return self.jobs | self.names

    def session_of(self, who: str) -> str:
        return self.house.services.login.login(who, PASSWORD, kind="page").secret

    def held(self, kind: str, **changes: Any) -> Job:
        """A job of this kind whose result waits for votes."""
        house, asked = self.house, question(kind)
        job = house.submit(self.names["project"], self.names["permit"], **asked.asked | changes)
        house.move(job.id, JobState.RUNNING)
        house.services.results.record(job.id, asked.answer, verdict_of(asked.answer))
        return house.services.jobs.get(job.id)

    def draft(self, by: str = "committee-2", **changes: Any) -> str:
        """A permit that waits for signatures."""
        fields = permit_fields(self.names["project"], **{"title": TITLE} | changes)
        return self.house.services.statements.draft("project-permit", fields, by=self.house.caller(by)).id


@contextmanager
def empty_room(folder: Path) -> Iterator[BrowserRoom]:
    """People and nothing else."""
    house = furnished_house(folder)
    try:
        # The browser ends first: a server that ends under it leaves half-opened connections behind.
        with served(create_site(house.services), folder) as address, browser() as chromium:
            yield BrowserRoom(house=house, address=address, chromium=chromium)
    finally:
        house.database.close()


@contextmanager
def furnished_room(folder: Path) -> Iterator[BrowserRoom]:
    """A project of researcher-1 with a permit, a held job of each kind, drafts, and a foreign project."""
    with empty_room(folder) as room:
        house = room.house
        house.project(by="researcher-2")
        made = house.services.projects.create(
            title=TITLE,
            purpose="To learn which findings go with coronary disease",
            organisation="university-1",
            by="researcher-1",
        )
        room.names["project"] = made.id
        house.review(made.id)
        room.names["permit"] = house.permit(made.id, title=TITLE, bounds=BOUNDS)
        for site in SITES:
            house.services.cards.add(_card(site).to_json(), by=f"node-{site}")
        room.jobs = {kind: room.held(kind).id for kind in KINDS}
        house.vote(room.jobs["overlap"], "checker-2")
        room.names |= {
            "job": room.jobs["count"],
            "statement": room.draft(),
            "own_statement": room.draft(by="committee-1", title="Drafted by myself"),
            "passkey": keep_passkey(house, "hospital-1"),
            "recovery": house.services.recoveries.open(
                "researcher-2", reason="Lost the telephone; called back at the hospital", by="operator-1"
            ).id,
        }
        _talk(room)
        _operate(room)
        furnish_committee(room)
        yield room


def _talk(room: BrowserRoom) -> None:
    """A result with changes asked, and a decided export that the committee looks at again."""
    house, services = room.house, room.house.services
    names = room.names
    decided = room.held("count", seed=9).id
    for who in ("checker-2", "checker-3"):
        house.vote(decided, who)
    house.clock.forward(days=9)  # into the next month
    study = Study(house, names["project"], names["permit"], names["job"])
    names["asked"] = study.ask_changes(
        "checker-1", "Please leave out the smallest group.\n\nIt tells little."
    ).id
    study.write("committee-2", "As last month?", audience=Audience.REVIEWERS)
    caller = house.caller("committee-2")
    services.samples.judge(decided, Opinion.AGREES, reason="I would have said the same.", caller=caller)
    names["sample"] = decided


def _operate(room: BrowserRoom) -> None:
    """Something of everything that an operator looks after."""
    services, now = room.house.services, room.house.clock()
    room.names["account_request"] = foreign_account_request(room.house)
    contact = services.contacts.add(
        "university-1",
        name="Security team on duty",
        purpose=Purpose.INCIDENT,
        email="security@university.example",
        phone="+82 2-000-0000",
        by="operator-1",
    )
    notice = Notice(
        korean="이번 주 토요일 09:00부터 12:00까지 점검이 있습니다.",
        english="Maintenance this Saturday from 09:00 to 12:00.",
        is_public=True,
        starts=now + timedelta(days=1),  # other pages are judged without it
        ends=now + timedelta(days=7),
    )
    room.names["contact"] = contact.id
    room.names["announcement"] = services.announcements.add(notice, by="operator-1").id
    services.trainings.record_pledge("researcher-1", now.date(), by="operator-1")
    services.trainings.record_training(
        "researcher-1",
        name="Research ethics",
        completed=now.date() - timedelta(days=360),
        expires=now.date() + timedelta(days=5),
        by="operator-1",
    )
    site = SiteId("zurich")
    services.sightings.record([Sighting(site=site, hello=Hello(software="0.0.9"), greeted=now, seen=now)])
    services.authority(acting="operator-1").new_token(site)
    services.certificates.record_issued(0xC0FFEE, site, now + timedelta(days=7))


def _card(site: str) -> DatasetCard:
    return DatasetCard(
        site=SiteId(site),
        dataset="heart",
        generation=1,
        cdm_version="5.4",
        minimum_persons=10,
        persons=count_band(12345),
    )

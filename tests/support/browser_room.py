"""A coordinator with something of every kind in it, served over TLS, and a browser to look at it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from catalog.bands import count_band
from catalog.dataset_card import DatasetCard
from coordinator.jobs.job_store import Job
from coordinator.pages.site import create_site
from coordinator.states import JobState
from onggi.spec.ids import SiteId
from pages.languages import Language
from pages.visitors import SESSION
from tests.support.browser_questions import KINDS, RESULTS, question
from tests.support.coordinator_house import PASSWORD, House, furnished_house, permit_fields, verdict
from tests.support.federation_root import SITES
from tests.support.served_site import browser, served
from tests.support.watched_page import Screen, WatchedPage, new_screen

TITLE = "Heart disease in four hospitals"
BOUNDS = {
    "kinds": list(KINDS),
    "minimum_persons": 10,
    "minimum_sites": 3,
    "maximum_jobs": 500,
    "results": list(RESULTS.values()),
}


@dataclass
class BrowserRoom:
    """The house, its address, and the browser. `names` are those of one object of each kind."""

    house: House
    address: str
    chromium: Any
    names: dict[str, str] = field(default_factory=dict)
    jobs: dict[str, str] = field(default_factory=dict)
    """A held job of each kind."""

    @contextmanager
    def screen(
        self, who: str | None = None, *, language: Language = "en", **options: Any
    ) -> Iterator[Screen]:
        """The browser of one person, signed in where one is named."""
        opened = new_screen(self.chromium, self.address, language=language, **options)
        try:
            if who is not None:
                opened.carry(SESSION, self.session_of(who))
            yield opened
        finally:
            opened.context.close()

    @contextmanager
    def page(
        self, who: str | None = None, *, language: Language = "en", **options: Any
    ) -> Iterator[WatchedPage]:
        """One tab of one person. Whatever went wrong on it fails the test at its end."""
        with self.screen(who, language=language, **options) as screen:
            tab = screen.tab()
            yield tab
            if options.get("scripts", True):
                tab.check()

    def session_of(self, who: str) -> str:
        """The secret of a new session, as signing in would set it."""
        return self.house.services.login.login(who, PASSWORD, kind="page").secret

    def held(self, kind: str, **changes: Any) -> Job:
        """A job of this kind whose result waits for votes."""
        house, asked = self.house, question(kind)
        job = house.submit(self.names["project"], self.names["permit"], **asked.asked | changes)
        house.move(job.id, JobState.RUNNING)
        house.services.results.record(job.id, asked.answer, verdict(passed=kind != "count"))
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
            yield BrowserRoom(house, address, chromium)
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
        room.names["permit"] = house.permit(made.id, title=TITLE, bounds=BOUNDS)
        for site in SITES:
            house.services.cards.add(_card(site).to_json(), by=f"node-{site}")
        room.jobs = {kind: room.held(kind).id for kind in KINDS}
        house.vote(room.jobs["overlap"], "checker-2")
        room.names |= {
            "job": room.jobs["count"],
            "statement": room.draft(),
            "own_statement": room.draft(by="committee-1", title="Drafted by myself"),
        }
        yield room


def _card(site: str) -> DatasetCard:
    return DatasetCard(
        site=SiteId(site),
        dataset="heart",
        generation=1,
        cdm_version="5.4",
        minimum_persons=10,
        persons=count_band(12345),
    )

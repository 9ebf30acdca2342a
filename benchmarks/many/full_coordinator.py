"""A coordinator after years of work: something of every kind, in proportion to ten thousand jobs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from benchmarks.many import coordinator_committee as committee
from benchmarks.many import coordinator_people as people
from benchmarks.many import coordinator_work as work
from benchmarks.many.copies import Trail, add_rows
from catalog.bands import count_band
from catalog.dataset_card import DatasetCard
from coordinator.database.cards import DatasetCardRow
from coordinator.database.sessions import Database
from coordinator.permissions import Thing
from coordinator.states import JobState
from onggi.protocol.canonical import digest_of
from onggi.spec.ids import SiteId
from tests.support.browser_questions import question
from tests.support.browser_room import BOUNDS
from tests.support.coordinator_house import House, furnished_house, house_root, permit_fields, verdict
from tests.support.coordinator_passkeys import keep_passkey
from tests.support.federation_root import NOW, SITES, hospital, signed_root


@dataclass(frozen=True)
class Sizes:
    """How many of each kind."""

    jobs: int = 10_000
    datasets: int = 1_000
    projects: int = 500
    drafts: int = 500
    exports: int = 500
    applications: int = 300
    meetings: int = 100
    reviews: int = 2_000
    messages: int = 2_000
    accounts: int = 200
    account_requests: int = 200
    announcements: int = 50
    nodes: int = 30
    organisations: int = 30


@dataclass
class FullCoordinator:
    """The house, the names of one object of each kind, and how much there is of everything."""

    house: House
    names: dict[str, str]
    sizes: Sizes
    events: int = 0
    projects: list[str] = field(default_factory=list)


@contextmanager
def full_coordinator(sizes: Sizes, *, backend: str = "postgresql") -> Iterator[FullCoordinator]:
    with tempfile.TemporaryDirectory(prefix="onggi-pages-") as folder:
        house = furnished_house(Path(folder), backend=backend)
        try:
            sites = _grow_federation(house, sizes.nodes)
            sample = _real_ones(house)
            full = FullCoordinator(house, _names_of(house, sample), sizes)
            with house.database.writing() as session:
                _copy(session, full, sample, sites)
            _choose_sample(full)
            if backend == "postgresql":
                _tidy(house.database)
            yield full
        finally:
            house.database.close()


def _tidy(database: Database) -> None:
    """What the server does by itself, after a while."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _grow_federation(house: House, nodes: int) -> list[str]:
    """The next version of the root, with more hospitals."""
    sites = [*SITES, *(f"hospital-{number:02d}" for number in range(nodes - len(SITES)))]
    following = house_root(version=2, hospitals=[hospital(site) for site in sites])
    house.services.roots.advance(signed_root(following), by="operator-1")
    return sites


def _real_ones(house: House) -> work.Sample:
    project = house.project()
    permit = house.permit(project, bounds=BOUNDS)
    job = _held(house, project, permit, "count")
    decided = _held(house, project, permit, "count", seed=9)
    for who in ("checker-2", "checker-3"):
        house.vote(decided, who)
    draft = house.services.statements.draft(
        "project-permit", permit_fields(project), by=house.caller("committee-1")
    )
    return work.Sample(project=project, permit=permit, job=job, decided=decided, draft=draft.id)


def _held(house: House, project: str, permit: str, kind: str, **changes: object) -> str:
    asked = question(kind)
    job = house.submit(project, permit, **asked.asked | changes)
    house.move(job.id, JobState.RUNNING)
    house.services.results.record(job.id, asked.answer, verdict(passed=False))
    return str(job.id)


def _names_of(house: House, sample: work.Sample) -> dict[str, str]:
    open_recovery = house.services.recoveries.open("researcher-2", reason="Called back", by="operator-1")
    return {
        "project": sample.project,
        "permit": sample.permit,
        "job": sample.job,
        "released": sample.decided,
        "glm": _held(house, sample.project, sample.permit, "glm"),
        "statement": sample.draft,
        "recovery": open_recovery.id,
        "organisation": "university-1",
        "contact": "contact-0-of-university-1",
        "account": "researcher-1",
        "site": "zurich",
        "year": f"{NOW.year}",
        **{f"{who}_passkey": keep_passkey(house, who) for who in _PASSKEYS_OF},
    }


_PASSKEYS_OF = ("researcher-1", "committee-1", "checker-1", "hospital-1", "operator-1", "auditor-1")


def _copy(session: Session, full: FullCoordinator, sample: work.Sample, sites: list[str]) -> None:
    sizes, names, trail = full.sizes, full.names, Trail()
    permits = work.add_projects(session, sample, trail, count=sizes.projects)
    full.projects = [permit["project"] for permit in permits[1:]]
    work.add_drafts(session, sample, trail, count=sizes.drafts)
    jobs = work.add_jobs(session, sample, permits, trail, count=sizes.jobs, exports=sizes.exports)
    _add_cards(session, sizes.datasets)
    committee.add_reviews(
        session, sample.project, full.projects, datasets=sizes.datasets, count=sizes.reviews
    )
    applications = committee.add_applications(session, sample, full.projects, trail, count=sizes.applications)
    meetings = committee.add_meetings(session, applications, trail, count=sizes.meetings)
    committee.add_standing(session, full.projects, count=sizes.meetings)
    talked_of = [
        (Thing.PROJECT, sample.project),
        (Thing.PERMIT, sample.permit),
        (Thing.STATEMENT, sample.draft),
        (Thing.JOB, sample.job),
    ]
    committee.add_messages(session, talked_of, jobs, trail, count=sizes.messages)
    organisations = people.add_organisations(session, count=sizes.organisations)
    accounts = people.add_accounts(session, organisations, trail, count=sizes.accounts)
    requests = people.add_requests(session, organisations, trail, count=sizes.account_requests)
    announcements = people.add_announcements(session, count=sizes.announcements)
    people.add_nodes(session, sites, papers=sizes.nodes)
    people.add_ways_in(session, accounts, recoveries=sizes.account_requests // 2)
    full.events = trail.write(session)
    names |= {
        "dataset": "dataset-0",
        "review_site": SITES[0],
        "meeting": meetings[0],
        "open_meeting": meetings[1],
        "closed_meeting": meetings[3],
        "item": applications[0],
        "open_item": applications[6],
        "account_request": requests[0],
        "announcement": announcements[0],
        **_named(applications),
    }


def _named(applications: list[str]) -> dict[str, str]:
    """One application of each kind that is looked at: `permit_submitted`, `closing_approved` and so on."""
    found: dict[str, str] = {}
    for name in applications:
        found.setdefault(name.removeprefix("application-").rpartition("-")[0].replace("-", "_"), name)
    return found


def _add_cards(session: Session, count: int) -> None:
    rows = []
    for number in range(count):
        site = SiteId(SITES[number % len(SITES)])
        card = DatasetCard(
            site=site,
            dataset=f"dataset-{number}" if number >= len(SITES) else "heart",
            generation=1,
            cdm_version="5.4",
            minimum_persons=10,
            persons=count_band(12345),
        )
        rows.append(
            {
                "site": site,
                "dataset": card.dataset,
                "digest": digest_of(card),
                "persons": "1,000-1,999",
                "card": card.to_json(),
                "added": NOW,
                "added_by": f"node-{site}",
            }
        )
    add_rows(session, DatasetCardRow, rows)


def _choose_sample(full: FullCoordinator) -> None:
    """Some weeks later: chance has taken some of the exports, and members have looked at half of them."""
    house = full.house
    house.clock.forward(seconds=timedelta(days=9).total_seconds())
    chosen = [each.job.id for each in house.services.samples.samples(house.caller("committee-2"))]
    full.names["sample"] = chosen[0]
    with house.database.writing() as session:
        committee.add_opinions(session, chosen)

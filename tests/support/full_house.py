"""A coordinator with something of every kind in it, which can be put back as it was."""

from __future__ import annotations

import itertools
import shutil
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.engine import make_url

from coordinator.accounts.request_store import WantedAccount
from coordinator.committee.application_content import read_content
from coordinator.decisions.meetings import Track
from coordinator.decisions.threads import Audience
from coordinator.link.sightings import Sighting
from coordinator.operating.announcement_store import Notice
from coordinator.operating.contact_store import Purpose
from coordinator.pages.ceremony import Procedure
from coordinator.pages.held_code import held_code
from coordinator.pages.site import shared_assets
from coordinator.roles import Role
from coordinator.states import JobState
from onggi.protocol.parcels import Hello
from onggi.spec.ids import SiteId
from tests.support.browser_questions import KINDS, RESULTS, question
from tests.support.coordinator_house import (
    PASSWORD,
    QUORUM,
    CountedNames,
    House,
    foreign_account_request,
    furnished_house,
    permit_fields,
    verdict,
)
from tests.support.coordinator_passkeys import keep_passkey
from tests.support.federation_root import SITES
from tests.support.in_process_api import publish_head
from tests.support.postgres import new_database, put_back
from tests.support.talking_house import Study

STYLE = shared_assets().address("onggi.css").split("/")
LIKELY = {
    "language": ("en", "ko"),
    "dataset": ("heart",),
    "act": ("submit", "withdraw"),
    "step": ("open", "close", "cancel"),
    "procedure": tuple(Procedure),
    "year": ("2026", "2027"),
    "kind": ("permit", "amendment", "extension", "closing", "feasibility", "job"),
    "site": tuple(SITES),
    "organisation": ("university-1", "hospital-2"),
    "account": ("researcher-1", "researcher-2", "researcher-8", "committee-1", "operator-1"),
    "path": ("onggi/spec/ids.py",),
    "digest": (held_code().source, held_code().sandbox, STYLE[-2]),
    "name": (STYLE[-1],),
    "index": ("0",),
    "old": ("1",),
    "new": ("2",),
    "size": ("1", "3"),
}
"""What stands in addresses and is there in every house, by the name of the path's parameter."""


@dataclass
class FullHouse:
    """Everything of one coordinator. `names`: some of each kind, by the name of the path's parameter."""

    house: House
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    """The secret of everybody's session on the pages."""
    _kept: str = ""
    _now: datetime | None = None

    def keep(self) -> None:
        """What is there now is what `rewind` brings back."""
        self._now = self.house.clock()
        self.house.database.close()
        if self._is_file:
            self._kept = f"{self._place}.kept"
            shutil.copyfile(self._place, self._kept)
        else:
            self._kept = new_database(template=self._place).rpartition("/")[2]

    def rewind(self) -> None:
        assert self._now is not None
        self.house.clock.now = self._now
        names = self.house.services.new_id
        assert isinstance(names, CountedNames)
        names.numbers = itertools.count(5000)
        self.house.database.close()
        if self._is_file:
            for beside in ("-wal", "-shm"):
                Path(self._place + beside).unlink(missing_ok=True)
            shutil.copyfile(self._kept, self._place)
        else:
            put_back(f"/{self._place}", template=self._kept)

    @property
    def _is_file(self) -> bool:
        return self.house.database.engine.dialect.name == "sqlite"

    @property
    def _place(self) -> str:
        """The database's file or name."""
        return str(make_url(self.house.database.engine.url).database)


def full_house(folder: Path, *, backend: str = "sqlite") -> FullHouse:
    """A house of which every page and every route has something to show, and everybody's session."""
    house = furnished_house(folder, backend=backend)
    project, permit = _project(house)
    names = LIKELY | {"project": (project, house.project(by="researcher-2")), "permit": (permit,)}
    names |= _jobs(house, project, permit) | _committee(house, project, permit) | _operation(house)
    names["token"] = tuple(house.caller(who).token for who in ("researcher-1", "operator-1"))
    names["passkey"] = tuple(keep_passkey(house, who) for who in ("researcher-1", "hospital-1"))
    names["secret"] = (house.services.setups.issue("researcher-8", by="operator-1").secret,)
    names["answers"] = names["answer"] = names["message"]
    publish_head(house)
    sessions = {who: house.services.login.login(who, PASSWORD, kind="page").secret for who in house.tokens}
    full = FullHouse(house, names, sessions)
    full.keep()
    return full


def _project(house: House) -> tuple[str, str]:
    bounds = {
        "kinds": list(KINDS),
        "minimum_persons": 10,
        "minimum_sites": 3,
        "maximum_jobs": 500,
        "results": list(RESULTS.values()),
    }
    project = house.project()
    return project, house.permit(project, bounds=bounds)


def _jobs(house: House, project: str, permit: str) -> dict[str, tuple[str, ...]]:
    """A held job of each kind, one of them with a vote; one that was decided last month; one that waits."""

    def held(kind: str, **changes: object) -> str:
        asked = question(kind)
        job = house.submit(project, permit, **asked.asked | changes).id
        house.move(job, JobState.RUNNING)
        house.services.results.record(job, asked.answer, verdict(passed=kind != "count"))
        return job

    decided = held("count", seed=9)
    for who in ("checker-2", "checker-3"):
        house.vote(decided, who)
    house.clock.forward(days=9)
    open_ones = [held(kind) for kind in KINDS]
    house.vote(open_ones[-1], "checker-2")
    waiting = house.submit(project, permit).id
    study = Study(house, project, permit, open_ones[0])
    asked = study.ask_changes("checker-1", "Please leave out the smallest group.").id
    note = study.write("committee-2", "As last month?", audience=Audience.REVIEWERS).id
    return {"job": (*open_ones, decided, waiting), "message": (asked, note)}


def _committee(house: House, project: str, permit: str) -> dict[str, tuple[str, ...]]:
    """Papers that wait for signatures, one on its way to be signed, applications, meetings, a delegation."""
    services, me = house.services, house.caller("committee-1")
    drafted = tuple(
        services.statements.draft("project-permit", permit_fields(project), by=house.caller(who)).id
        for who in ("committee-1", "committee-2")
    )
    applications, meetings = _applications(house, project, permit), _meetings(house)
    services.meetings.put_on_agenda(meetings[1], applications[1], by=me)
    until = house.clock() + timedelta(days=30)
    return {
        "statement": drafted,
        "ticket": (services.signing_tickets.for_statement(drafted[1], by=me),),
        "application": applications,
        "meeting": meetings,
        "delegation": (services.delegations.give("committee-2", until=until, by=me).id,),
    }


def _operation(house: House) -> dict[str, tuple[str, ...]]:
    """What an operator looks after."""
    services, now = house.services, house.clock()
    contact = services.contacts.add(
        "university-1",
        name="Security team on duty",
        purpose=Purpose.INCIDENT,
        email="security@university.example",
        phone=None,
        by="operator-1",
    )
    notice = Notice(
        korean="점검이 있습니다.",
        english="Maintenance.",
        is_public=True,
        starts=now,
        ends=now + timedelta(days=7),
    )
    today = now.date()
    services.trainings.record_pledge("researcher-1", today, by="operator-1")
    services.trainings.record_training(
        "researcher-1", name="Ethics", completed=today, expires=today + timedelta(days=5), by="operator-1"
    )
    site = SiteId(SITES[0])
    services.sightings.record([Sighting(site=site, hello=Hello(software="0.0.9"), greeted=now, seen=now)])
    services.authority(acting="operator-1").new_token(site)
    services.certificates.record_issued(0xC0FFEE, site, now + timedelta(days=7))
    return {
        "contact": (contact.id,),
        "announcement": (services.announcements.add(notice, by="operator-1").id,),
        "account_request": (foreign_account_request(house), *_account_requests(house)),
        "recovery": (services.recoveries.open("researcher-2", reason="Lost it", by="operator-1").id,),
    }


def _applications(house: House, project: str, permit: str) -> tuple[str, ...]:
    """A draft, one handed in for a meeting, and a report handed in."""
    me = house.caller("researcher-1")
    terms = permit_fields(project)
    terms.pop("project")
    asked = [
        {"kind": "permit", "terms": terms},
        {"kind": "permit", "terms": terms | {"title": "Another"}},
        {"kind": "closing", "permit": permit, "report": "Done.\nA paper."},
    ]
    store = house.services.applications
    made = [store.write(project, read_content(each), reason="A first look", by=me).id for each in asked]
    for each in made[1:]:
        store.submit(each, by=me)
    return tuple(made)


def _meetings(house: House) -> tuple[str, ...]:
    """One that is planned and one under way."""
    store, me, day = house.services.meetings, house.caller("committee-1"), house.clock() + timedelta(days=2)
    made = [
        store.plan(title=title, track=Track.REGULAR, held=day, place="Room 1", by=me).id
        for title in ("December", "November")
    ]
    store.record_attendance(made[1], QUORUM, by=me)
    store.open(made[1], by=me)
    return tuple(made)


def _account_requests(house: House) -> tuple[str, ...]:
    """Requests of the university: one open, one vouched for, one whose account has no password yet."""
    made = []
    for account in ("researcher-6", "researcher-7", "researcher-8"):
        wanted = WantedAccount(
            account=account,
            organisation="university-1",
            roles=frozenset({Role.RESEARCHER}),
            country_of_access="KR",
        )
        made.append(house.services.account_requests.ask(wanted, by=house.caller("researcher-1")).id)
    for each in made[1:]:
        house.services.account_requests.vouch(each, reason=None, by=house.caller("researcher-2"))
    house.services.account_requests.open(made[2], by=house.caller("operator-1"))
    return tuple(made)


def _delegation(house: House) -> str:
    until = house.clock() + timedelta(days=30)
    return house.services.delegations.give("committee-2", until=until, by=house.caller("committee-1")).id

"""A coordinator with people of every role, two projects and real signatures, over any database."""

from __future__ import annotations

import atexit
import itertools
import shutil
import tempfile
import threading
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

from coordinator.accounts.account_store import Organisation
from coordinator.accounts.request_store import WantedAccount
from coordinator.api.app import create_app
from coordinator.audit.vocabulary import COORDINATOR, Audit
from coordinator.committee.review_store import ReviewFindings
from coordinator.committee.statement_store import StatementView
from coordinator.database.migrate import migrate
from coordinator.database.sessions import Database, open_database
from coordinator.jobs.job_store import Job
from coordinator.jobs.result_store import DisclosureVerdict, RuleOutcome
from coordinator.jobs.spec_checks import SpecChecks
from coordinator.link.authority import CertificateAuthority, load_authority
from coordinator.roles import ALL_SCOPES, Caller, Role
from coordinator.services import LinkAuthority, Services
from coordinator.states import JOB_MOVES, JobState, Party
from onggi.protocol.bounds import Reads
from onggi.protocol.canonical import digest_of, encode_base64
from onggi.protocol.dsse import Envelope, add_signature
from onggi.protocol.reviews import AdequacyReview, TreatedItem
from onggi.protocol.trust_root import root_fingerprint
from onggi.spec.base import as_instant
from onggi.spec.ids import ProjectId, SiteId
from onggi.spec.job import CodeDigests, JobSpec
from onggi.spec.results import CountTable
from tests.support.federation_root import (
    COMMITTEE,
    NOW,
    ORIGIN,
    SITES,
    key,
    make_root,
    member,
    signed_root,
)
from tests.support.postgres import new_database

with warnings.catch_warnings():
    # Starlette's client still uses an old name of anyio's; nothing of ours does.
    warnings.simplefilter("ignore", DeprecationWarning)
    from fastapi.testclient import TestClient

PASSWORD = "a long enough password"
CHECKERS = ("checker-1", "checker-2", "checker-3")
CODE = CodeDigests(
    source="sha256:" + "1" * 64, environment="sha256:" + "2" * 64, sandbox="sha256:" + "3" * 64
)
CONCEPTS = (312327, 8507)
REVIEWER = "committee-3"
QUORUM = ("committee-1", "committee-2", "committee-4")


def house_root(**overrides: Any) -> Any:
    """The federation of `federation_root` with three output checkers."""
    members = [member(name, external=name in COMMITTEE[3:]) for name in COMMITTEE]
    members += [member(name, role="output_checker", external=name == "checker-3") for name in CHECKERS]
    return make_root(members=members, **overrides)


@cache
def _authority() -> tuple[Any, Any]:
    made = CertificateAuthority.create("test", now=NOW, random_bytes=lambda n: b"\x07" * n)
    return load_authority(*made)


@dataclass
class HandClock:
    """Time that stands until it is moved."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class CountedNames:
    """Names in order, safe between threads."""

    numbers: Any = field(default_factory=itertools.count)
    lock: Any = field(default_factory=threading.Lock)

    def __call__(self, word: str) -> str:
        with self.lock:
            return f"{word}-{next(self.numbers):08d}"


ACCOUNTS: dict[str, dict[str, Any]] = {
    "researcher-1": {"roles": {Role.RESEARCHER}},
    "researcher-2": {"roles": {Role.RESEARCHER}},
    "operator-1": {"roles": {Role.OPERATOR}},
    "auditor-1": {"roles": {Role.AUDITOR}},
    "hospital-1": {"roles": {Role.HOSPITAL}, "site": "cleveland"},
    "hospital-9": {"roles": {Role.HOSPITAL}, "site": "elsewhere"},
    **{name: {"roles": {Role.COMMITTEE}, "member": name} for name in COMMITTEE},
    **{name: {"roles": {Role.CHECKER}, "member": name} for name in CHECKERS},
}


@dataclass
class House:
    """Everything of one coordinator. Acts go through the real services."""

    services: Services
    clock: HandClock
    callers: dict[str, Caller] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def database(self) -> Database:
        return self.services.database

    @cached_property
    def web(self) -> TestClient:
        return TestClient(create_app(self.services), raise_server_exceptions=False)

    def ask(self, who: str | None, method: str, path: str, **more: Any) -> Any:
        headers = dict(more.pop("headers", {}))
        if who is not None:
            headers["Authorization"] = f"Bearer {self.tokens[who]}"
        return self.web.request(method, path, headers=headers, **more)

    def caller(self, name: str) -> Caller:
        return self.callers[name]

    def project(self, by: str = "researcher-1") -> str:
        """A project whose data sets' pseudonymisation the committee found adequate, at every hospital."""
        made = self.services.projects.create(
            title="Heart", purpose="Chest pain", organisation="university-1", by=by
        )
        self.review(made.id)
        return made.id

    def review(self, project: str, *, dataset: str = "heart") -> None:
        """The committee finds the data set adequate at every hospital; always the same words."""
        at_first = replace(self.services.reviews, clock=lambda: NOW)
        for site in SITES:
            review = review_of(project, site, dataset=dataset)
            named = review.model_dump(mode="json", include=set(ReviewFindings.model_fields))
            at_first.record(project, ReviewFindings.model_validate(named), by=self.caller(REVIEWER))

    def permit(self, project: str, *, people: Iterable[str] = ("researcher-1",), **changes: Any) -> str:
        """A permit in force, signed by a quorum."""
        drafted = self.services.statements.draft(
            "project-permit", permit_fields(project, people=people, **changes), by=self.caller("committee-1")
        )
        signed = self.sign(drafted, by=QUORUM)
        assert signed.log_index is not None
        return drafted.id

    def sign(self, view: StatementView, *, by: Iterable[str]) -> StatementView:
        for name in by:
            envelope = add_signature(view.envelope, key=key(name))
            view = self.services.statements.sign(view.id, envelope, by=self.caller(name))
        return view

    def submit(self, project: str, permit: str, *, by: str = "researcher-1", **changes: Any) -> Job:
        return self.services.submitter.submit(house_spec(project, permit, **changes), by=self.caller(by)).job

    def move(self, job: str, to: JobState, *, code: str | None = None) -> Job:
        now = self.services.jobs.get(job).state
        audit = Audit(event=JOB_MOVES[now, to].event, actor=COORDINATOR, subject=job)
        return self.services.jobs.set_state(job, to, by=Party.COORDINATOR, audit=audit, code=code)

    def held(self, project: str, permit: str, **changes: Any) -> Job:
        """A job whose result waits for votes."""
        job = self.submit(project, permit, **changes)
        self.move(job.id, JobState.RUNNING)
        self.services.results.record(job.id, make_result(), verdict(passed=False))
        return self.services.jobs.get(job.id)

    def vote(self, job: str, who: str, verdict_given: Any = "approve") -> Any:
        ballot = self.services.exports.draw_ballot(job, verdict_given, reason=None, caller=self.caller(who))
        signed = add_signature(ballot.envelope, key=key(who))
        return self.services.exports.vote(job, signed, caller=self.caller(who))


def review_of(project: str, site: str, *, dataset: str = "heart") -> AdequacyReview:
    """The review that a house's data sets get."""
    return AdequacyReview(
        federation=house_root().federation,
        project=ProjectId(project),
        site=SiteId(site),
        dataset=dataset,
        items=(
            TreatedItem(item="person_id", treatment="keyed hash", rule="guideline: identifiers", risk="none"),
            TreatedItem(item="birth_date", treatment="year of birth", rule="guideline: dates", risk="low"),
        ),
        last_check="smallest group of equal age and sex counted",
        checked_on=NOW.date(),
        conclusion="adequate",
        reviewed_by=REVIEWER,
        reviewed=NOW,
    )


def foreign_account_request(house: House) -> str:
    """An open request for an account of an organisation to which nobody of the house belongs."""
    organisation = Organisation(id="hospital-2", name="Another hospital", kind="hospital", country="KR")
    house.services.accounts.add_organisation(organisation, by="operator-1")
    wanted = WantedAccount(
        account="researcher-9",
        organisation="hospital-2",
        roles=frozenset({Role.RESEARCHER}),
        country_of_access="KR",
    )
    return house.services.account_requests.ask(wanted, by=house.caller("operator-1")).id


def permit_fields(
    project: str, *, people: Iterable[str] = ("researcher-1",), **changes: Any
) -> dict[str, Any]:
    grants = [
        {
            "site": site,
            "dataset": "heart",
            "concepts": list(CONCEPTS),
            "demographics": ["age", "sex"],
            "review": digest_of(review_of(project, site)),
        }
        for site in SITES
    ]
    bounds = {
        "kinds": ["count"],
        "minimum_persons": 10,
        "minimum_sites": 3,
        "maximum_jobs": 50,
        "results": ["count_table"],
    }
    fields: dict[str, Any] = {
        "project": project,
        "title": "Heart",
        "purpose": "Chest pain",
        "organisation": "University",
        "people": list(people),
        "datasets": grants,
        "bounds": bounds,
        "expires": as_instant(NOW + timedelta(days=90)),
    }
    return fields | changes


def house_spec(project: str, permit: str, **changes: Any) -> JobSpec:
    fields: dict[str, Any] = {
        "title": "How many",
        "project": project,
        "permit": permit,
        "dataset": "heart",
        "participants": sorted(SITES),
        "minimum_sites": 3,
        "cohort": {"PrimaryCriteria": {}},
        "parameters": {"kind": "count"},
        "releases": [{"result": "count_table"}],
        "code": CODE.model_dump(),
        "expires": as_instant(NOW + timedelta(days=30)),
    }
    return JobSpec.model_validate(fields | changes)


def make_result(persons: int = 120) -> CountTable:
    return CountTable(
        sites=4,
        minimum_persons=10,
        steps=("all", "few"),
        persons=(persons, None),
        withheld=(None, "too_few_persons"),
    )


def verdict(*, passed: bool = True) -> DisclosureVerdict:
    if passed:
        return DisclosureVerdict(rules=(RuleOutcome(rule="threshold", outcome="passed"),))
    return DisclosureVerdict(rules=(RuleOutcome(rule="threshold", outcome="withheld", cells=1),))


def unsigned(envelope: Envelope) -> Envelope:
    return Envelope(payload=encode_base64(envelope.body))


@cache
def _prototype(backend: str) -> tuple[House, str]:
    """A furnished house of this process, closed: tests get copies, which costs far less than building."""
    if backend == "postgresql":
        url = new_database()
    else:
        folder = tempfile.mkdtemp(prefix="onggi-house-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        url = f"sqlite:///{folder}/prototype.db"
    house = build_house(url)
    house.database.close()
    return house, url


def furnished_house(folder: Path, *, backend: str = "sqlite") -> House:
    """A house of one's own with everybody in it; nothing that happens in it is seen elsewhere."""
    prototype, source = _prototype(backend)
    if backend == "postgresql":
        url = new_database(template=source.rpartition("/")[2])
    else:
        shutil.copy(source.removeprefix("sqlite:///"), folder / "coordinator.db")
        url = f"sqlite:///{folder / 'coordinator.db'}"
    clock = HandClock()
    names = CountedNames(itertools.count(1000))
    services = replace(prototype.services, database=open_database(url), clock=clock, new_id=names)
    return House(services, clock, callers=prototype.callers, tokens=prototype.tokens)


def build_house(url: str) -> House:
    """A migrated database with the federation root and everybody's account and token."""
    clock = HandClock()
    database = open_database(url)
    migrate(database)
    checks = SpecChecks(
        check_kind=lambda _spec: None,
        find_reads=lambda _spec: Reads(concepts={CONCEPTS[0]}, whole_domains=set(), demographics=set()),
        current_code=lambda: CODE,
    )
    services = Services(
        database=database,
        origin=ORIGIN,
        log_key=key("log"),
        link_authority=LinkAuthority(*_authority()),
        checks=checks,
        clock=clock,
        new_id=CountedNames(),
        password_hasher=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1),
    )
    house = House(services, clock)
    envelope = signed_root(house_root())
    services.roots.pin(envelope, fingerprint=root_fingerprint(envelope), by="operator-1")
    organisation = Organisation(id="university-1", name="University", kind="university", country="KR")
    services.accounts.add_organisation(organisation, by="operator-1")
    for name, given in ACCOUNTS.items():
        _add_person(house, name, **given)
    return house


def _add_person(
    house: House, name: str, *, roles: set[Role], member: str | None = None, site: str | None = None
) -> None:
    services = house.services
    services.accounts.add(
        name,
        organisation="university-1",
        roles=roles,
        password=PASSWORD,
        country_of_access="KR",
        pledged=None,
        member=member,
        site=site,
        by="operator-1",
    )
    issued = services.tokens.issue(
        name, kind="api", scopes=ALL_SCOPES, label="test", life=timedelta(days=300), by=name
    )
    found = services.tokens.find_caller(issued.secret)
    assert found is not None
    house.callers[name], house.tokens[name] = found, issued.secret

"""A whole federation in one process: coordinator, nodes, real TLS, real sandboxes, a movable clock.

Every part is the one that a hospital runs; only the processes are one. Tests that need processes of their
own (crashes, command lines) start them with `tests.support.processes`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from argon2 import PasswordHasher

from analysis_jobs.runner.code_digests import code_digests
from coordinator.accounts.account_store import Organisation
from coordinator.committee.review_store import ReviewFindings
from coordinator.database.migrate import migrate
from coordinator.database.sessions import open_database
from coordinator.jobs.default_checks import default_checks
from coordinator.jobs.job_store import Job
from coordinator.link.authority import CertificateAuthority, load_authority
from coordinator.link.gateway import Gateway
from coordinator.link.settings import GatewaySettings
from coordinator.roles import ALL_SCOPES, Caller, Role
from coordinator.running.outbox import SiteOutbox
from coordinator.running.run_job import Patience
from coordinator.running.runner import Runner
from coordinator.services import LinkAuthority, Services
from coordinator.states import JobState
from infra.demo.heart.to_cdm import HOSPITALS, write_cdm
from infra.demo.study import DATASET, SITES, count_job, glm_job, granted_concepts
from node.agent.agent import NodeAgent
from node.datasets import Datasets
from node.decisions.site_policy import SitePolicy
from node.link.client import NodeLink
from node.link.enrol import enrol
from node.link.settings import LinkSettings
from node.registers.objects import ObjectStore
from node.registers.outbox import NodeOutbox
from node.registers.told_before import ToldBefore
from node.sandbox.warm_workers import WarmWorkers
from node.services import NodeServices
from node.settings import NodeSettings
from node.state.engine import open_state, sessions
from node.state.memory import save_roots
from node.store.generations import Store
from node.store.identifier_guard import IdentifierPolicy
from node.store.key_providers import FileKey as KekFile
from node.store.key_providers import create_key_file
from node.store.keys import StoreKeys, create_keys
from node.store.load_omop import load_folder
from node.store.secret_bytes import SecretBytes
from onggi.protocol.dsse import add_signature
from onggi.protocol.parcels import LinkLimits, Parcel
from onggi.protocol.rendering import UNSET
from onggi.protocol.sealing import seal_statement
from onggi.protocol.statements import Bounds, DatasetGrant, ProjectPermit
from onggi.protocol.trust_root import draft_root, root_fingerprint
from onggi.protocol.trusted_roots import TrustedRoots
from onggi.spec.ids import SiteId
from onggi.spec.job import JobSpec
from tests.support.federation_root import COMMITTEE, ORIGIN, key, make_root

LIMITS = LinkLimits(heartbeat_s=0.5, dead_after_s=5.0, retry_s=0.05)
RESEARCHER = "researcher-1"
REVIEW = "sha256:" + "9" * 64
"""A review that no node ever sees: a permit that is granted here gets the digests of real ones."""
QUICK = Patience(absent=0.3, phase=20.0, look=0.02)


@dataclass
class HouseClock:
    """The present, shifted by what a test wants."""

    shift: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.shift


@dataclass
class Hospital:
    """One node: its services, its agent, its link, and the task that serves."""

    site: SiteId
    settings: NodeSettings
    services: NodeServices
    agent: NodeAgent | None = None
    link: NodeLink | None = None
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def start(self, link_settings: LinkSettings) -> None:
        """Connects and serves; idempotent state, so it can follow `stop` at any time."""
        self.agent = NodeAgent(self.services)
        self.link = NodeLink(
            link_settings,
            outbox=self.services.outbox,
            on_parcel=self.agent.on_parcel,
            hello=self.agent.hello,
            clock=self.services.clock,
            random=Random(7),
        )
        loop, link = asyncio.get_running_loop(), self.link
        self.services.outbox.wake = lambda parcel: loop.create_task(link.send(parcel)) and None
        self.services.workers.refill()
        await self.agent.recover()
        self.tasks = [loop.create_task(link.run()), loop.create_task(self.agent.watch())]

    async def stop(self) -> None:
        """Ends politely. What was under way is taken up by the next `start`."""
        if self.link is not None:
            self.link.stop()
        for task in self.tasks[1:]:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        if self.agent is not None:
            await self.agent.close()


@dataclass
class SmallFederation:
    """Coordinator and hospitals, wired and running inside `running_federation`."""

    folder: Path
    clock: HouseClock
    services: Services
    runner: Runner
    gateway: Gateway
    hospitals: dict[SiteId, Hospital]
    links: dict[SiteId, LinkSettings]
    permit: ProjectPermit
    project: str

    def researcher(self) -> Caller:
        return self._caller(RESEARCHER, Role.RESEARCHER, member=None)

    def checker(self, name: str) -> Caller:
        return self._caller(name, Role.CHECKER, member=name)

    def _caller(self, name: str, role: Role, *, member: str | None) -> Caller:
        return Caller(
            account=name,
            organisation="university",
            roles=frozenset({role}),
            scopes=ALL_SCOPES,
            member=member,
            site=None,
            token="test",
        )

    def count_spec(self, **changes: object) -> JobSpec:
        spec = count_job(
            project=self.project, permit=self.permit.permit, code=code_digests(), now=self.clock()
        )
        return JobSpec.model_validate({**spec.model_dump(mode="json"), **changes})

    def glm_spec(self, *, masked: bool = True, **changes: object) -> JobSpec:
        spec = glm_job(
            project=self.project,
            permit=self.permit.permit,
            code=code_digests(),
            now=self.clock(),
            masked=masked,
        )
        return JobSpec.model_validate({**spec.model_dump(mode="json"), **changes})

    def submit(self, spec: JobSpec) -> Job:
        return self.services.submitter.submit(spec, by=self.researcher()).job

    async def wait(self, job: Job, *, timeout: float = 60.0) -> Job:
        """The job once it left the states in which the machine works."""
        busy = (JobState.SUBMITTED, JobState.READY, JobState.RUNNING)
        deadline = asyncio.get_running_loop().time() + timeout
        while True:
            now = self.services.jobs.get(job.id)
            if now.state not in busy:
                return now
            if asyncio.get_running_loop().time() > deadline:
                orders = [(o.site, o.answer, o.code, o.stage) for o in self.runner.book.orders_of(job.id)]
                raise TimeoutError(f"job still {now.state}: {orders}")
            await asyncio.sleep(0.02)

    async def run(self, spec: JobSpec) -> Job:
        return await self.wait(self.submit(spec))


def permit_for(
    sites: Sequence[SiteId],
    *,
    project: str,
    now: datetime,
    name: str = "permit-heart-study",
    **changes: object,
) -> ProjectPermit:
    """A permit for the heart study with bounds that hold its two jobs."""
    fields: dict[str, object] = {
        "id": name,
        "federation": "heart-federation",
        "issued": now - timedelta(minutes=1),
        "expires": now + timedelta(days=30),
        "summary": UNSET,
        "project": project,
        "title": "Heart study",
        "purpose": "What goes with coronary disease",
        "organisation": "university",
        "people": (RESEARCHER,),
        "datasets": tuple(
            DatasetGrant(
                site=site,
                dataset=DATASET,
                concepts=granted_concepts(),
                whole_domains=("observation_period",),
                demographics=("age", "sex"),
                review=REVIEW,
            )
            for site in sites
        ),
        "bounds": Bounds(
            kinds=("count", "glm"),
            minimum_persons=10,
            minimum_sites=3,
            maximum_jobs=20,
            results=("count_table", "model_fit"),
        ),
        "exact_counts": True,
        "small_hospitals": True,
    }
    return ProjectPermit.model_validate({**fields, **changes})


def every_kind() -> Bounds:
    """The bounds of `permit_for` for every kind and its result."""
    return Bounds(
        kinds=("concepts", "count", "distribution", "glm", "meta", "overlap", "penalised"),
        minimum_persons=10,
        minimum_sites=3,
        maximum_jobs=30,
        results=(
            "concept_report",
            "count_table",
            "distribution",
            "meta_analysis",
            "model_fit",
            "overlap_table",
            "regularised_path",
        ),
    )


def _services(folder: Path, clock: HouseClock) -> Services:
    database = open_database(f"sqlite:///{folder / 'coordinator.db'}")
    migrate(database)
    key_pem, certificate_pem = CertificateAuthority.create(
        "test coordinator", now=clock(), random_bytes=os.urandom
    )
    authority_key, certificate = load_authority(key_pem, certificate_pem)
    return Services(
        database=database,
        origin=ORIGIN,
        log_key=key("log"),
        link_authority=LinkAuthority(key=authority_key, certificate=certificate),
        checks=default_checks(),
        clock=clock,
        password_hasher=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1),
    )


def _root(now: datetime, sites: Sequence[SiteId], *, minimum_hospitals: int) -> tuple[object, str]:
    from tests.support.federation_root import hospital, member

    members = [member(name, external=name in COMMITTEE[3:]) for name in COMMITTEE]
    members += [member(name, role="output_checker") for name in ("checker-1", "checker-2")]
    root = make_root(
        issued=now - timedelta(days=1),
        expires=now + timedelta(days=365),
        members=members,
        hospitals=[hospital(site) for site in sites],
        floors={"minimum_hospitals": minimum_hospitals},
    )
    envelope = draft_root(root)
    for name in COMMITTEE[:2]:
        envelope = add_signature(envelope, key=key(name))
    return envelope, root_fingerprint(envelope)


def _make_hospital(
    folder: Path, site: SiteId, *, root: object, fingerprint: str, clock: HouseClock, policy: SitePolicy
) -> Hospital:
    home = folder / site
    settings = NodeSettings(
        home=home,
        site=site,
        dataset=DATASET,
        coordinator="127.0.0.1:1",
        root_fingerprint=fingerprint,
        log_origin=ORIGIN,
        policy=policy,
        warm_workers=1,
    )
    home.mkdir(mode=0o700, parents=True)
    create_key_file(home / "kek", secret=SecretBytes(os.urandom(32)))
    provider = KekFile(home / "kek")
    keys: StoreKeys = create_keys(
        settings.keys_folder, data_provider=provider, pseudonym_provider=provider, random_bytes=os.urandom
    )
    store = Store(settings.store)
    store.create()
    write_cdm(HOSPITALS[site], folder=folder / "cdm" / site)
    load_folder(folder / "cdm" / site, store=store, keys=keys, policy=IdentifierPolicy(), clock=clock)
    database = sessions(open_state(settings.database))
    with database.begin() as session:
        save_roots(session, TrustedRoots.pin(root, fingerprint=fingerprint))  # type: ignore[arg-type]
    objects = ObjectStore(settings.objects)
    from analysis_jobs.runner.limits import SandboxLimits

    services = NodeServices(
        settings=settings,
        sessions=database,
        objects=objects,
        outbox=NodeOutbox(database, objects, site=site),
        workers=WarmWorkers(keep=1, uids=settings.sandbox_uids, limits=SandboxLimits()),
        datasets=Datasets(settings),
        data_key=keys.data,
        told_before=ToldBefore(keys.data, os.urandom),
        identity=key(site),
        code=code_digests(),
        clock=clock,
        random=os.urandom,
    )
    return Hospital(site=site, settings=settings, services=services)


@contextlib.asynccontextmanager
async def running_federation(
    folder: Path,
    *,
    sites: Sequence[SiteId] = SITES,
    online: Sequence[SiteId] | None = None,
    policies: Mapping[SiteId, SitePolicy] | None = None,
    patience: Patience = QUICK,
    permit_changes: Mapping[str, object] | None = None,
    minimum_hospitals: int = 3,
) -> AsyncIterator[SmallFederation]:
    """Builds everything, starts it, and stops it again."""
    clock = HouseClock()
    services = _services(folder, clock)
    envelope, fingerprint = _root(clock(), sites, minimum_hospitals=minimum_hospitals)
    services.roots.pin(envelope, fingerprint=fingerprint, by="operator")  # type: ignore[arg-type]
    outbox = SiteOutbox(services.database)
    authority = services.authority()
    server_key, chain = authority.new_server_certificate(("127.0.0.1",))
    holder: list[Gateway] = []
    runner = Runner(
        services=services,
        outbox=outbox,
        connected=lambda: list(holder[0].connected()) if holder else [],
        patience=patience,
    )
    gateway = Gateway(
        GatewaySettings(
            listen="127.0.0.1:0",
            enrol_listen="127.0.0.1:0",
            server_key=server_key,
            server_chain=chain,
            limits=LIMITS,
            stop_grace_s=0.2,
        ),
        on_parcel=runner.on_parcel,
        outbox=outbox,
        authority=authority,
        clock=clock,
        on_hello=runner.on_hello,
    )
    holder.append(gateway)
    port = await gateway.start()
    loop = asyncio.get_running_loop()

    sending: set[asyncio.Task[None]] = set()

    def wake(site: SiteId, parcel: Parcel) -> None:
        task = loop.create_task(gateway.send(site, parcel))
        sending.add(task)
        task.add_done_callback(sending.discard)

    outbox.wake = wake
    project = _people_and_project(services)
    permit = permit_for(sites, project=project, now=clock(), **(permit_changes or {}))
    grant(services, permit)
    hospitals: dict[SiteId, Hospital] = {}
    links: dict[SiteId, LinkSettings] = {}
    serving = loop.create_task(runner.serve())
    try:
        for site in sites:
            policy = (policies or {}).get(site, SitePolicy())
            hospitals[site] = await asyncio.to_thread(
                _make_hospital,
                folder,
                site,
                root=envelope,
                fingerprint=fingerprint,
                clock=clock,
                policy=policy,
            )
            links[site] = LinkSettings(
                site=site,
                host="127.0.0.1",
                port=port,
                enrol_port=gateway.enrol_port,
                folder=folder / site / "link",
                limits=LIMITS,
                reconnect_s=0.05,
                reconnect_max_s=0.2,
            )
            token = authority.new_token(site)
            await asyncio.to_thread(enrol, links[site], str(token))
        for site in online if online is not None else sites:
            await hospitals[site].start(links[site])
        yield SmallFederation(
            folder=folder,
            clock=clock,
            services=services,
            runner=runner,
            gateway=gateway,
            hospitals=hospitals,
            links=links,
            permit=permit,
            project=project,
        )
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        await asyncio.gather(*(one.stop() for one in hospitals.values()), return_exceptions=True)
        await gateway.stop()
        services.database.close()


def _people_and_project(services: Services) -> str:
    services.accounts.add_organisation(
        Organisation(id="university", name="University", kind="university", country="KR"), by="operator"
    )
    for name, role, member in (
        (RESEARCHER, Role.RESEARCHER, None),
        ("checker-1", Role.CHECKER, "checker-1"),
        ("checker-2", Role.CHECKER, "checker-2"),
        *((name, Role.COMMITTEE, name) for name in COMMITTEE),
    ):
        services.accounts.add(
            name,
            organisation="university",
            roles={role},
            password=None,
            country_of_access="KR",
            pledged=None,
            member=member,
            site=None,
            by="operator",
        )
    made = services.projects.create(
        title="Heart study", purpose="Coronary disease", organisation="university", by=RESEARCHER
    )
    return made.id


def grant(services: Services, permit: ProjectPermit, *, by: Sequence[str] = COMMITTEE[2:5]) -> None:
    """The committee reviews the data that a permit grants, signs it, and the coordinator takes it."""
    caller = Caller(
        account=by[0],
        organisation="university",
        roles=frozenset({Role.COMMITTEE}),
        scopes=ALL_SCOPES,
        member=by[0],
        site=None,
        token="test",
    )
    reviewed = _with_reviews(services, permit, by=caller)
    envelope = seal_statement(reviewed, keys=[key(name) for name in by])
    services.statements.take_signed(envelope, by=caller)


def _with_reviews(services: Services, permit: ProjectPermit, *, by: Caller) -> ProjectPermit:
    def reviewed(granted: DatasetGrant) -> DatasetGrant:
        findings = ReviewFindings.model_validate(
            {
                "site": granted.site,
                "dataset": granted.dataset,
                "items": [{"item": "all", "treatment": "re-keyed", "rule": "guideline", "risk": "low"}],
                "last_check": "groups of equal persons counted",
                "checked_on": services.clock().date(),
                "conclusion": "adequate",
            }
        )
        kept = services.reviews.record(permit.project, findings, by=by)
        return granted.model_copy(update={"review": kept.digest})

    return permit.model_copy(update={"datasets": tuple(map(reviewed, permit.datasets))})

"""Three hospitals and a coordinator as processes that can be killed, and folders to begin each case anew.

Everything slow (keys, stores, enrolment, permit) is made once; a case copies the folders. Jobs are submitted
through the coordinator's own records, as its API does from a process of its own.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import tomlkit

from analysis_jobs.runner.code_digests import code_digests
from coordinator.home import make_home, open_services
from coordinator.jobs.default_checks import default_checks
from coordinator.jobs.job_store import Job
from coordinator.roles import ALL_SCOPES, Caller, Role
from coordinator.running.companion import Federation
from coordinator.services import Services
from coordinator.settings import CoordinatorSettings
from coordinator.states import JobState
from infra.demo.heart.to_cdm import HOSPITALS, write_cdm
from infra.demo.processes import free_port
from infra.demo.study import DATASET, count_job, glm_job
from node.cli.state import deciding
from node.link.enrol import enrol
from node.link.reach import link_settings
from node.registers.budget_populations import WHOLE_HOSPITAL, set_ceiling
from node.settings import NodeSettings, read_settings
from node.settings_file import change_settings, write_settings
from node.state.engine import open_state, sessions
from node.state.memory import save_roots
from node.store.generations import Store
from node.store.identifier_guard import IdentifierPolicy
from node.store.key_providers import FileKey as SecretFile
from node.store.key_providers import create_key_file
from node.store.keys import create_keys
from node.store.load_omop import load_folder
from node.store.secret_bytes import SecretBytes
from node.unlocking import DATA_SECRET, PSEUDONYM_SECRET
from onggi.protocol.dsse import Envelope
from onggi.protocol.keys import FileKey, new_private_pem
from onggi.protocol.messages import Revocations
from onggi.protocol.orders import Logged
from onggi.protocol.rendering import UNSET
from onggi.protocol.sealing import seal_statement
from onggi.protocol.statements import Revocation
from onggi.protocol.trust_root import root_fingerprint
from onggi.protocol.trusted_roots import TrustedRoots
from onggi.spec.ids import SiteId
from onggi.spec.job import JobSpec
from tests.support.crash_processes import Forks, Server
from tests.support.federation_root import COMMITTEE, hospital, key, make_root, member, signed_root
from tests.support.small_federation import RESEARCHER, _people_and_project, grant, permit_for

SITES = (SiteId("budapest"), SiteId("cleveland"), SiteId("longbeach"))
FILES = ("hungarian", "cleveland", "va")
ORIGIN = "log.federation.example/main"
COORDINATOR = "coordinator"
_ENDED = {JobState.HELD, JobState.RELEASED, JobState.FAILED, JobState.CANCELLED, JobState.REFUSED}
Rows = dict[str, list[dict[str, Any]]]
"""Table name to rows."""


@dataclass(frozen=True)
class Template:
    """Folders of a federation that never ran a job, and the root's keys that sign its next version."""

    folder: Path
    permit: str
    project: str
    root: Envelope


def _settings(home: Path, **given: object) -> CoordinatorSettings:
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = {"origin": ORIGIN, "absent_seconds": 1, **given}
    (home / "coordinator.toml").write_text(tomlkit.dumps(content))
    return CoordinatorSettings.from_home(home, environment={})


def _make_node(home: Path, site: SiteId, *, source: Path) -> str:
    """A node's folder with keys and data; its identity's public key."""
    home.mkdir(mode=0o700, parents=True)
    entries: dict[str, str | int] = {
        "site": site,
        "dataset": DATASET,
        "coordinator": "127.0.0.1:1",
        "warm_workers": 0,
    }
    settings = write_settings(home, entries)
    settings.keys_folder.mkdir(mode=0o700)
    for name in (DATA_SECRET, PSEUDONYM_SECRET):
        create_key_file(settings.keys_folder / name, secret=SecretBytes(os.urandom(32)))
    keys = create_keys(
        settings.keys_folder,
        data_provider=SecretFile(settings.keys_folder / DATA_SECRET),
        pseudonym_provider=SecretFile(settings.keys_folder / PSEUDONYM_SECRET),
        random_bytes=os.urandom,
    )
    pem = new_private_pem()
    handle = os.open(settings.identity_key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
    store = Store(settings.store)
    store.create()
    write_cdm(HOSPITALS[site], folder=source)
    load_folder(source, store=store, keys=keys, policy=IdentifierPolicy(), clock=lambda: datetime.now(UTC))
    return FileKey.from_pem(pem).public_key.pem


def make_template(folder: Path) -> Template:
    """Builds it once; takes some seconds."""
    folder.chmod(0o755)
    settings = _settings(folder / COORDINATOR, link_port=free_port(), enrol_port=free_port())
    make_home(settings)
    services = open_services(settings, checks=default_checks())
    pems = {site: _make_node(folder / site, site, source=folder / "cdm" / site) for site in SITES}
    now = datetime.now(UTC)
    root = make_root(
        issued=now - timedelta(days=1),
        expires=now + timedelta(days=365),
        members=[
            *(member(name, external=name in COMMITTEE[3:]) for name in COMMITTEE),
            *(member(name, role="output_checker") for name in ("checker-1", "checker-2")),
        ],
        hospitals=[hospital(site, identity_key=pems[site]) for site in SITES],
        logs=[{"origin": ORIGIN, "public_key": services.log_key.public_key.pem}],
    )
    envelope = signed_root(root)
    fingerprint = root_fingerprint(envelope)
    services.roots.pin(envelope, fingerprint=fingerprint, by="operator")
    project = _people_and_project(services)
    permit = permit_for(SITES, project=project, now=now)
    assert permit.bounds is not None
    bounds = permit.bounds.model_copy(update={"micro_epsilon": 10_000_000})
    permit = permit.model_copy(update={"bounds": bounds})
    grant(services, permit)
    with Federation(settings).beside(services):
        for site in SITES:
            _enrol(folder / site, services, settings, envelope=envelope, fingerprint=fingerprint)
    services.database.close()
    return Template(folder, permit.permit, project, envelope)


def _enrol(
    home: Path, services: Services, coordinator: CoordinatorSettings, *, envelope: Envelope, fingerprint: str
) -> None:
    settings = change_settings(
        home,
        {
            "coordinator": f"127.0.0.1:{coordinator.link_port}",
            "enrol_port": coordinator.enrol_port,
            "root_fingerprint": fingerprint,
            "log_origin": ORIGIN,
        },
    )
    enrol(link_settings(settings), str(services.authority().new_token(settings.site)))
    engine = open_state(settings.database)
    with sessions(engine).begin() as session:
        save_roots(session, TrustedRoots.pin(envelope, fingerprint=fingerprint))
    engine.dispose()


@dataclass
class CrashHouse:
    """One case's folders and processes."""

    template: Template
    folder: Path
    services: Services
    forks: Mapping[str, Forks]
    servers: dict[str, Server] = field(default_factory=dict)
    kept: dict[str, list[Rows]] = field(default_factory=dict)
    """What lay on each party's disk at each of its deaths."""

    def start(self, who: str, *, point: str | None = None, nth: int = 1) -> Server:
        assert who not in self.servers or self.servers[who].poll() is not None
        forks = self.forks[COORDINATOR if who == COORDINATOR else "node"]
        log = self.folder / f"{who}.log"
        self.servers[who] = Server.start(forks, self.folder / who, log=log, point=point, nth=nth)
        return self.servers[who]

    def start_all(self, **points: str | None) -> None:
        for who in (COORDINATOR, *SITES):
            self.start(who, point=points.get(who))

    def wait_for_death(self, who: str, point: str, *, seconds: float = 100.0) -> None:
        """Until it was killed by its failpoint."""
        code = self.servers[who].wait(seconds)
        assert code == -9, f"{who} at {point} ended with {code}: {self.tell()}"
        self.note(who)

    def restart(self, who: str, *, point: str | None = None, nth: int = 1) -> None:
        """Kills it wherever it is, and starts it again."""
        self.servers[who].kill()
        self.note(who)
        self.start(who, point=point, nth=nth)

    def note(self, who: str) -> None:
        """Remembers what lies on a dead party's disk."""
        self.kept.setdefault(who, []).append(self.read(who))

    def read(self, who: str) -> Rows:
        """All rows of a party's records.

        This process has the coordinator's records open as well. What a death left in their log without having
        committed it is overwritten then, never recovered: their rows are those that a connection sees.
        """
        database = self.database_of(who)
        shared = who == COORDINATOR or self.servers[who].poll() is None
        return _read_rows(database) if shared else _read_copied_rows(database)

    def database_of(self, who: str) -> Path:
        return self.folder / who / ("coordinator.db" if who == COORDINATOR else "state.sqlite")

    def advance_root(self) -> None:
        """The coordinator takes version 2 of the root, which says the same as version 1."""
        first = self.services.roots.get_current()
        second = first.model_copy(update={"version": 2, "issued": first.issued + timedelta(hours=1)})
        self.services.roots.advance(signed_root(second), by="operator")

    def withdrawal(self) -> Revocations:
        """A committee member withdraws the study's permit."""
        now = datetime.now(UTC)
        revocation = Revocation(
            id="revocation-1",
            federation=self.services.roots.get_current().federation,
            issued=now - timedelta(minutes=1),
            expires=now + timedelta(days=30),
            summary=UNSET,
            what="permit",
            target=self.template.permit,
            reason="The study ended",
        )
        envelope = seal_statement(revocation, keys=[key(COMMITTEE[0])])
        return Revocations(revocations=(Logged(envelope=envelope, index=0, proof=()),))

    def settings_of(self, site: str) -> NodeSettings:
        return read_settings(self.folder / site)

    def set_ceilings(self) -> None:
        """Every hospital allows noisy answers, with room for two of `noisy_spec`."""
        for site in SITES:
            with deciding(self.settings_of(site)) as (session, _):
                set_ceiling(
                    session,
                    WHOLE_HOSPITAL,
                    micro_epsilon=1_500_000,
                    femto_delta=10**9,
                    by="it",
                    reason="test",
                    now=datetime.now(UTC),
                )

    # --- jobs ----------------------------------------------------------------------------------------

    def count_spec(self, **changes: object) -> JobSpec:
        return self._spec(count_job, {}, changes)

    def noisy_spec(self, *, masked: bool, **changes: object) -> JobSpec:
        asked = {"micro_epsilon": 1_000_000, "delta": 1e-6}
        privacy = {"minimum_persons": 10, "masked": masked, "differential_privacy": asked}
        return self.count_spec(privacy=privacy, **changes)

    def glm_spec(self, *, masked: bool = True, **changes: object) -> JobSpec:
        return self._spec(glm_job, {"masked": masked}, changes)

    def _spec(self, make: Any, options: Mapping[str, Any], changes: Mapping[str, object]) -> JobSpec:
        ids = {"project": self.template.project, "permit": self.template.permit}
        spec: JobSpec = make(**ids, code=code_digests(), now=datetime.now(UTC), **options)
        return JobSpec.model_validate({**spec.model_dump(mode="json"), "participants": SITES, **changes})

    def submit(self, spec: JobSpec) -> Job:
        caller = Caller(
            account=RESEARCHER,
            organisation="university",
            roles=frozenset({Role.RESEARCHER}),
            scopes=ALL_SCOPES,
            member=None,
            site=None,
            token="test",
        )
        return self.services.submitter.submit(spec, by=caller).job

    def wait_for_job(self, job: str, *, seconds: float = 90.0) -> Job:
        deadline = time.monotonic() + seconds
        while (now := self.services.jobs.get(job)).state not in _ENDED:
            if time.monotonic() > deadline:
                raise AssertionError(f"job still {now.state}: {self.tell()}")
            time.sleep(0.02)
        return now

    def wait_for_deletions(self, count: int, *, seconds: float = 60.0) -> None:
        """Until the coordinator holds this many deletion records."""
        deadline = time.monotonic() + seconds
        query = "SELECT count(*) FROM orders WHERE deletion IS NOT NULL"
        while (found := self._ask(query)) < count:
            if time.monotonic() > deadline:
                raise AssertionError(f"{found} of {count} deletions were reported: {self.tell()}")
            time.sleep(0.02)

    def wait_until_quiet(self, *, seconds: float = 60.0) -> None:
        """Until no parcel that must arrive is on its way any more and every run is closed."""
        deadline = time.monotonic() + seconds
        while waiting := self._unfinished():
            if time.monotonic() > deadline:
                raise AssertionError(f"still unfinished: {waiting}: {self.tell()}")
            time.sleep(0.02)

    def _unfinished(self) -> dict[str, int]:
        found = {str(site): self._ask("SELECT count(*) FROM outgoing", who=site) for site in SITES}
        found["parcels"] = self._ask("SELECT count(*) FROM outgoing_parcels")
        found["runs"] = self._ask("SELECT count(*) FROM runs WHERE ended IS NULL")
        return {name: count for name, count in found.items() if count}

    def _ask(self, query: str, *, who: str = COORDINATOR) -> int:
        connection = sqlite3.connect(self.database_of(who), timeout=30)
        try:
            return int(connection.execute(query).fetchone()[0])
        finally:
            connection.close()

    def tell(self) -> str:
        """How everything stands, for a failing test."""
        told = [f"--- {who} ({one.poll()}): {one.tail()}" for who, one in self.servers.items()]
        rows = self.read(COORDINATOR)
        told += [f"job {row['id']}: {row['state']} {row['code']}" for row in rows["jobs"]]
        told += [f"{row['site']}: {row['answer']} {row['code']} {row['stage']}" for row in rows["orders"]]
        told += [f"{row['site']} saw {row['log_size']} of the log" for row in rows["sites"]]
        return "\n".join(told)

    def stop(self) -> None:
        for server in self.servers.values():
            server.kill()
        self.services.database.close()


def _read_copied_rows(path: Path) -> Rows:
    """All rows of a dead process's records, read from a copy: its own next start does the recovery.

    Another process makes the copy: one that closes a database's file loses its own locks on it.
    """
    with tempfile.TemporaryDirectory() as place:
        subprocess.run(["cp", "--", *map(str, path.parent.glob(f"{path.name}*")), place], check=True)
        return _read_rows(Path(place) / path.name)


def _read_rows(path: Path) -> Rows:
    connection = sqlite3.connect(path, timeout=30)
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("BEGIN")
        found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {
            name: [dict(row) for row in connection.execute(f'SELECT * FROM "{name}"')]
            for name in (row["name"] for row in found)
        }
    finally:
        connection.close()


@contextmanager
def crash_house(template: Template, folder: Path, forks: Mapping[str, Forks]) -> Iterator[CrashHouse]:
    """A copy of the template on ports of its own; whatever it started is ended with it."""
    folder.chmod(0o755)
    for who in (COORDINATOR, *SITES):
        shutil.copytree(template.folder / who, folder / who, symlinks=True)
    settings = _settings(folder / COORDINATOR, link_port=free_port(), enrol_port=free_port())
    for site in SITES:
        change_settings(folder / site, {"coordinator": f"127.0.0.1:{settings.link_port}"})
    services = open_services(settings, checks=default_checks())
    house = CrashHouse(template, folder, services, forks)
    try:
        yield house
    finally:
        house.stop()

"""A real hospital node without a link: parcels are handed to it, and what it did is read from its state.

The data of a hospital is loaded once per test process; every test copies the folder and so has a node that
never ran. Nothing of the node is replaced: state, store, registers and sandbox are a hospital's.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import select

from analysis_jobs.runner.code_digests import code_digests
from analysis_jobs.runner.limits import SandboxLimits
from analysis_jobs.runner.worker_keeper import Worker
from infra.demo.heart.to_cdm import HOSPITALS, write_cdm
from infra.demo.study import DATASET
from node.agent.agent import NodeAgent
from node.datasets import Datasets
from node.decisions.site_policy import SitePolicy
from node.registers.audit import check_chain
from node.registers.objects import ObjectStore
from node.registers.outbox import NodeOutbox
from node.registers.told_before import ToldBefore
from node.sandbox.warm_workers import WarmWorkers
from node.services import NodeServices
from node.settings import NodeSettings
from node.state.engine import open_state, sessions
from node.state.memory import save_roots
from node.state.tables import AuditEvent, HeldReply, Release, RevealedSum, Run
from node.store.generations import Store
from node.store.identifier_guard import IdentifierPolicy
from node.store.key_providers import FileKey as KekFile
from node.store.key_providers import create_key_file
from node.store.keys import create_keys, unlock_data_key
from node.store.load_omop import load_folder
from node.store.secret_bytes import SecretBytes
from onggi.protocol.dsse import Envelope
from onggi.protocol.messages import Decision, unpack
from onggi.protocol.parcels import Parcel, ParcelKind
from onggi.protocol.trusted_roots import TrustedRoots
from onggi.spec.ids import SiteId
from onggi.spec.job import CodeDigests, Limits
from tests.support.federation_root import NOW, ORIGIN, key


@cache
def this_code() -> CodeDigests:
    """The digests of the code under test, read once: they list every installed package."""
    return code_digests()


@dataclass
class SetClock:
    """Stands still until a test moves it."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, by: timedelta) -> None:
        self.now += by


class CountedWorkers(WarmWorkers):
    """The node's own stock of sandboxes, which also says how many runs took one."""

    taken = 0

    async def take(self, limits: Limits) -> Worker:
        self.taken += 1
        return await super().take(limits)


@cache
def loaded_hospital(site: str) -> Path:
    """A node's folder with keys and the loaded heart data of one hospital, made once and then copied."""
    folder = Path(tempfile.mkdtemp(prefix="onggi-hospital-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    home = folder / site
    home.mkdir(mode=0o700)
    create_key_file(home / "kek", secret=SecretBytes(os.urandom(32)))
    provider = KekFile(home / "kek")
    keys = create_keys(
        home / "keys", data_provider=provider, pseudonym_provider=provider, random_bytes=os.urandom
    )
    store = Store(home / "store")
    store.create()
    write_cdm(HOSPITALS[site], folder=folder / "cdm" / site)
    load_folder(folder / "cdm" / site, store=store, keys=keys, policy=IdentifierPolicy(), clock=lambda: NOW)
    open_state(f"sqlite:///{home / 'state.sqlite'}").dispose()
    return home


@dataclass
class LoneNode:
    """One node, its clock, and everything that it ever handed to the link."""

    services: NodeServices
    clock: SetClock
    agent: NodeAgent
    sent: list[Parcel] = field(default_factory=list)
    _numbers: int = 0

    @property
    def site(self) -> SiteId:
        return self.services.settings.site

    async def take(self, kind: ParcelKind, body: bytes, *, about: str = "x") -> list[Parcel]:
        """Hands the node one parcel; returns what it sent while it handled it."""
        self._numbers += 1
        before = len(self.sent)
        await self.agent.on_parcel(Parcel(id=f"p{self._numbers}", kind=kind, about=about, body=body))
        return self.sent[before:]

    async def restart(self) -> None:
        """The process ends and another takes up what lies on the disk."""
        await self.agent.close()
        told_before = ToldBefore(self.services.data_key, os.urandom)
        self.services = replace(self.services, told_before=told_before)
        self.agent = NodeAgent(self.services)
        await self.agent.recover()

    # --- what is there to be seen afterwards ---------------------------------------------------------

    @property
    def codes(self) -> list[str]:
        """Every code in the hospital's own audit, in order; the chain must hold."""
        with self.services.sessions() as session:
            check_chain(session)
            facts = [json.loads(text) for text in session.scalars(select(AuditEvent.facts))]
        return [fact["code"] for fact in facts if fact.get("code")]

    @property
    def events(self) -> list[str]:
        with self.services.sessions() as session:
            return list(session.scalars(select(AuditEvent.event).order_by(AuditEvent.number)))

    @property
    def releases(self) -> int:
        with self.services.sessions() as session:
            return len(list(session.scalars(select(Release.entry))))

    @property
    def held(self) -> list[int]:
        with self.services.sessions() as session:
            return list(session.scalars(select(HeldReply.id)))

    @property
    def reveals(self) -> list[tuple[str, str]]:
        """For which sums, and for whom, shares were given."""
        with self.services.sessions() as session:
            return [(row.which, row.survivors) for row in session.scalars(select(RevealedSum))]

    @property
    def states(self) -> dict[str, str]:
        with self.services.sessions() as session:
            return {row.run: row.state for row in session.scalars(select(Run))}

    @property
    def workspaces(self) -> list[str]:
        folder = self.services.settings.workspaces
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []

    @property
    def decisions(self) -> list[Decision]:
        return [unpack(Decision, one.body)[0] for one in self.sent if one.kind is ParcelKind.DECISION]

    @property
    def workers_taken(self) -> int:
        workers = self.services.workers
        assert isinstance(workers, CountedWorkers)
        return workers.taken

    def check_nothing_ran(self) -> None:
        """No workspace, no worker, no release, no reply, no run that could still start."""
        assert self.workspaces == []
        assert self.workers_taken == 0
        assert self.releases == 0
        assert self.held == []
        assert not {"accepted", "running", "finished"} & set(self.states.values())
        kinds = {one.kind for one in self.sent}
        assert kinds <= {ParcelKind.DECISION, ParcelKind.STAGE, ParcelKind.COSIGNATURE}
        assert "node:run:start" not in self.events


def make_node(
    template: Path,
    folder: Path,
    *,
    root: Envelope,
    fingerprint: str,
    clock: SetClock,
    policy: SitePolicy | None = None,
    random: Callable[[int], bytes] = os.urandom,
) -> LoneNode:
    """A node of its own from a loaded hospital, with the federation pinned."""
    site = SiteId(template.name)
    home = folder / site
    shutil.copytree(template, home)
    settings = NodeSettings(
        home=home,
        site=site,
        dataset=DATASET,
        coordinator="127.0.0.1:1",
        root_fingerprint=fingerprint,
        log_origin=ORIGIN,
        policy=policy or SitePolicy(),
        warm_workers=0,
    )
    database = sessions(open_state(settings.database))
    with database.begin() as session:
        save_roots(session, TrustedRoots.pin(root, fingerprint=fingerprint))
    objects = ObjectStore(settings.objects)
    data_key = unlock_data_key(settings.keys_folder, provider=KekFile(home / "kek"))
    services = NodeServices(
        settings=settings,
        sessions=database,
        objects=objects,
        outbox=NodeOutbox(database, objects, site=site),
        workers=CountedWorkers(keep=0, uids=settings.sandbox_uids, limits=SandboxLimits()),
        datasets=Datasets(settings),
        data_key=data_key,
        told_before=ToldBefore(data_key, os.urandom),
        identity=key(site),
        code=this_code(),
        clock=clock,
        random=random,
    )
    node = LoneNode(services=services, clock=clock, agent=NodeAgent(services))
    services.outbox.wake = node.sent.append
    return node


async def close_nodes(nodes: Sequence[LoneNode]) -> None:
    """Ends workers and database connections."""
    await asyncio.gather(*(node.agent.close() for node in nodes))
    for node in nodes:
        node.services.sessions.kw["bind"].dispose()

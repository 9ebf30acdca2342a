"""A hospital's node folder for tests, and `onggi-node` typed into it, in this process."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
from sqlalchemy.orm import Session

from analysis_jobs.kinds.records import arrays_to_records
from analysis_jobs.runner import flower_adapter
from node.cli.app import main
from node.cli.desk import Surroundings
from node.registers.objects import ObjectStore
from node.registers.releases import Leaving, record_release
from node.registers.told_before import ToldBefore
from node.settings import NodeSettings, read_settings
from node.state.engine import open_state, sessions
from node.state.tables import Run
from node.store.key_providers import FileKey as SecretFile
from node.store.keys import unlock_data_key
from node.unlocking import DATA_SECRET
from onggi.protocol.canonical import canonical_json, digest_of
from onggi.protocol.dsse import Envelope
from onggi.protocol.keys import new_private_pem
from onggi.protocol.trust_root import root_fingerprint
from onggi.spec.base import as_instant
from tests.support.cdm_folders import counting_bytes
from tests.support.federation_root import COMMITTEE, NOW, SITES, hospital, make_root, signed_root
from tests.support.job_specs import make_spec

SITE = "cleveland"
REPLY = flower_adapter.records_to_bytes(arrays_to_records({"persons": np.array([303.0, 41.5])}))
"""What a hospital sends in clear: two numbers by name."""


@dataclass(frozen=True)
class Answer:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class NodeDesk:
    """One node's folder and the person before it."""

    home: Path
    now: datetime = NOW
    language: str = "en_US.UTF-8"
    typed: str = ""
    coordinator: str = "127.0.0.1:9"

    def type(self, *words: str) -> Answer:
        """Runs one command line."""
        out, err = io.StringIO(), io.StringIO()
        surroundings = Surroundings(
            environment={"LANG": self.language, "HOME": str(self.home.parent)},
            clock=lambda: self.now,
            random=counting_bytes(str(self.home)),
            out=out,
            err=err,
            asking=io.StringIO(self.typed),
        )
        code = main([*words, "--home", str(self.home)], surroundings)
        return Answer(code, out.getvalue(), err.getvalue())

    def init(self, *more: str) -> Answer:
        return self.type("init", "--site", SITE, "--coordinator", self.coordinator, "--json", *more)

    def trust(self, envelope: Envelope | None = None, *more: str) -> Answer:
        """Trusts a root that names this node's own identity key."""
        envelope = envelope or self.root()
        file = self.home.parent / "root.json"
        file.write_bytes(envelope.to_json())
        return self.type(
            "trust", "--root", str(file), "--fingerprint", root_fingerprint(envelope), "--json", *more
        )

    def root(self, **overrides: Any) -> Envelope:
        """Version 1, with this node's identity key if it has one already."""
        mine = hospital(SITE, identity_key=self.init().json["identity"]["public_key"])
        others = [hospital(site) for site in SITES if site != SITE]
        return signed_root(make_root(hospitals=[mine, *others], **overrides), by=COMMITTEE[:2])

    @property
    def settings(self) -> NodeSettings:
        return read_settings(self.home)

    @contextmanager
    def state(self) -> Iterator[Session]:
        """One transaction on the node's state."""
        engine = open_state(self.settings.database)
        try:
            with sessions(engine).begin() as session:
                yield session
        finally:
            engine.dispose()

    def told_before(self) -> ToldBefore:
        """The registers of released persons as a process of the node opens them."""
        provider = SecretFile(self.settings.keys_folder / DATA_SECRET)
        return ToldBefore(unlock_data_key(self.settings.keys_folder, provider=provider), os.urandom)


def ready_node(folder: Path) -> NodeDesk:
    """A node that is set up, trusts the test federation, and was started once."""
    desk = NodeDesk(folder / "node")
    assert desk.init().code == 0
    assert desk.trust().code == 0
    with desk.state() as session:
        desk.told_before().take_up(session)
    return desk


def make_run(run: str = "run-1", *, state: str = "asked") -> Run:
    """A run's row as an accepted or asked order leaves it."""
    spec = make_spec({})
    return Run(
        run=run,
        order_id=f"order-of-{run}",
        spec_digest=digest_of(spec),
        spec=canonical_json(spec).decode(),
        permit="{}",
        state=state,
        state_since=as_instant(NOW),
        received_at=as_instant(NOW),
    )


def record_left(
    desk: NodeDesk, *, what: Literal["masked_sum", "aggregate"] = "aggregate", content: bytes = REPLY
) -> int:
    """Something that left the node before: its entry's number."""
    with desk.state() as session:
        digest = ObjectStore(desk.settings.objects).put(session, content)
        leaving = Leaving(
            run="run-1",
            ordinal=0,
            spec_digest=digest,
            project="project-1",
            what=what,
            result="count_table",
            size=len(content),
            object_digest=digest,
            decision="sent",
        )
        return record_release(session, leaving, now=NOW)


def write_identity(path: Path) -> Path:
    """A private key file of a hospital that already has one."""
    path.write_bytes(new_private_pem())
    path.chmod(0o600)
    return path

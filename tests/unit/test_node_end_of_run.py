"""The end of a run at a hospital: the deletion record names what was destroyed, through any crash."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.agent.agent import NodeAgent
from node.agent.end_run import end_run
from node.agent.staging import TABLE, new_workspace
from node.agent.workspace import Contents, measure_workspace
from node.decisions.run_states import Party, RunState
from node.failpoints import NodePoint
from node.state.tables import DeletionRecord, Run
from onggi.protocol.dsse import Envelope
from onggi.protocol.sealing import read_statement
from onggi.protocol.statements import Deletion
from onggi.spec.base import as_instant
from tests.support.federation_root import NOW, make_root
from tests.support.lone_node import LoneNode, SetClock, load_hospital, make_node
from tests.support.rogue_coordinator import HonestFederation

RUN = "run-1"
FEDERATION = make_root().federation


class Crash(BaseException):
    """Stands for kill -9: no handler of ours runs for it."""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return load_hospital(tmp_path_factory.mktemp("end-of-run"), "cleveland")


@pytest.fixture
def node(loaded: Path, tmp_path: Path) -> Iterator[LoneNode]:
    clock = SetClock()
    honest = HonestFederation(clock)
    made = make_node(loaded, tmp_path, root=honest.first_root, fingerprint=honest.fingerprint, clock=clock)
    yield made
    made.services.sessions.kw["bind"].dispose()


def _staged(node: LoneNode) -> Contents:
    """A run in mid-work, with columns in its workspace."""
    workspace, wrapped = new_workspace(node.services, RUN)
    workspace.write(TABLE, [b"columns of persons" * 100])
    with node.services.sessions.begin() as session:
        session.add(
            Run(
                run=RUN,
                order_id="order-1",
                spec_digest="sha256:" + "0" * 64,
                spec="{}",
                permit="{}",
                state=str(RunState.RUNNING),
                state_since=as_instant(NOW),
                generation=1,
                workspace_key=wrapped,
                received_at=as_instant(NOW),
            )
        )
    return measure_workspace(node.services.settings.workspaces, run=RUN)


def _deletion(node: LoneNode) -> Deletion:
    with node.services.sessions() as session:
        assert session.get_one(Run, RUN).workspace_key is None
        envelope = Envelope.from_json(session.get_one(DeletionRecord, RUN).envelope.encode())
    return read_statement(envelope, Deletion, federation=FEDERATION)


@pytest.mark.parametrize("died_at", [None, NodePoint.RUN_ENDED, NodePoint.WORKSPACE_REMOVED])
def test_the_deletion_record_names_what_was_destroyed(node: LoneNode, died_at: NodePoint | None) -> None:
    lay_there = _staged(node)
    assert lay_there.size > 1000

    def die(point: str) -> None:
        if point == died_at:
            raise Crash

    services = dataclasses.replace(node.services, failpoint=die)
    try:
        end_run(services, run=RUN, outcome="finished", by=Party.COORDINATOR, code=None, federation=FEDERATION)
    except Crash:
        asyncio.run(NodeAgent(node.services).recover())
    told = _deletion(node)
    assert (told.workspace, told.bytes_destroyed) == (lay_there.digest, lay_there.size)
    assert told.outcome == "finished"
    assert node.workspaces == []

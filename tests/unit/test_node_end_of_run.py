"""The end of a run at a hospital: nothing is written after it, and the record names what was destroyed."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlglot import exp, parse_one

from analysis_jobs.cohort.engines import StreamingEngine
from infra.demo.study import SITES
from node.agent import staging
from node.agent.agent import NodeAgent
from node.agent.end_run import end_run
from node.agent.staging import TABLE, new_workspace
from node.agent.workspace import Contents, measure_workspace
from node.decisions.run_states import Party, RunState
from node.failpoints import NodePoint
from node.hospital_acts import record_pause
from node.state.tables import DeletionRecord, Run
from onggi.protocol.canonical import canonical_json, digest_of
from onggi.protocol.dsse import Envelope
from onggi.protocol.messages import Finish, pack
from onggi.protocol.parcels import ParcelKind
from onggi.protocol.sealing import read_statement
from onggi.protocol.statements import Deletion
from onggi.spec.base import as_instant
from onggi.spec.ids import RunId
from tests.support.federation_root import NOW, make_root
from tests.support.lone_node import LoneNode, SetClock, loaded_hospital, make_node
from tests.support.rogue_coordinator import PROJECT, HonestFederation
from tests.support.small_federation import permit_for

RUN = "run-1"
FEDERATION = make_root().federation


class Crash(BaseException):
    """Stands for kill -9: no handler of ours runs for it."""


@pytest.fixture
def node(tmp_path: Path) -> Iterator[LoneNode]:
    clock = SetClock()
    honest = HonestFederation(clock)
    made = make_node(
        loaded_hospital("cleveland"),
        tmp_path,
        root=honest.first_root,
        fingerprint=honest.fingerprint,
        clock=clock,
    )
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
        end_run(
            services,
            run=RUN,
            outcome="finished",
            by=Party.COORDINATOR,
            code=None,
            lay_there=measure_workspace(services.settings.workspaces, run=RUN),
            federation=FEDERATION,
        )
    except Crash:
        asyncio.run(NodeAgent(node.services).recover())
    told = _deletion(node)
    assert told.workspace == lay_there.digest
    assert str(lay_there.size) not in canonical_json(told).decode(), "it would tell how many were staged"
    with node.services.sessions() as session:
        assert session.get_one(Run, RUN).workspace_bytes == lay_there.size
    assert told.outcome == "finished"
    assert node.workspaces == []


def _accepted(node: LoneNode) -> None:
    """A run that the node will stage when it starts."""
    spec = HonestFederation(node.clock).count_spec()
    with node.services.sessions.begin() as session:
        session.add(
            Run(
                run=RUN,
                order_id="order-1",
                spec_digest=digest_of(spec),
                spec=canonical_json(spec).decode(),
                permit=permit_for(SITES, project=PROJECT, now=NOW).model_dump_json(),
                state=str(RunState.ACCEPTED),
                state_since=as_instant(NOW),
                generation=1,
                received_at=as_instant(NOW),
            )
        )


async def _until(happened: threading.Event) -> None:
    while not happened.is_set():
        await asyncio.sleep(0.01)


CANCEL = pack(Finish(run=RunId(RUN), outcome="cancelled"))


def test_a_run_that_is_called_off_is_destroyed_only_when_nothing_writes_any_more(node: LoneNode) -> None:
    """The staging thread stands still in mid-work: until it has ended there is no record of a deletion."""
    stages, may_go_on = threading.Event(), threading.Event()
    draw = Random(7)

    def random(count: int) -> bytes:
        if threading.current_thread() is not threading.main_thread():
            stages.set()
            may_go_on.wait()
        return draw.randbytes(count)

    agent = NodeAgent(dataclasses.replace(node.services, random=random))
    node.agent = agent

    async def story() -> None:
        await agent.recover()
        await _until(stages)
        cancelling = asyncio.create_task(node.take(ParcelKind.CANCEL, CANCEL, about=RUN))
        try:
            for _ in range(20):
                await asyncio.sleep(0.01)
            assert node.workspaces == [RUN]
            assert "node:workspace:destroy" not in node.events
        finally:
            may_go_on.set()
        await cancelling

    _accepted(node)
    asyncio.run(story())
    assert node.workspaces == []
    assert _deletion(node).outcome == "cancelled"


class SlowWorker:
    """A sandbox that has data going in when its run is called off."""

    def __init__(self) -> None:
        self.taken, self.stopped = threading.Event(), False

    async def configure(self, *_: object, **__: object) -> None:
        self.taken.set()
        await asyncio.sleep(3600)

    async def stop(self, **_: object) -> None:
        self.stopped = True


def test_a_worker_that_is_being_given_the_data_ends_before_the_record_is_signed(
    node: LoneNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = SlowWorker()

    async def take(_limits: object) -> SlowWorker:
        return worker

    monkeypatch.setattr(node.services.workers, "take", take)

    async def story() -> None:
        await node.agent.recover()
        await _until(worker.taken)
        await node.take(ParcelKind.CANCEL, CANCEL, about=RUN)

    _accepted(node)
    asyncio.run(story())
    assert worker.stopped
    assert _deletion(node).outcome == "cancelled"


def test_a_long_query_does_not_hold_up_the_end_of_its_run(
    node: LoneNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    asks = threading.Event()

    def endless(engine: StreamingEngine, *_: Any, **__: Any) -> Iterator[pa.RecordBatch]:
        asks.set()
        days = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b"
        engine.fetch(parse_one(days, into=exp.Select, dialect="duckdb"))
        raise AssertionError("it would take days")
        yield

    monkeypatch.setattr(staging, "stage_batches", endless)

    async def story() -> None:
        await node.agent.recover()
        await _until(asks)
        await asyncio.wait_for(node.take(ParcelKind.CANCEL, CANCEL, about=RUN), 60)

    _accepted(node)
    asyncio.run(story())
    assert node.workspaces == []
    assert _deletion(node).outcome == "cancelled"
    assert node.codes == []


def test_a_fault_while_watching_does_not_leave_a_later_pause_without_effect(node: LoneNode) -> None:
    real, failed = node.services.sessions, threading.Event()

    def busy_once() -> Session:
        if not failed.is_set():
            failed.set()
            raise OperationalError("select", None, sqlite3.OperationalError("database is locked"))
        return real()

    busy_once.begin = real.begin  # type: ignore[attr-defined]  # the maker's other door
    agent = NodeAgent(dataclasses.replace(node.services, sessions=busy_once))  # type: ignore[arg-type]  # see above

    async def story() -> None:
        agent._runs._runs[RUN] = asyncio.create_task(asyncio.sleep(0))  # type: ignore[arg-type]  # a run that is known
        watching = asyncio.create_task(agent.watch())
        await _until(failed)
        with real.begin() as session:
            record_pause(session, paused=True, now=NOW)
        while node.states == {RUN: "running"} and not watching.done():
            await asyncio.sleep(0.05)
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching

    _staged(node)
    asyncio.run(story())
    assert node.states == {RUN: "cancelled"}
    assert _deletion(node).outcome == "cancelled"

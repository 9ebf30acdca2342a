"""A hospital stops one run: nothing of it leaves any more, its workspace goes, and nobody learns why."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from infra.demo.study import SITES
from node.agent.agent import NodeAgent
from node.agent.pooled_history import record_reveal
from node.agent.staging import TABLE, new_workspace
from node.decisions.run_states import FINAL, Party, RunState, may_move
from node.egress.disclosure_report import make_report
from node.egress.release_reply import OfRun, release_clear, release_masked, resend_reply
from node.failpoints import NodePoint
from node.hospital_acts import record_stop
from node.state.tables import AuditEvent, DeletionRecord, Outgoing, Run, RunStop
from onggi.errors import Refused
from onggi.protocol.canonical import canonical_json, digest_of
from onggi.protocol.dsse import Envelope
from onggi.protocol.messages import Finish, Stage, pack
from onggi.protocol.parcels import ParcelKind
from onggi.protocol.sealing import read_statement
from onggi.protocol.statements import Deletion
from onggi.spec.base import as_instant
from onggi.spec.ids import RunId
from tests.support.federation_root import NOW, make_root
from tests.support.lone_node import LoneNode, SetClock, loaded_hospital, make_node
from tests.support.rogue_coordinator import PROJECT, HonestFederation
from tests.support.small_federation import permit_for

RUN, OTHER = "run-1", "run-2"
REASON = "the ward asked us to"


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


def _add(node: LoneNode, run: str = RUN, *, state: RunState = RunState.RUNNING) -> None:
    """A run; one that runs has columns in its workspace."""
    spec = HonestFederation(node.clock).count_spec()
    wrapped = None
    if state is RunState.RUNNING:
        workspace, wrapped = new_workspace(node.services, run)
        workspace.write(TABLE, [b"columns of persons" * 100])
    with node.services.sessions.begin() as session:
        session.add(
            Run(
                run=run,
                order_id=f"order-of-{run}",
                spec_digest=digest_of(spec),
                spec=canonical_json(spec).decode(),
                permit=permit_for(SITES, project=PROJECT, now=NOW).model_dump_json(),
                state=str(state),
                state_since=as_instant(NOW),
                generation=1,
                workspace_key=wrapped,
                received_at=as_instant(NOW),
            )
        )


def _stop(node: LoneNode, run: str = RUN, *, reason: str = REASON) -> bool:
    """As console and command line do it: in the state alone."""
    with node.services.sessions.begin() as session:
        return record_stop(session, run=run, now=NOW, by="it-1", reason=reason)


def _check_ended(node: LoneNode) -> None:
    assert node.states[RUN] == "cancelled"
    assert RUN not in node.workspaces
    with node.services.sessions() as session:
        row = session.get_one(Run, RUN)
        assert (row.code, row.workspace_key) == ("run.stopped", None)
        envelope = Envelope.from_json(session.get_one(DeletionRecord, RUN).envelope.encode())
        parcels = list(session.scalars(select(Outgoing).where(Outgoing.about == RUN)))
    assert sorted(one.id for one in parcels) == [f"{RUN}:deletion", f"{RUN}:ended"]
    ended = next(one for one in parcels if one.id.endswith(":ended"))
    assert Stage.model_validate_json(ended.body) == Stage(
        run=RunId(RUN), stage="cancelled", failure="run.stopped"
    )
    assert all(word not in one.body for one in parcels for word in (REASON.encode(), b"it-1"))
    assert all(REASON.encode() not in bytes(one.body) for one in node.sent)
    assert read_statement(envelope, Deletion, federation=make_root().federation).outcome == "cancelled"
    ends = [event for event in node.events if event in ("node:run:end", "node:workspace:destroy")]
    assert ends == ["node:run:end", "node:workspace:destroy"], "once each"


async def _watched(agent: NodeAgent, until: Callable[[], bool]) -> None:
    watching = asyncio.create_task(agent.watch())
    try:
        while not until():
            assert not watching.done(), watching.exception()
            await asyncio.sleep(0.02)
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching


def test_a_running_node_ends_the_run_and_no_other(node: LoneNode) -> None:
    _add(node)
    _add(node, OTHER)
    _stop(node)
    asyncio.run(_watched(node.agent, lambda: node.states[RUN] == "cancelled"))
    _check_ended(node)
    assert node.states[OTHER] == "running"
    assert node.workspaces == [OTHER]


def test_a_node_that_was_off_ends_it_before_anything_else(node: LoneNode) -> None:
    _add(node)
    _stop(node)
    asyncio.run(node.agent.recover())
    _check_ended(node)
    assert node.workers_taken == 0


@pytest.mark.parametrize("begin", ["recover", "watch"])
def test_a_run_that_has_not_begun_never_begins(node: LoneNode, begin: str) -> None:
    _add(node, state=RunState.ACCEPTED)
    _stop(node)

    async def story() -> None:
        if begin == "recover":
            await node.agent.recover()
        else:
            await _watched(node.agent, lambda: node.states[RUN] == "cancelled")
        assert not node.agent._runs.is_live(RUN)

    asyncio.run(story())
    assert node.states == {RUN: "cancelled"}
    assert node.workers_taken == 0
    assert node.workspaces == []
    assert "node:run:start" not in node.events


@pytest.mark.parametrize(
    "died_at", [NodePoint.RUN_ENDED, NodePoint.WORKSPACE_REMOVED, NodePoint.DELETION_RECORDED]
)
def test_killed_at_any_moment_of_the_end_it_is_ended_once(node: LoneNode, died_at: NodePoint) -> None:
    def die(point: str) -> None:
        if point == died_at:
            raise Crash

    _add(node)
    _stop(node)
    dying = NodeAgent(dataclasses.replace(node.services, failpoint=die))
    with pytest.raises(Crash):
        asyncio.run(dying.recover())
    for _ in range(2):
        asyncio.run(NodeAgent(node.services).recover())
    _check_ended(node)


def _refused(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.code


def test_nothing_leaves_from_the_moment_it_is_written(node: LoneNode) -> None:
    """Even before the node has looked: the row is asked in the transaction of every release."""
    _add(node)
    spec = HonestFederation(node.clock).count_spec()
    of = OfRun(run=RUN, spec=spec, spec_digest=digest_of(spec), permit_expires=NOW + timedelta(days=1))
    digest = f"sha256:{'a' * 64}"
    _stop(node)
    told = {
        _refused(
            lambda: release_clear(
                node.services,
                of,
                ordinal=0,
                records=b"numbers",
                message_digest=digest,
                judged=make_report(spec, (), of="site", now=NOW),
                follows_from=lambda _: None,
            )
        ),
        _refused(lambda: release_masked(node.services, of, ordinal=0, letters=[b"masked"])),
        _refused(lambda: resend_reply(node.services, of, ordinal=0, digest=digest)),
        _refused(lambda: record_reveal(node.services, RUN, 0, which="main", survivors=("a", "b", "c"))),
    }
    assert told == {"run.stopped"}
    assert (node.releases, node.held, node.reveals) == (0, [], [])


def test_stopping_twice_is_one_event_with_its_author_and_reason(node: LoneNode) -> None:
    _add(node)
    assert (_stop(node), _stop(node), _stop(node, reason="another")) == (True, False, False)
    with node.services.sessions() as session:
        facts = session.scalars(select(AuditEvent.facts).where(AuditEvent.event == "hospital:run:stop")).one()
    assert json.loads(facts) == {"by": "it-1", "reason": REASON}
    assert _stop_of(node) == [RUN]


def _stop_of(node: LoneNode) -> list[str]:
    with node.services.sessions() as session:
        return list(session.scalars(select(RunStop.run)))


@pytest.mark.parametrize("state", sorted(RunState))
def test_what_is_over_cannot_be_stopped(node: LoneNode, state: RunState) -> None:
    _add(node, state=state)
    assert may_move(state, RunState.CANCELLED, Party.HOSPITAL) is (state not in FINAL)
    if state in FINAL:
        assert _refused(lambda: _stop(node)) == "run.no_such_move"
        assert (_stop_of(node), node.events) == ([], [])
    else:
        assert _stop(node)
    assert _refused(lambda: _stop(node, "run-9")) == "run.not_found"


@pytest.mark.parametrize("reason", ["x" * 201, "two\nlines", "right\u202eto left", "nul\x00"])
def test_a_reason_is_one_plain_line(node: LoneNode, reason: str) -> None:
    _add(node)
    assert _refused(lambda: _stop(node, reason=reason)) == "run.stop_reason"
    assert (_stop_of(node), node.events) == ([], [])


def test_a_run_that_ended_meanwhile_stays_as_it_ended(node: LoneNode) -> None:
    """The coordinator's end was on its way: one end, one deletion, and the stop changes nothing after it."""
    _add(node)

    async def story() -> None:
        await node.take(ParcelKind.FINISH, pack(Finish(run=RunId(RUN), outcome="finished")), about=RUN)

    asyncio.run(story())
    with node.services.sessions.begin() as session:
        session.add(RunStop(run=RUN, at=as_instant(NOW)))
    before = node.events
    asyncio.run(NodeAgent(node.services).recover())
    assert node.states == {RUN: "finished"}
    assert node.events == before


def _both(*acts: Callable[[], Awaitable[object]]) -> None:
    async def story() -> None:
        await asyncio.gather(*(act() for act in acts))

    asyncio.run(story())


def test_a_stop_and_the_coordinators_end_at_the_same_time_end_it_once(node: LoneNode) -> None:
    _add(node)
    _stop(node)
    finish = pack(Finish(run=RunId(RUN), outcome="finished"))
    _both(node.agent.recover, lambda: node.take(ParcelKind.FINISH, finish, about=RUN))
    assert node.events.count("node:run:end") == 1
    assert node.events.count("node:workspace:destroy") == 1
    assert node.workspaces == []

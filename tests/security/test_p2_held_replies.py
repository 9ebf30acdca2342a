"""P2: a reply that waits for the hospital's word does not outlive what the committee approved."""

from __future__ import annotations

import asyncio
import contextlib
import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from node.decisions.site_policy import SitePolicy
from node.hospital_acts import record_held_decision
from node.state.tables import AuditEvent, HeldReply
from onggi.protocol.messages import RunReply, unpack
from onggi.protocol.parcels import ParcelKind
from onggi.spec.ids import SiteId
from tests.support.federation_root import make_root
from tests.support.lone_node import LoneNode, SetClock, close_nodes, loaded_hospital, make_node
from tests.support.rogue_coordinator import HonestFederation, RogueCoordinator
from tests.support.rogue_runs import Led, ask_bytes

pytestmark = pytest.mark.sandbox

HERE = SiteId("cleveland")


def _federation(clock: SetClock) -> HonestFederation:
    return HonestFederation(clock, root=make_root(floors={"minimum_hospitals": 1}))


@pytest.fixture
def node(tmp_path: Path) -> LoneNode:
    tmp_path.chmod(0o755)
    clock = SetClock()
    honest = _federation(clock)
    return make_node(
        loaded_hospital(HERE),
        tmp_path / "nodes",
        root=honest.first_root,
        fingerprint=honest.fingerprint,
        clock=clock,
        policy=SitePolicy(release={"count_table": "hold"}),
    )


def test_an_approval_that_comes_after_the_permit_ran_out_lets_nothing_go(node: LoneNode) -> None:
    asyncio.run(_story(node))
    assert node.releases == 0
    assert node.codes == ["permit.expired"]
    assert "node:reply:withhold" in node.events
    with node.services.sessions() as session:
        told = session.scalars(select(AuditEvent).where(AuditEvent.event == "node:reply:withhold")).one()
        assert json.loads(told.facts) == {"code": "permit.expired", "held": 1, "ordinal": 0}
        assert session.get_one(HeldReply, 1).decision == "done"


async def _story(node: LoneNode) -> None:
    honest = _federation(node.clock)
    spec = honest.count_spec(participants=[HERE], minimum_sites=1)
    led = Led(run="run-held", spec=spec, nodes={HERE: node})
    ends = node.clock() + timedelta(hours=12)
    permit = honest.permit(bounds={"minimum_sites": 1}, expires=ends)
    try:
        await led.order(RogueCoordinator(honest), permit)
        ask = led.next_ask()
        await led.show(HERE, led.header(0), [ask_bytes(ask)])
        assert node.held == [1]
        node.clock.move(timedelta(hours=12))
        with node.services.sessions.begin() as session:
            record_held_decision(session, held=1, approved=True, now=node.clock())
        before = len(node.sent)
        watching = asyncio.create_task(node.agent.watch())
        while not [one for one in node.sent[before:] if one.kind is ParcelKind.REPLY]:
            await asyncio.sleep(0.05)
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
        (reply,) = [one for one in node.sent[before:] if one.kind is ParcelKind.REPLY]
        header, attachments = unpack(RunReply, reply.body)
        assert (header.code, header.signature, attachments) == ("permit.expired", None, [])
    finally:
        await close_nodes([node])

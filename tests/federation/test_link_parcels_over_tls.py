"""Parcels over real TLS: both ways, whole, once and in order, through cuts, restarts and frozen lines."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from node.link.identity import KEY
from node.link.settings import Proxy
from onggi.errors import Refused
from onggi.protocol.parcels import MIB, Hello, Parcel, ParcelKind
from onggi.spec.ids import SiteId
from tests.support.connect_proxy import ConnectProxy
from tests.support.link_house import QUICK, NodeHouse, coordinator, in_loop, reply, until

pytestmark = pytest.mark.federation
SITE = "seoul"


@in_loop
async def test_a_node_enrols_connects_and_parcels_go_both_ways(tmp_path: Path) -> None:
    async with coordinator() as house:
        settings = await house.enrol(tmp_path, SITE)
        assert ((settings.folder / KEY).stat().st_mode & 0o777) == 0o600
        async with NodeHouse(settings, clock=house.clock) as node:
            await node.send(reply(1))
            await house.send(SITE, Parcel(id="order-1", kind=ParcelKind.ORDER, about="run-1", body=b"do"))
            await until(lambda: len(house.received) == len(node.received) == 1)
            assert house.received == [(SiteId(SITE), reply(1))]
            assert node.received[0].kind is ParcelKind.ORDER
            await until(lambda: not node.outbox.pending(SiteId(SITE)))
            await until(lambda: not house.outbox.pending(SiteId(SITE)))
            await until(lambda: node.link.status.round_trip_s is not None)
            assert node.link.status.last_error is None
            assert abs(node.link.status.clock_difference_s or 0) < 5
            assert house.hellos[0][1].orders == ("order-1",)
            assert house.gateway.connected()[SiteId(SITE)].hello.log_size == 7


@in_loop
async def test_parcels_of_two_sites_never_mix(tmp_path: Path) -> None:
    async with coordinator() as house:
        first = await house.enrol(tmp_path, "seoul")
        second = await house.enrol(tmp_path, "busan")
        async with NodeHouse(first, clock=house.clock) as one, NodeHouse(second, clock=house.clock) as two:
            await one.send(reply("s"))
            await two.send(reply("b"))
            await house.send("busan", Parcel(id="for-busan", kind=ParcelKind.ORDER))
            await until(lambda: len(house.received) == 2 and bool(two.received))
            assert set(house.received) == {(SiteId("seoul"), reply("s")), (SiteId("busan"), reply("b"))}
            assert not one.received


@in_loop
async def test_forty_megabytes_arrive_whole_in_both_directions(tmp_path: Path) -> None:
    async with coordinator() as house:
        settings = await house.enrol(tmp_path, SITE)
        up, down = os.urandom(40 * MIB + 17), os.urandom(8 * MIB)
        async with NodeHouse(settings, clock=house.clock) as node:
            await node.send(reply("big", up))
            await node.send(reply("after"))
            await house.send(SITE, Parcel(id="model", kind=ParcelKind.MESSAGE, about="run-1", body=down))
            await until(lambda: len(house.received) == 2 and len(node.received) == 1)
        # the small parcel about the same run was sent later and is handled later
        assert [parcel.id for _, parcel in house.received] == ["reply-big", "reply-after"]
        assert house.received[0][1].body == up
        assert node.received[0].body == down


@in_loop
async def test_a_broken_transfer_goes_on_from_where_it_stopped(tmp_path: Path) -> None:
    body = os.urandom(40 * MIB)
    async with coordinator() as house, ConnectProxy() as proxy:
        settings = await house.enrol(tmp_path, SITE)
        settings = replace(settings, proxy=Proxy(host="127.0.0.1", port=proxy.port))
        proxy.cut_after = 24 * MIB
        async with NodeHouse(settings, clock=house.clock) as node:
            await node.send(reply("big", body))
            await until(lambda: len(house.received) == 1)
            assert house.received[0][1].body == body
            await until(lambda: not node.outbox.pending(SiteId(SITE)))
        carried = [size for size in proxy.tunnels if size > MIB]
        assert len(carried) == 2
        assert carried[0] > 24 * MIB
        assert carried[1] < 34 * MIB  # not from the beginning


@in_loop
async def test_a_parcel_that_is_sent_again_is_handled_once(tmp_path: Path) -> None:
    async with coordinator() as house, ConnectProxy() as proxy:
        settings = await house.enrol(tmp_path, SITE)
        settings = replace(settings, proxy=Proxy(host="127.0.0.1", port=proxy.port))

        async def cut_before_the_ack(_site: SiteId, _parcel: Parcel) -> None:
            proxy.cut()

        house.handler = cut_before_the_ack
        async with NodeHouse(settings, clock=house.clock) as node:
            await node.send(reply(1))
            await until(lambda: not node.outbox.pending(SiteId(SITE)))
        assert len(house.hellos) >= 2
        assert house.received == [(SiteId(SITE), reply(1))]


@in_loop
async def test_unconfirmed_parcels_survive_a_restart_of_the_coordinator_in_order(tmp_path: Path) -> None:
    async with coordinator() as house:
        settings = await house.enrol(tmp_path, SITE)
        async with NodeHouse(settings, clock=house.clock) as node:
            await until(lambda: house.connected(SITE))
            port, enrol_port = house.port, house.gateway.enrol_port
            await house.stop()
            await until(lambda: node.link.status.connected_since is None)
            for number in range(20):
                await node.send(reply(number))
                house.outbox.record(SiteId(SITE), Parcel(id=f"o-{number}", kind=ParcelKind.ORDER))
            await house.start(port=port, enrol_port=enrol_port)
            await until(lambda: len(house.received) == len(node.received) == 20)
        assert [parcel.id for _, parcel in house.received] == [f"reply-{n}" for n in range(20)]
        assert [parcel.id for parcel in node.received] == [f"o-{n}" for n in range(20)]


@in_loop
async def test_a_refusal_by_a_handler_reaches_the_sender_as_a_code_and_is_final(tmp_path: Path) -> None:
    async with coordinator() as house:
        settings = await house.enrol(tmp_path, SITE)
        tries = 0

        async def refuse(_site: SiteId, parcel: Parcel) -> None:
            nonlocal tries
            tries += 1
            if parcel.id == "reply-1":
                raise Refused("link.parcel_too_large", limit=1)
            if tries < 4:
                raise RuntimeError("patient 4711")

        house.handler = refuse
        async with NodeHouse(settings, clock=house.clock) as node:
            await node.send(reply(1))
            await node.send(reply(2))
            await until(lambda: bool(house.received) and bool(node.refused))
            assert node.refused == [("reply-1", "link.parcel_too_large")]
            assert house.received == [(SiteId(SITE), reply(2))]  # came again after it failed
            assert tries == 4
            assert node.link.status.last_error in ("link.parcel_too_large", "link.handler_failed")


@in_loop
async def test_a_frozen_way_is_noticed_by_both_sides_and_left(tmp_path: Path) -> None:
    limits = replace(QUICK, heartbeat_s=0.1, dead_after_s=0.5)
    async with coordinator(limits) as house, ConnectProxy() as proxy:
        settings = await house.enrol(tmp_path, SITE)
        settings = replace(settings, proxy=Proxy(host="127.0.0.1", port=proxy.port), step_s=0.3)
        async with NodeHouse(settings, clock=house.clock) as node:
            await until(lambda: house.connected(SITE))
            proxy.frozen = True
            await until(lambda: not house.connected(SITE))
            await until(lambda: node.link.status.connected_since is None)
            assert node.link.status.last_error is not None
            proxy.frozen = False
            await until(lambda: node.link.status.connected_since is not None)
            await node.send(reply(1))
            await until(lambda: len(house.received) == 1)


@in_loop
async def test_the_newer_connection_of_a_site_wins(tmp_path: Path) -> None:
    async with coordinator() as house:
        settings = await house.enrol(tmp_path, SITE)
        slow = replace(settings, reconnect_s=30.0, reconnect_max_s=30.0)
        async with NodeHouse(slow, clock=house.clock) as old:
            await until(lambda: house.connected(SITE))
            async with NodeHouse(settings, clock=house.clock) as new:
                await until(lambda: old.link.status.last_error == "link.superseded")
                await house.send(SITE, Parcel(id="o-1", kind=ParcelKind.ORDER))
                await until(lambda: len(new.received) == 1)
                assert not old.received


@in_loop
async def test_an_outbox_that_fails_breaks_the_connection_but_not_the_node(tmp_path: Path) -> None:
    async with coordinator() as house:
        settings = await house.enrol(tmp_path, SITE)
        node = NodeHouse(settings, clock=house.clock)
        forget, seen = node.outbox.acknowledged, []

        def fail_once(site: SiteId, parcel_id: str) -> None:
            seen.append(parcel_id)
            if len(seen) == 1:
                raise OSError("disk full")
            forget(site, parcel_id)

        node.outbox.acknowledged = fail_once  # type: ignore[method-assign]  # a disk that is full once
        async with node:
            await node.send(reply(1))
            await until(lambda: node.link.status.last_error == "link.fault")
            await until(lambda: not node.outbox.pending(SiteId(SITE)))
        assert house.received == [(SiteId(SITE), reply(1))]


@in_loop
async def test_a_node_from_the_future_is_told_that_no_version_fits(tmp_path: Path) -> None:
    async with coordinator() as house:
        settings = await house.enrol(tmp_path, SITE)
        node = NodeHouse(settings, clock=house.clock)
        node.link._hello = lambda: Hello(version_min=7, version_max=9)
        async with node:
            await until(lambda: node.link.status.attempts >= 1)
            assert node.link.status.last_error == "link.version_unknown"
        assert not house.connected(SITE)

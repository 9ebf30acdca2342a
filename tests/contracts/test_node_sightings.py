"""The gateway writes down when a node greeted and was last heard, over a real link; nothing waits for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from coordinator.decisions.attention import Seen
from coordinator.link.sightings import Sighting
from tests.support.coordinator_house import House
from tests.support.coordinator_records import BACKENDS, sound_house
from tests.support.link_house import GatewayHouse, NodeHouse, in_loop, reply, until


@pytest.fixture(params=BACKENDS)
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    with sound_house(tmp_path, backend=request.param) as built:
        yield built


def seen(house: House) -> dict[str, Seen]:
    return dict(house.services.sightings.all())


@in_loop
async def test_a_greeting_is_written_with_what_the_node_said(house: House, tmp_path: Path) -> None:
    site = GatewayHouse(record_sightings=house.services.sightings.record, sighting_s=3600)
    await site.start()
    settings = await site.enrol(tmp_path, "zurich")
    ahead = timedelta(minutes=10)
    async with NodeHouse(settings, clock=lambda: site.clock() + ahead):
        await until(lambda: "zurich" in seen(house))
    found = seen(house)["zurich"]
    assert (found.software, found.protocol) == ("test", (1, 1))
    assert found.clock_difference is not None
    assert abs(found.clock_difference - 600) <= 30
    assert found.greeted == found.last_seen
    await site.stop()


@in_loop
async def test_heartbeats_are_written_now_and_then_and_not_one_by_one(house: House, tmp_path: Path) -> None:
    written: list[Sequence[Sighting]] = []

    def record(sightings: Sequence[Sighting]) -> None:
        written.append(sightings)
        house.services.sightings.record(sightings)

    site = GatewayHouse(record_sightings=record, sighting_s=0.5)
    await site.start()
    settings = await site.enrol(tmp_path, "zurich")
    async with NodeHouse(settings, clock=site.clock):
        await until(lambda: len(written) >= 3)
        greeted = seen(house)["zurich"].greeted
        assert seen(house)["zurich"].last_seen > greeted
    moments = [each.seen for batch in written for each in batch]
    assert moments == sorted(moments)
    await site.stop()


@in_loop
async def test_a_record_that_hangs_or_fails_keeps_nobody_waiting(house: House, tmp_path: Path) -> None:
    free, tried = threading.Event(), []

    def hang(sightings: Sequence[Sighting]) -> None:
        tried.append(sightings)
        free.wait(20)
        raise OperationalError("busy", None, Exception())

    site = GatewayHouse(record_sightings=hang, sighting_s=0.05)
    await site.start()
    settings = await site.enrol(tmp_path, "zurich")
    async with NodeHouse(settings, clock=site.clock) as node:
        await until(lambda: bool(tried))
        await node.send(reply(1))
        await until(lambda: bool(site.received))
        assert len(tried) == 1, "the first still hangs"
        free.set()
        await until(lambda: len(tried) > 1)
        await node.send(reply(2))
        await until(lambda: len(site.received) == 2)
    await site.stop()


@in_loop
async def test_without_anybody_to_write_nothing_runs(tmp_path: Path) -> None:
    site = GatewayHouse()
    await site.start()
    settings = await site.enrol(tmp_path, "zurich")
    async with NodeHouse(settings, clock=site.clock):
        await until(lambda: site.connected("zurich"))
        names: list[Any] = [task.get_coro() for task in asyncio.all_tasks()]
        assert not any("SightingsWatch" in repr(each) for each in names)
    await site.stop()

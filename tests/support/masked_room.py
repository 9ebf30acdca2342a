"""Four real nodes with the four hospitals' data, one masked sum opened honestly, and a rogue as their post.

The opened sum is the control beside every refusal.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import select

from infra.demo.study import SITES
from node.state.tables import RevealedSum
from onggi.spec.ids import SiteId
from tests.support.lone_node import LoneNode, SetClock, close_nodes, loaded_hospital, make_node
from tests.support.rogue_coordinator import HonestFederation, RogueCoordinator
from tests.support.rogue_runs import Led
from tests.support.rogue_sums import Carried, Declined, flat

BUDAPEST, CLEVELAND, LONGBEACH, ZURICH = SITES
T = TypeVar("T")


@dataclass
class Room:
    """Four nodes, one run whose first sum was opened honestly, and the loop in which they live."""

    loop: asyncio.AbstractEventLoop
    honest: HonestFederation
    rogue: RogueCoordinator
    nodes: dict[SiteId, LoneNode]
    led: Led
    proof: bytes = b""
    second_attempt: dict[SiteId, str] = field(default_factory=dict)
    attempts: Iterator[int] = field(default_factory=lambda: itertools.count(2))

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    @property
    def reveals(self) -> dict[SiteId, list[tuple[str, str]]]:
        return {site: node.reveals for site, node in self.nodes.items()}

    def carried(self) -> Carried:
        """A fresh attempt at the next message, whose question follows from the opened sum."""
        return Carried(self.led, self.honest.root, next(self.attempts), proof=self.proof)


@contextmanager
def masked_room(folder: Path) -> Iterator[Room]:
    """The four nodes after their first sum; all is ended when the block is left."""
    folder.chmod(0o755)
    clock = SetClock()
    honest = HonestFederation(clock)
    loop = asyncio.new_event_loop()
    nodes = {
        site: make_node(
            loaded_hospital(site),
            folder / "nodes",
            root=honest.first_root,
            fingerprint=honest.fingerprint,
            clock=clock,
        )
        for site in SITES
    }
    led = Led(run="run-masked", spec=honest.glm_spec(masked=True), nodes=nodes)
    made = Room(loop, honest, RogueCoordinator(honest), nodes, led)
    try:
        made.do(_open_first_sum(made))
        yield made
    finally:
        made.do(close_nodes(list(nodes.values())))
        loop.close()


async def _open_first_sum(room: Room) -> None:
    """The control, over all four; then at once a second attempt at the same sum without Zurich."""
    await room.led.order(room.rogue, room.honest.permit())
    first = Carried(room.led, room.honest.root, 0)
    for phase in (first.advertise, first.share, first.mask, first.confirm, first.seal, first.unmask):
        await phase()
    second = Carried(room.led, room.honest.root, 1)
    for phase in (second.advertise, second.share, second.mask):
        await phase()
    await second.confirm([BUDAPEST, CLEVELAND, LONGBEACH])
    for site in second.confirmed:
        try:
            await second.tell(site, "seal", flat(second.confirmed))
        except Declined as declined:
            room.second_attempt[site] = str(declined)
    pooled, room.proof = first.open_main()
    room.led.history.append(pooled)


def check_refused(room: Room, work: Coroutine[Any, Any, Any], *, at: SiteId, code: str) -> None:
    """The hospital refuses with the code, notes it, and reveals nothing."""
    before, noted = room.reveals, len(room.nodes[at].codes)
    with pytest.raises(Declined) as refused:
        room.do(work)
    assert str(refused.value) == code
    assert room.nodes[at].codes[noted:] == [code]
    assert room.reveals == before


def reveals_of(node: LoneNode) -> set[tuple[str, int, str]]:
    """(run, ordinal, which sum) for which this hospital ever gave shares."""
    with node.services.sessions() as session:
        return {(row.run, row.ordinal, row.which) for row in session.scalars(select(RevealedSum))}

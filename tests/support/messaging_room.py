"""Two real nodes with runs in mid-conversation, led by a coordinator that may spoil any message."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from analysis_jobs.kinds.contract import Ask
from analysis_jobs.kinds.registry import get_kind
from node.agent.derive_message import derive_ask
from onggi.spec.ids import SiteId
from tests.support.federation_root import make_root
from tests.support.lone_node import LoneNode, SetClock, close_nodes, loaded_hospital, make_node
from tests.support.rogue_coordinator import HonestFederation, RogueCoordinator
from tests.support.rogue_runs import Led, ask_bytes, only_reply

HERE, THERE = SiteId("cleveland"), SiteId("budapest")
T = TypeVar("T")


@dataclass
class Room:
    """Two nodes with runs in mid-conversation, in an event loop that lives as long as the module's tests."""

    loop: asyncio.AbstractEventLoop
    honest: HonestFederation
    rogue: RogueCoordinator
    nodes: dict[SiteId, LoneNode]
    runs: dict[str, Led] = field(default_factory=dict)

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    @property
    def node(self) -> LoneNode:
        return self.nodes[HERE]

    async def begin(self, name: str, spec: Any, *, sites: tuple[SiteId, ...], rounds: int) -> Led:
        led = Led(run=f"run-{name}", spec=spec, nodes={site: self.nodes[site] for site in sites})
        bounds = {"minimum_sites": 1}
        await led.order(self.rogue, self.honest.permit(bounds=bounds, expires=PERMIT_ENDS))
        for _ in range(rounds):
            await led.go_on()
        self.runs[name] = led
        return led


START = SetClock()()
PERMIT_ENDS = START + timedelta(hours=12)


@contextmanager
def messaging_room(folder: Path) -> Iterator[Room]:
    """Both nodes, a regression of the pair and one of a node alone; all is ended when the block is left."""
    folder.chmod(0o755)
    clock = SetClock()
    honest = HonestFederation(clock, root=make_root(floors={"minimum_hospitals": 1}))
    loop = asyncio.new_event_loop()
    nodes = {
        site: make_node(
            loaded_hospital(site),
            folder / "nodes",
            root=honest.first_root,
            fingerprint=honest.fingerprint,
            clock=clock,
        )
        for site in (THERE, HERE)
    }
    made = Room(loop, honest, RogueCoordinator(honest), nodes)
    try:
        made.do(_begin_all(made))
        yield made
    finally:
        made.do(close_nodes(list(nodes.values())))
        loop.close()


async def _begin_all(room: Room) -> None:
    glm = room.honest.glm_spec(
        masked=False, participants=[THERE, HERE], minimum_sites=2, limits={"rounds": 6}
    )
    await room.begin("pair", glm, sites=(THERE, HERE), rounds=2)
    alone = room.honest.glm_spec(masked=False, participants=[HERE], minimum_sites=1)
    await room.begin("alone", alone, sites=(HERE,), rounds=3)


def next_of(room: Room, run: str) -> tuple[Led, Ask]:
    """A run and the question that an honest coordinator would ask next."""
    return room.runs[run], room.runs[run].next_ask()


async def check_still_serves(room: Room) -> None:
    """The last honest message of each run once more: the same bytes come back, and nothing else happens."""
    for name in ("pair", "alone"):
        led = room.runs[name]
        last = len(led.answers) - 1
        ask = derive_ask(led.spec, get_kind(led.spec.kind), led.history[:last])
        sent = await led.show(HERE, led.header(last), [ask_bytes(ask), *led.letters(last)])
        assert only_reply(sent) == led.answers[last][HERE]

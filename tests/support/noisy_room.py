"""Four real nodes that may spend, for noisy counts led by hand; every draw of noise is seen."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

from infra.demo.study import SITES
from node.agent.agent import NodeAgent
from node.decisions.site_policy import SitePolicy
from node.registers.budget_counts import spent
from node.registers.budget_populations import WHOLE_HOSPITAL, set_ceiling
from onggi.spec.ids import SiteId
from onggi.spec.job import JobSpec
from privacy.noise.sensitivity import Integers
from privacy.noise.sources import OpenDpNoise
from tests.support.lone_node import LoneNode, SetClock, close_nodes, loaded_hospital, make_node
from tests.support.rogue_coordinator import HonestFederation, RogueCoordinator
from tests.support.rogue_runs import Led

T = TypeVar("T")


@dataclass
class SeenNoise:
    """The real source, which keeps a copy of what it gave."""

    draws: list[Integers] = field(default_factory=list)

    def gaussian(self, variance: Fraction, count: int) -> Integers:
        self.draws.append(OpenDpNoise().gaussian(variance, count))
        return self.draws[-1].copy()

    def laplace(self, scale: Fraction, count: int) -> Integers:
        raise AssertionError("counts carry Gaussian noise")


@dataclass
class NoisyRoom:
    """The nodes, what they drew, and the loop in which they live."""

    folder: Path
    loop: asyncio.AbstractEventLoop
    honest: HonestFederation
    rogue: RogueCoordinator
    nodes: dict[SiteId, LoneNode]
    noise: dict[SiteId, SeenNoise]
    runs: int = 0

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def spec(self, *, masked: bool, micro_epsilon: int = 500_000, **changes: object) -> JobSpec:
        asked = {"micro_epsilon": micro_epsilon, "delta": 1e-6}
        privacy = {"minimum_persons": 10, "masked": masked, "differential_privacy": asked}
        return self.honest.count_spec(privacy=privacy, **changes)

    async def begin(self, spec: JobSpec, *sites: SiteId) -> Led:
        """A run that these hospitals accepted."""
        self.runs += 1
        led = Led(f"run-noisy-{self.runs}", spec, {site: self.nodes[site] for site in sites or SITES})
        await led.order(self.rogue, self.permit())
        return led

    def permit(self) -> Any:
        return self.honest.permit(bounds={"micro_epsilon": 100_000_000, "minimum_sites": 3})

    def make(self, site: SiteId, name: str, *, policy: SitePolicy | None = None) -> LoneNode:
        """A node of its own, of the same hospital and with the same ceiling."""
        honest = self.honest
        made = make_node(
            loaded_hospital(site),
            self.folder / name,
            root=honest.first_root,
            fingerprint=honest.fingerprint,
            clock=honest.clock,
            policy=policy,
        )
        with made.services.sessions.begin() as session:
            set_ceiling(
                session,
                WHOLE_HOSPITAL,
                micro_epsilon=20_000_000,
                femto_delta=10**9,
                by="it",
                reason="test",
                now=honest.clock(),
            )
        return made


def counted(node: LoneNode) -> tuple[int, int]:
    """(charged, reserved) of a hospital's answers."""
    with node.services.sessions() as session:
        found = spent(session, WHOLE_HOSPITAL)
    return found.charged, found.reserved


@contextmanager
def noisy_room(folder: Path) -> Iterator[NoisyRoom]:
    folder.chmod(0o755)
    honest = HonestFederation(SetClock())
    loop = asyncio.new_event_loop()
    room = NoisyRoom(folder, loop, honest, RogueCoordinator(honest), {}, {})
    try:
        for site in SITES:
            node, seen = room.make(site, "nodes"), SeenNoise()
            node.services = replace(node.services, noise=seen)
            node.agent = NodeAgent(node.services)
            room.nodes[site], room.noise[site] = node, seen
        yield room
    finally:
        room.do(close_nodes(list(room.nodes.values())))
        loop.close()

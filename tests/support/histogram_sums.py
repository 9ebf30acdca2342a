"""Four real nodes whose histograms of age are added up under masks by hand, in whatever order a test chooses.

A declared lowest age moves a few young persons: below 30 years there are three in Budapest and one in
Cleveland, below 40 three in Long Beach and many elsewhere.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

import pytest

from infra.demo.heart import concepts as c
from infra.demo.study import SITES
from node.agent import masked_guard
from node.failpoints import NodePoint
from node.registers import told_before
from node.registers.released_persons import Standing
from node.registers.told_before import ToldBefore
from onggi.spec.cohorts import cohort, everyone
from onggi.spec.ids import SiteId
from onggi.spec.job import JobSpec
from tests.support.lone_node import LoneNode, SetClock, close_nodes, loaded_hospital, make_node
from tests.support.rogue_coordinator import HonestFederation, RogueCoordinator
from tests.support.rogue_runs import Led
from tests.support.rogue_sums import Carried
from tests.support.small_federation import every_kind

BUDAPEST, CLEVELAND, LONGBEACH, ZURICH = SITES
T = TypeVar("T")


class Killed(BaseException):
    """The process ended here."""


@dataclass
class SetSeconds:
    """A monotonic clock that stands still until a test moves it."""

    now: float = 1_000.0

    def monotonic(self) -> float:
        return self.now


@dataclass
class Sums:
    """The nodes, the loop in which they live, and the seconds by which claims are held."""

    loop: asyncio.AbstractEventLoop
    honest: HonestFederation
    rogue: RogueCoordinator
    nodes: dict[SiteId, LoneNode]
    seconds: SetSeconds

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def spec(
        self, *, lowest_age: int, cut: int = 50, masked: bool = True, sites: Sequence[SiteId] = SITES
    ) -> JobSpec:
        """A histogram: those below the cut, and the others."""
        return self.honest.count_spec(
            title=f"From {lowest_age}, cut at {cut}",
            cohort=cohort(everyone()),
            parameters={"kind": "distribution", "variable": "age", "cuts": [cut]},
            privacy={"minimum_persons": 10, "masked": masked},
            participants=list(sites),
            variables=[
                {"name": "age", "domain": "age", "kind": "number", "low": lowest_age, "high": 120},
                {"name": "male", "domain": "sex", "kind": "flag", "concepts": [c.MALE]},
            ],
            releases=[{"result": "distribution"}],
        )

    async def order(
        self, run: str, *, sites: Sequence[SiteId] = SITES, at: Sequence[SiteId] = (), **asked: Any
    ) -> Led:
        """Every hospital takes the job, or those do at which it is looked at."""
        led = Led(run, self.spec(sites=sites, **asked), {site: self.nodes[site] for site in at or sites})
        await led.order(self.rogue, self.honest.permit(bounds=every_kind()))
        return led

    async def shared(self, led: Led, attempt: int = 0) -> Carried:
        """An attempt whose keys were exchanged: nothing is claimed yet."""
        carried = Carried(led, self.honest.root, attempt)
        await carried.advertise()
        return await carried.share()

    async def mask_at(self, carried: Carried, *sites: SiteId) -> None:
        """These hospitals claim their sets and give their masked inputs. Raises Declined."""
        for site in sites:
            carried.masked[site] = await carried.tell(site, "mask", carried.dealt_to(site))

    async def open_at(self, carried: Carried, *sites: SiteId) -> None:
        """Over all that masked, by the shares of these hospitals alone. Raises Declined."""
        for site in sites:
            carried.confirmed[site] = await carried.tell(
                site, "confirm", carried.claims(list(carried.masked))
            )
        await carried.seal()
        inputs = [carried.input_of(site, "evidence").to_bytes() for site in carried.masked]
        letters = [*(pair[0] for pair in carried.sealed.values()), *inputs]
        for site in sites:
            carried.unmasked[site] = await carried.tell(
                site, "unmask", letters, senders=tuple(carried.sealed)
            )

    async def kill_at(self, site: SiteId, *points: NodePoint) -> None:
        """From now on the node is cut off (`Killed`) once it has passed these points, in this order."""
        left = list(points)

        def pass_by(point: str) -> None:
            if left and left[0] == point:
                left.pop(0)
                if not left:
                    raise Killed

        node = self.nodes[site]
        node.services = replace(node.services, failpoint=pass_by)
        await node.restart()

    def standing(self, site: SiteId) -> Standing:
        """What counts as told at a hospital, read anew from its state."""
        services = self.nodes[site].services
        register = ToldBefore(services.data_key, os.urandom).released
        with services.sessions.begin() as session:
            return register.standing(session, without="another run")


@contextmanager
def histogram_sums(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sums]:
    """Nodes that never ran; all is ended when the block is left."""
    # Sandboxes run under another user and must be able to walk to what they are given.
    folder.chmod(0o755)
    seconds = SetSeconds()
    for module in (told_before, masked_guard):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=seconds.monotonic))
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
    made = Sums(loop, honest, RogueCoordinator(honest), nodes, seconds)
    try:
        yield made
    finally:
        made.do(close_nodes(list(nodes.values())))
        loop.close()

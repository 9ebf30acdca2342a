"""One node and a coordinator that lies to it, and the list that every attack by an order is entered in.

An attack is one function that turns one knob of an order that is good otherwise. The attacks stand by theme
in `order_attacks_*`, each with the code that must refuse it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from infra.demo.study import SITES, granted_concepts
from node.decisions.site_policy import SitePolicy
from onggi.protocol.dsse import Envelope
from onggi.protocol.messages import CheckpointOffer, pack
from onggi.protocol.orders import OrderBundle
from onggi.protocol.parcels import ParcelKind
from onggi.spec.ids import SiteId
from onggi.spec.job import JobSpec
from tests.support.federation_root import COMMITTEE, RogueLog, hospital, make_root, member
from tests.support.lone_node import LoneNode, SetClock, loaded_hospital, make_node
from tests.support.rogue_coordinator import HonestFederation, RogueCoordinator
from tests.support.small_federation import REVIEW

SITE = SiteId("cleveland")
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@dataclass
class House:
    """One node and the coordinator that lies to it."""

    node: LoneNode
    honest: HonestFederation
    rogue: RogueCoordinator

    @property
    def clock(self) -> SetClock:
        return self.honest.clock

    async def show(self, bundle: OrderBundle) -> None:
        body = bundle.model_dump_json(by_alias=True).encode()
        await self.node.take(ParcelKind.ORDER, body)

    async def order(
        self, spec: JobSpec | None = None, *, permit: Envelope | None = None, **knobs: Any
    ) -> OrderBundle:
        """Shows an order that is good but for the knobs."""
        bundle = self.rogue.bundle(
            spec or self.honest.count_spec(), site=SITE, permit=permit or self.honest.permit(), **knobs
        )
        await self.show(bundle)
        return bundle

    async def beyond_bounds(self, **approval: Any) -> JobSpec:
        """An order for a job outside the bounds (too few sites), with an approval made as told."""
        spec = self.honest.count_spec(minimum_sites=3)
        permit = self.honest.permit(bounds={"minimum_sites": 4})
        await self.order(spec, permit=permit, approvals=[self.honest.approval(spec, **approval)])
        return spec


Act = Callable[[House], Any]


@dataclass(frozen=True)
class Attack:
    """One attack, the code that refuses it, and the federation and hospital that it needs."""

    name: str
    code: str
    nature: str
    act: Act
    root: dict[str, Any]
    policy: SitePolicy | None


class Attacks(list[Attack]):
    """The attacks of one theme."""

    def register(
        self,
        code: str,
        nature: str | None = None,
        *,
        root: dict[str, Any] | None = None,
        policy: SitePolicy | None = None,
    ) -> Callable[[Act], Act]:
        """Registers one attack. `nature` names what the issue demands a code of its own for."""

        def register(act: Act) -> Act:
            self.append(Attack(act.__name__, code, nature or code, act, root or {}, policy))
            return act

        return register


def grants(**changes: object) -> list[dict[str, object]]:
    """What the permit grants at every hospital, but for the changes."""
    full: dict[str, object] = {
        "dataset": "heart",
        "concepts": granted_concepts(),
        "whole_domains": ("observation_period",),
        "demographics": ("age", "sex"),
        "review": REVIEW,
    }
    return [{"site": site} | full | changes for site in SITES]


async def watch(house: House, log: RogueLog, *, seen: int = 0) -> int:
    """The node co-signs a head and so remembers it."""
    signed = log.signed(by=(), at=house.clock())
    offer = CheckpointOffer(checkpoint=signed.render().decode(), from_size=seen, consistency=())
    sent = await house.node.take(ParcelKind.CHECKPOINT, pack(offer))
    assert [one.kind for one in sent] == [ParcelKind.COSIGNATURE]
    return signed.checkpoint.size


def _root_changes(wanted: dict[str, Any]) -> dict[str, Any]:
    changes: dict[str, Any] = {"floors": wanted["floors"]} if "floors" in wanted else {}
    if wanted.get("hospitals") == "sybil":
        owners = {"cleveland": "one owner", "zurich": "one owner", "longbeach": "one owner"}
        changes["hospitals"] = [
            hospital(site, legal_entity=owners.get(site, "another owner")) for site in SITES
        ]
    if wanted.get("members") == "two keys":
        keys = {"committee-5": ("committee-5", "second-key")}
        changes["members"] = [
            member(name, external=name in COMMITTEE[3:], keys=keys.get(name, (name,))) for name in COMMITTEE
        ]
    return changes


def make_house(
    folder: Path, *, root: dict[str, Any] | None = None, policy: SitePolicy | None = None
) -> House:
    """A node that never ran, in a federation whose root an attack may have changed."""
    clock = SetClock()
    honest = HonestFederation(clock, root=make_root(**_root_changes(root or {})))
    node = make_node(
        loaded_hospital(SITE),
        folder,
        root=honest.first_root,
        fingerprint=honest.fingerprint,
        clock=clock,
        policy=policy,
    )
    return House(node, honest, RogueCoordinator(honest))

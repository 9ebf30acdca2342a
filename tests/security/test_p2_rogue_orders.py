"""P2: whatever a lying coordinator shows a node, nothing runs that the committee did not sign to the digest.

Every attack is one function that turns one knob. Each is refused with its code, the code stands exactly once
in the hospital's audit, and nothing ran: no workspace, no sandbox, no release, no reply.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from pathlib import Path

import pytest

from node.decisions.site_policy import SitePolicy
from onggi.protocol.orders import SHOW_AGAIN
from tests.support import (
    order_attacks_history,
    order_attacks_jobs,
    order_attacks_permits,
    order_attacks_signatures,
)
from tests.support.federation_root import key
from tests.support.lone_node import SetClock, close_nodes
from tests.support.rogue_coordinator import SIGNERS, HonestFederation
from tests.support.rogue_orders import SITE, Attack, make_house

ATTACKS: list[Attack] = [
    *order_attacks_signatures.ATTACKS,
    *order_attacks_permits.ATTACKS,
    *order_attacks_history.ATTACKS,
    *order_attacks_jobs.ATTACKS,
]


@pytest.mark.parametrize("wanted", ATTACKS, ids=lambda one: one.name)
def test_attack_is_refused_with_its_code_and_nothing_ran(wanted: Attack, tmp_path: Path) -> None:
    async def story() -> None:
        house = make_house(tmp_path, root=wanted.root, policy=wanted.policy)
        try:
            await wanted.act(house)
            house.node.check_nothing_ran()
            # The withdrawal itself is an event too, but names no code.
            assert house.node.codes == [wanted.code]
            told = [one.code for one in house.node.decisions if one.verdict == "declined"]
            # An order that was judged is answered; what is no order, or names none, is refused in silence.
            judged = "node:order:decline" in house.node.events
            if judged or told:
                assert told == [wanted.code]
            assert judged or wanted.code in SHOW_AGAIN or not told
        finally:
            await close_nodes([house.node])

    asyncio.run(story())


def test_every_nature_of_attack_has_a_code_of_its_own() -> None:
    """One code may answer several variants of an attack, never two attacks of different nature."""
    natures: dict[str, set[str]] = defaultdict(set)
    for one in ATTACKS:
        natures[one.code].add(one.nature)
    assert {code: found for code, found in natures.items() if len(found) > 1} == {}
    demanded = {
        "forged",
        "replayed",
        "expired",
        "swapped spec",
        "swapped code",
        "one key twice",
        "too few",
        "no external",
        "self-approved",
        "wrong project",
        "withdrawn permit",
        "stale checkpoint",
        "forked log",
        "rolled-back root",
        "Sybil hospitals",
        "smaller set",
    }
    assert demanded <= {one.nature for one in ATTACKS}
    assert {f"bounds.{name}" for name in _BOUNDS} <= {one.code for one in ATTACKS}


_BOUNDS = (
    "none",
    "kind",
    "masks_required",
    "minimum_persons",
    "minimum_sites",
    "jobs_used_up",
    "budget",
    "result_type",
)


def test_good_order_is_accepted_by_the_same_machinery(tmp_path: Path) -> None:
    """The control: without a turned knob the very same bundle is taken, and approvals widen the bounds."""

    async def story() -> None:
        house = make_house(tmp_path, policy=SitePolicy(consent="ask"))
        try:
            permit = house.honest.permit(bounds={"minimum_sites": 4})
            await house.order(house.honest.count_spec(minimum_sites=4), permit=permit)
            spec = house.honest.count_spec(minimum_sites=3)
            seen = len(house.rogue.log.entries)
            await house.order(spec, permit=permit, approvals=[house.honest.approval(spec)], seen=seen)
            assert list(house.node.states.values()) == ["asked", "asked"]
            assert house.node.codes == []
        finally:
            await close_nodes([house.node])

    asyncio.run(story())


def test_same_order_twice_is_one_decision_and_one_run(tmp_path: Path) -> None:
    async def story() -> None:
        house = make_house(tmp_path, policy=SitePolicy(consent="ask"))
        try:
            bundle = await house.order()
            for _ in range(3):
                await house.show(bundle)
            assert list(house.node.states.values()) == ["asked"]
            assert house.node.events.count("node:order:ask") == 1
            assert len({one.model_dump_json() for one in house.node.decisions}) == 1
            assert [one.verdict for one in house.node.decisions] == ["asked"] * 4
            house.node.check_nothing_ran()
        finally:
            await close_nodes([house.node])

    asyncio.run(story())


def test_declined_order_stays_declined_when_it_is_shown_again(tmp_path: Path) -> None:
    """An order that was refused once cannot be tried again until it passes."""

    async def story() -> None:
        house = make_house(tmp_path)
        try:
            spec, permit = house.honest.count_spec(), house.honest.permit()
            bundle = await house.order(spec, permit=house.honest.permit(by=SIGNERS[1:]))
            good = house.rogue.bundle(spec, site=SITE, permit=permit, order=bundle.order)
            await house.show(good)
            assert list(house.node.states.values()) == ["declined"]
            assert [one.code for one in house.node.decisions] == ["quorum.too_few"] * 2
            house.node.check_nothing_ran()
        finally:
            await close_nodes([house.node])

    asyncio.run(story())


def test_log_key_opens_no_committee_and_no_hospital() -> None:
    """What the rogue holds is none of the keys that decide."""
    honest = HonestFederation(SetClock())
    held = {key("log").public_key.fingerprint, key("the rogue's own").public_key.fingerprint}
    assert not held & set(honest.root.keys_of("any"))
    assert not held & set(honest.root.site_keys())

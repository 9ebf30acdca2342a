"""A policy that was changed counts at a real node from the next order and the next reply on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from node.decisions.site_policy import SitePolicy
from node.egress.disclosure_report import make_report
from node.egress.release_reply import OfRun, release_clear, release_masked
from node.registers.policies import find_in_force, record_policy
from node.state.tables import Run, StoredObject
from onggi.errors import Refused
from onggi.protocol.canonical import canonical_json, digest_of
from onggi.spec.base import as_instant
from tests.support.federation_root import NOW
from tests.support.lone_node import close_nodes
from tests.support.rogue_orders import House, make_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = make_house(tmp_path, policy=SitePolicy(consent="ask"))
    yield made
    asyncio.run(close_nodes([made.node]))


def _set(house: House, policy: SitePolicy) -> None:
    services = house.node.services
    with services.sessions.begin() as session:
        seen = find_in_force(session, services.objects, services.settings).digest
        record_policy(session, services.objects, services.settings, policy, seen=seen, now=NOW)


@pytest.mark.parametrize(
    ("policy", "state", "codes"),
    [
        (SitePolicy(consent="ask", minimum_persons=50), "declined", ["floor.site_minimum"]),
        (SitePolicy(consent="never"), "declined", ["consent.never"]),
        (SitePolicy(consent="never", consent_by_project={"project-heart": "ask"}), "asked", []),
    ],
)
def test_the_next_order_is_judged_by_the_new_policy(
    house: House, policy: SitePolicy, state: str, codes: list[str]
) -> None:
    async def story() -> None:
        await house.order()
        _set(house, policy)
        seen = len(house.rogue.log.entries)
        await house.order(house.honest.count_spec(title="The same once more"), seen=seen)

    asyncio.run(story())
    assert list(house.node.states.values()) == ["asked", state]
    assert house.node.codes == codes


def test_an_order_under_a_damaged_policy_is_declined(house: House) -> None:
    policy = SitePolicy(consent="never")
    _set(house, policy)
    with house.node.services.sessions.begin() as session:
        session.get_one(StoredObject, digest_of(policy)).content = canonical_json(SitePolicy())
    asyncio.run(house.order())
    assert house.node.codes == ["register.object_damaged"]


def test_the_next_reply_of_a_run_under_way_follows_the_new_policy(house: House) -> None:
    services, spec = house.node.services, house.honest.count_spec()
    with services.sessions.begin() as session:
        session.add(
            Run(
                run="run-1",
                order_id="order-1",
                spec_digest=digest_of(spec),
                spec=canonical_json(spec).decode(),
                permit="{}",
                state="running",
                state_since=as_instant(NOW),
                received_at=as_instant(NOW),
            )
        )
    clear = spec.model_copy(update={"privacy": spec.privacy.model_copy(update={"masked": False})})
    masked = spec.model_copy(update={"privacy": spec.privacy.model_copy(update={"masked": True})})
    ends = NOW + timedelta(hours=1)
    of = OfRun(run="run-1", spec=clear, spec_digest=digest_of(spec), permit_expires=ends)

    def reply(ordinal: int) -> str:
        return release_clear(
            services,
            of,
            ordinal=ordinal,
            records=b"numbers %d" % ordinal,
            message_digest=f"sha256:{'a' * 64}",
            judged=make_report(clear, (), of="site", now=NOW),
            follows_from=lambda _: None,
        )

    assert reply(0) == "sent"
    _set(house, SitePolicy(release={"count_table": "hold"}, masked="hold"))
    assert reply(1) == "held"
    of_masked = OfRun(run="run-1", spec=masked, spec_digest=digest_of(spec), permit_expires=ends)
    with pytest.raises(Refused) as refused:
        release_masked(services, of_masked, ordinal=2, letters=[b"masked"])
    assert refused.value.code == "release.masked_held"
    _set(house, SitePolicy())
    assert reply(2) == "sent"
    assert (house.node.releases, len(house.node.held)) == (2, 1)


def test_a_policy_written_into_the_file_counts_from_the_start(house: House) -> None:
    _set(house, SitePolicy())
    services = house.node.services
    asyncio.run(house.node.agent.recover())
    assert house.node.events.count("hospital:policy:change") == 1, "nobody wrote into the file since"
    object.__setattr__(
        services, "settings", services.settings.model_copy(update={"policy": SitePolicy(consent="never")})
    )
    asyncio.run(house.node.agent.recover())
    asyncio.run(house.order())
    assert house.node.codes == ["consent.never"]

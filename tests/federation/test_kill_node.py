"""A hospital's node is killed at each of its named moments: nothing is lost and nothing happens twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import tomlkit

from coordinator.running.outbox import SiteOutbox
from node.cli.state import deciding
from node.failpoints import NodePoint
from node.hospital_acts import record_held_decision
from onggi.protocol.messages import pack
from onggi.protocol.parcels import ParcelKind
from tests.support.crash_cases import (
    CrashTests,
    check_count_survives,
    check_counted,
    check_regression_survives,
    come_to_rest,
    crash_tests,
    die_at_each,
)
from tests.support.crash_federation import SITES, CrashHouse
from tests.support.crash_model import check_house

pytestmark = [pytest.mark.federation, pytest.mark.sandbox]

KILLED = "budapest"
CLEAR = (
    NodePoint.ORDER_RECORDED,
    NodePoint.WORKSPACE_CREATED,
    NodePoint.WORKSPACE_STAGED,
    NodePoint.RUN_STARTED,
    NodePoint.REPLY_COMPUTED,
    NodePoint.REPLY_RECORDED,
    NodePoint.RUN_ENDED,
    NodePoint.WORKSPACE_REMOVED,
    NodePoint.DELETION_RECORDED,
)
NOISY = (NodePoint.NOISE_DRAWN, NodePoint.REPLY_COMPUTED, NodePoint.REPLY_RECORDED)
NOISY_MASKED = (NodePoint.NOISE_DRAWN, NodePoint.MASKED_RECORDED, NodePoint.REVEAL_RECORDED)
MASKED = (
    NodePoint.EXCHANGE_BEGUN,
    NodePoint.MASKED_RECORDED,
    NodePoint.REVEAL_RECORDED,
)


@pytest.fixture(scope="module")
def crashes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrashTests]:
    with crash_tests(tmp_path_factory.mktemp("kill-node")) as made:
        yield made


def test_killed_throughout_a_count_in_clear(crashes: CrashTests) -> None:
    check_count_survives(crashes, KILLED, CLEAR)


def test_killed_when_it_has_seen_more_of_the_log(crashes: CrashTests) -> None:
    """Heads of the log come beside orders, before or after them."""
    check_count_survives(crashes, KILLED, (NodePoint.CHECKPOINT_RECORDED,))


def test_killed_throughout_a_masked_regression(crashes: CrashTests) -> None:
    check_regression_survives(crashes, KILLED, MASKED)


@pytest.mark.soak
def test_killed_throughout_noisy_counts(crashes: CrashTests) -> None:
    """Each answer is paid for once, and its noise is drawn once: what was kept is never written again."""
    with crashes.house() as house:
        house.set_ceilings()
        jobs, kept = [], dict[NodePoint, bytes]()
        for masked, points in ((False, NOISY), (True, NOISY_MASKED)):
            house.start_all(**{KILLED: points[0]})
            jobs.append(house.submit(house.noisy_spec(masked=masked, title=f"Noisy: {masked}")).id)
            for point, following in zip(points, (*points[1:], None), strict=True):
                house.wait_for_death(KILLED, point)
                (noisy,) = house.settings_of(KILLED).workspaces.glob("*/noisy-0.npz.enc")
                kept[point] = noisy.read_bytes()
                house.start(KILLED, point=following)
            house.wait_for_job(jobs[-1])
            assert len({kept[point] for point in points}) == 1
            come_to_rest(house, dict.fromkeys(jobs, "held"))
            if not masked:
                for who in list(house.servers):
                    house.servers[who].kill()
        third = house.submit(house.noisy_spec(masked=False, title="Nothing is left")).id
        assert house.wait_for_job(third).code == "run.too_few_accepted"
        codes = {row["code"] for site in SITES for row in house.read(site)["runs"]}
        assert codes == {None, "budget.exhausted"}


def test_killed_while_it_learns_of_a_new_root_and_of_its_own_register(crashes: CrashTests) -> None:
    points = (NodePoint.ROOTS_RECORDED, NodePoint.REPLY_RECORDED, NodePoint.REGISTER_HEAD_RECORDED)
    with crashes.house() as house:
        house.advance_root()
        job = die_at_each(house, KILLED, points[:2], spec=house.count_spec())
        come_to_rest(house, {job: "held"})
        # The coordinator shows the hospital its register's head whenever it connects.
        house.restart(KILLED, point=points[2])
        house.wait_for_death(KILLED, points[2])
        house.start(KILLED)
        second = house.submit(house.count_spec(title="The same question once more")).id
        house.wait_for_job(second)
        come_to_rest(house, {job: "held", second: "held"})
        check_counted(house, second)


def test_killed_while_a_reply_waits_for_the_hospital(crashes: CrashTests) -> None:
    with crashes.house() as house:
        settings = house.settings_of(KILLED).file
        content = tomlkit.parse(settings.read_text()).unwrap()
        content["policy"] = {"release": {"count_table": "hold"}}
        settings.write_text(tomlkit.dumps(content))
        house.start_all(**{KILLED: NodePoint.REPLY_HELD})
        job = house.submit(house.count_spec()).id
        house.wait_for_death(KILLED, NodePoint.REPLY_HELD)
        with deciding(house.settings_of(KILLED)) as (session, _):
            record_held_decision(session, held=1, approved=True, now=datetime.now(UTC))
        house.start(KILLED, point=NodePoint.HELD_RELEASED)
        house.wait_for_death(KILLED, NodePoint.HELD_RELEASED)
        house.start(KILLED)
        house.wait_for_job(job)
        come_to_rest(house, {job: "held"})
        check_counted(house, job)


def test_killed_while_it_learns_that_the_permit_was_withdrawn(crashes: CrashTests) -> None:
    with crashes.house() as house:
        house.start_all(**{KILLED: NodePoint.WORKSPACE_STAGED})
        job = house.submit(house.count_spec()).id
        house.wait_for_death(KILLED, NodePoint.WORKSPACE_STAGED)
        _leave_revocation(house)
        for point in (NodePoint.REVOCATION_RECORDED, NodePoint.RUN_ENDED):
            house.start(KILLED, point=point)
            house.wait_for_death(KILLED, point)
        # What the coordinator must learn outlives the process: else it would wait for this hospital in vain.
        assert any(row["id"].endswith(":ended") for row in house.kept[KILLED][-1]["outgoing"])
        house.start(KILLED)
        house.wait_for_job(job)
        house.wait_for_deletions(len(SITES))
        house.wait_until_quiet()
        check_house(house, jobs={job: "failed"})
        rows = house.read(KILLED)
        assert [(row["state"], row["code"]) for row in rows["runs"]] == [("cancelled", "permit.withdrawn")]
        assert not rows["releases"]


def _leave_revocation(house: CrashHouse) -> None:
    """A committee member's withdrawal waits at the coordinator for this hospital."""
    outbox = SiteOutbox(house.services.database)
    with house.services.database.writing() as session:
        outbox.record_within(
            session,
            SITES[0],
            id="withdrawal-1",
            kind=ParcelKind.REVOCATION,
            about="permits",
            body=pack(house.withdrawal()),
        )


def test_every_named_moment_of_a_node_has_its_death_here() -> None:
    others = {
        NodePoint.CHECKPOINT_RECORDED,
        NodePoint.ROOTS_RECORDED,
        NodePoint.REGISTER_HEAD_RECORDED,
        NodePoint.REPLY_HELD,
        NodePoint.HELD_RELEASED,
        NodePoint.REVOCATION_RECORDED,
    }
    assert {*CLEAR, *MASKED, *NOISY, *NOISY_MASKED, *others} == set(NodePoint)

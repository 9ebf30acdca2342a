"""The coordinator is killed at each of its named moments: nothing is lost and nothing happens twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from coordinator.failpoints import CoordinatorPoint
from tests.support.crash_cases import (
    CrashTests,
    check_count_survives,
    check_counted,
    check_regression_survives,
    come_to_rest,
    crash_tests,
    die_at_each,
)
from tests.support.crash_federation import COORDINATOR

pytestmark = [pytest.mark.federation, pytest.mark.sandbox]

CLEAR = (
    CoordinatorPoint.JOB_STARTED,
    CoordinatorPoint.ORDER_LOGGED,
    CoordinatorPoint.RUN_OPENED,
    CoordinatorPoint.CHECKPOINT_PUBLISHED,
    CoordinatorPoint.COSIGNATURE_RECORDED,
    CoordinatorPoint.DECISION_RECORDED,
    CoordinatorPoint.MESSAGE_RECORDED,
    CoordinatorPoint.REPLY_STORED,
    CoordinatorPoint.RESULT_COMPUTED,
    CoordinatorPoint.RESULT_RECORDED,
    CoordinatorPoint.FINISH_RECORDED,
    CoordinatorPoint.RUN_CLOSED,
    CoordinatorPoint.DELETION_RECORDED,
)
BESIDE = (CoordinatorPoint.MESSAGE_JOURNALLED, CoordinatorPoint.REGISTER_HEAD_RECORDED)
"""Written beside the work, before or after anything else: each has a life of its own to end."""
MASKED = (CoordinatorPoint.SUM_OPENED, CoordinatorPoint.SUM_STORED)
FAILING = (CoordinatorPoint.JOB_FAILED, CoordinatorPoint.FINISH_RECORDED)


@pytest.fixture(scope="module")
def crashes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrashTests]:
    with crash_tests(tmp_path_factory.mktemp("kill-coordinator")) as made:
        yield made


@pytest.mark.soak
def test_killed_throughout_a_count_in_clear(crashes: CrashTests) -> None:
    check_count_survives(crashes, COORDINATOR, CLEAR)


@pytest.mark.parametrize("point", BESIDE)
def test_killed_after_what_it_writes_beside_the_work(crashes: CrashTests, point: CoordinatorPoint) -> None:
    with crashes.house() as house:
        job = die_at_each(house, COORDINATOR, [point], spec=house.count_spec())
        come_to_rest(house, {job: "held"})
        check_counted(house, job)


def test_killed_throughout_a_masked_regression(crashes: CrashTests) -> None:
    check_regression_survives(crashes, COORDINATOR, MASKED)


def test_killed_when_a_job_has_failed(crashes: CrashTests) -> None:
    with crashes.house() as house:
        spec = house.glm_spec(limits={"rounds": 1})
        job = die_at_each(house, COORDINATOR, FAILING, spec=spec)
        come_to_rest(house, {job: "failed"})
        assert house.services.jobs.get(job).code == "kinds.too_many_rounds"


def test_every_named_moment_of_a_coordinator_has_its_death_here() -> None:
    assert {*CLEAR, *BESIDE, *MASKED, *FAILING} == set(CoordinatorPoint)

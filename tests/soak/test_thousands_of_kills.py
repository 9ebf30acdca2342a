"""Thousands of kills at random commits and moments, on both sides, while jobs run one after another."""

from __future__ import annotations

import time
from collections.abc import Iterator
from random import Random

import pytest

from tests.support.crash_cases import CrashTests, check_counted, check_fitted, come_to_rest, crash_tests
from tests.support.crash_federation import COORDINATOR, SITES, CrashHouse

pytestmark = [pytest.mark.soak, pytest.mark.timeout(7200)]

SEEDS = 30
JOBS = 12
DEATHS = 6
"""Of one job: a masked sum is attempted eight times before the job gives up, and each death may cost one."""


@pytest.fixture(scope="module")
def crashes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrashTests]:
    with crash_tests(tmp_path_factory.mktemp("kills")) as made:
        yield made


@pytest.mark.parametrize("seed", range(SEEDS))
def test_random_deaths(crashes: CrashTests, seed: int) -> None:
    random = Random(seed)
    states: dict[str, str] = {}
    with crashes.house() as house:
        house.start_all()
        for number in range(JOBS):
            counts = random.random() < 0.5
            make = house.count_spec if counts else house.glm_spec
            job = house.submit(make(title=f"Question {number}")).id
            deaths = _die_at_random(house, job, random)
            assert house.wait_for_job(job, seconds=300).code is None, f"after {deaths} deaths"
            states[job] = "held"
            (check_counted if counts else check_fitted)(house, job)
        come_to_rest(house, states)


def _die_at_random(house: CrashHouse, job: str, random: Random) -> list[str]:
    """Kills one party after another, at a commit that it comes by or else wherever it is."""
    deaths = []
    for _ in range(random.randint(1, DEATHS)):
        who = random.choice((COORDINATOR, *SITES))
        point = random.choice(("commit.before", "commit.after", None))
        nth = random.randint(1, 25)
        house.restart(who, point=point, nth=nth)
        code = house.servers[who].wait(random.uniform(0.0, 4.0))
        assert code in (None, -9), house.tell()
        if code == -9:
            house.note(who)
            house.start(who)
        else:
            house.restart(who)
        deaths += [f"{who} wherever it was", f"{who} at {point} {nth}" if code else f"{who} by the clock"]
        time.sleep(random.uniform(0.0, 0.5))
    return deaths

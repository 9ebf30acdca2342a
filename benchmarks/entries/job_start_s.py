"""How soon a node answers the first message of a job after its order came."""

from __future__ import annotations

import time

from benchmarks.federation.running import RunningFederation, running_federation
from benchmarks.harness import Benchmark, Measured, at_most
from infra.demo.study import SITES, count_job

_BUDGET_S = 1.5
_JOBS = 5
_REST_S = 6.0


def measure() -> Measured:
    taken: list[float] = []
    with running_federation() as federation:
        for number in range(_JOBS + 1):
            time.sleep(_REST_S)  # as in life: the next worker is ready long before the next order comes
            starts = _one_job(federation, number)
            taken += starts if number else []
    return Measured(taken, [_BUDGET_S])


def _one_job(federation: RunningFederation, number: int) -> list[float]:
    """Seconds at each node from the order to the first reply on its way."""
    federation.run(
        lambda project, permit, code, now: count_job(
            project=project, permit=permit, code=code, now=now
        ).model_copy(update={"seed": number})  # another job each time, or its first answer would come again
    )
    return [federation.job_start(str(site)) for site in SITES]


BENCHMARK = Benchmark(
    name="job_start_s",
    unit="s",
    mark=at_most(1),
    how=(
        "Median seconds at 4 nodes from an order's arrival to the first message answered: order verified, "
        "the demo hospital's data staged, sandbox at work, reply released. Peer: the budget of 1.5 s."
    ),
    measure=measure,
)

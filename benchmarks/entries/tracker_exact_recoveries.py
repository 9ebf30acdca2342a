"""How many trackers of the corpus learn their secret from the guard."""

from __future__ import annotations

from benchmarks.harness import Benchmark, Measured, at_most
from tests.trackers.attacker import Verdict, judge
from tests.trackers.corpus import TRACKERS
from tests.trackers.guarded_desk import GuardedDesk
from tests.trackers.world import shaken

_TURNS = 8


def measure(*, turns: int = _TURNS) -> Measured:
    worlds = [
        (tracker, shaken(truth, turn=turn))
        for tracker in TRACKERS
        for truth in tracker.truths
        for turn in range(turns)
    ]
    told = sum(judge(tracker, world, GuardedDesk) is Verdict.TOLD for tracker, world in worlds)
    return Measured([told], [1.0], detail={"trackers": len(TRACKERS), "worlds": len(worlds)})


BENCHMARK = Benchmark(
    name="tracker_exact_recoveries",
    unit="worlds in which a secret was told",
    mark=at_most(0),
    how=(
        "Every tracker of the corpus in each of its worlds, eight times with other large groups; a secret "
        "counts as told unless another world is found that gives the very same answers and refusals. "
        "Peer: one."
    ),
    measure=measure,
)

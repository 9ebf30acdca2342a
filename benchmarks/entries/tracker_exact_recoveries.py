"""How many trackers of the corpus learn their secret from the guard, in clear or under masks."""

from __future__ import annotations

from benchmarks.harness import Benchmark, Measured, at_most
from tests.trackers.attacker import Verdict, judge
from tests.trackers.corpus import TRACKERS
from tests.trackers.corpus.descriptions import UNDECIDED
from tests.trackers.guarded_desk import GuardedDesk
from tests.trackers.masked_desk import MaskedDesk, TablesDesk
from tests.trackers.quota_desk import with_quota
from tests.trackers.world import shaken

_TURNS = 4


def measure(*, turns: int = _TURNS) -> Measured:
    worlds = [
        (tracker, shaken(truth, turn=turn))
        for trackers, played in ((TRACKERS, turns), (UNDECIDED, 1))
        for tracker in trackers
        for truth in tracker.truths
        for turn in range(played)
    ]
    in_clear, masked, in_tables = (
        sum(judge(tracker, world, with_quota(opens)) is Verdict.TOLD for tracker, world in worlds)
        for opens in (GuardedDesk, MaskedDesk, TablesDesk)
    )
    found = {"in_clear": in_clear, "masked": masked, "masked_tables": in_tables}
    detail = {"trackers": len(TRACKERS), "worlds": len(worlds), **found}
    return Measured([sum(found.values())], [1.0], detail=detail)


BENCHMARK = Benchmark(
    name="tracker_exact_recoveries",
    unit="worlds in which a secret was told",
    mark=at_most(0),
    how=(
        "Every tracker of the corpus in each of its worlds, four times with other large groups, and once "
        "those that are undecided; at one hospital in clear and at several under masks, there each number by "
        "itself and all of a table together, with the quota of refusals. A secret counts as told unless "
        "another world is found that gives the very same answers and refusals. Peer: one."
    ),
    measure=measure,
)

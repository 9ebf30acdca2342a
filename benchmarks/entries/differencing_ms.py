"""How long one set of persons is held against ten thousand released ones."""

from __future__ import annotations

import time

import numpy as np

from benchmarks.harness import Benchmark, Measured, at_most
from privacy.differencing.guard import Answered, AskedSet, Fresh, judge
from privacy.differencing.released_sets import Members, pack

_BUDGET_MS = 100.0
_PERSONS = 1_000_000
_COHORT = 100_000
_RELEASED = 10_000
_ASKED = 20


def measure(*, released: int = _RELEASED, persons: int = _PERSONS, cohort: int = _COHORT) -> Measured:
    draw = np.random.default_rng(7)
    answered = Answered()
    answered.load(np.ones(persons, dtype=np.bool_))
    for _ in range(released):
        answered.sets.add(pack(_some(draw, persons, cohort)))
    taken = []
    for turn in range(_ASKED):
        asked = AskedSet(str(turn), _some(draw, persons, cohort))
        begun = time.perf_counter()
        judged = judge(answered, [asked], threshold=10)
        taken.append((time.perf_counter() - begun) * 1000)
        if judged.verdicts != (Fresh(),):
            raise AssertionError("sets drawn at random are far apart")
    return Measured(taken, [_BUDGET_MS], detail={"slowest_ms": max(taken)})


def _some(draw: np.random.Generator, persons: int, cohort: int) -> Members:
    members = np.zeros(persons, dtype=np.bool_)
    members[draw.choice(persons, size=cohort, replace=False, shuffle=False)] = True
    return members


BENCHMARK = Benchmark(
    name="differencing_ms",
    unit="ms",
    mark=at_most(1),
    how=(
        "Median milliseconds to hold one set of 100,000 persons among 1,000,000 against 10,000 earlier ones "
        "of that size: each for near equality, those 128 that overlap most for sums and differences. Peer: "
        "the budget of 100 ms."
    ),
    measure=measure,
)

"""How long Flower's SecAgg+ takes for a sum that our masks make, both in one process without a link."""

from __future__ import annotations

import numpy as np

from benchmarks.harness import Benchmark, Measured, alternate, at_least
from benchmarks.masks.our_sum import make_hospitals, masked_sum
from benchmarks.peers.secaggplus import secaggplus_mean

_HOSPITALS, _PARAMETERS = 25, 10_000_000
_AGREED = 1e-5
"""Flower rounds to 2^22 steps between -8 and 8, at random."""


def measure(
    parameters: int = _PARAMETERS, *, hospitals: int = _HOSPITALS, repeats: int = 3, warm_ups: int = 0
) -> Measured:
    """Both in turns; all work of all hospitals and of the server, one after another."""
    numbers = np.random.default_rng(25).uniform(-1.0, 1.0, parameters).astype(np.float32)
    exact = numbers.astype(np.float64)
    made = make_hospitals(hospitals, parameters=parameters)

    def ours() -> float:
        total, clock = masked_sum(made, exact)
        _check(total / hospitals - exact)
        return clock.in_all

    def peer() -> float:
        mean, taken = secaggplus_mean(hospitals, threshold=made.context.threshold, numbers=numbers)
        _check(mean - exact)
        return taken

    return alternate(ours=ours, peer=peer, repeats=repeats, warm_ups=warm_ups)


def _check(difference: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> None:
    worst = float(np.abs(difference).max())
    if worst > _AGREED:
        raise RuntimeError(f"a mean is wrong by {worst:.1e}")


BENCHMARK = Benchmark(
    name="mask_vs_secaggplus",
    unit="s",
    mark=at_least(10),
    how=(
        "Median seconds of all work of 25 hospitals and the server for one masked mean of 10,000,000 "
        "numbers, in one process and thread without a link, ours against the workflow and client modifier of "
        "SecAgg+ in flwr 1.41.0 (legacy API), in turns. Same threshold, masks between all pairs. Ours sums "
        "64-bit numbers with 32 binary places and signs every step; Flower's steps have 22 bits, its masks "
        "32, and its seeds are folded to 32. Both means must be right to 1e-5."
    ),
    measure=measure,
)

"""How much longer a masked sum of ten million numbers takes than the same sum of signed replies in clear."""

from __future__ import annotations

import numpy as np

from benchmarks.harness import Benchmark, Measured, at_most
from benchmarks.masks.our_sum import make_hospitals, masked_sum, plain_sum

_HOSPITALS, _PARAMETERS = 25, 10_000_000
_AGREED = 1e-7


def measure(
    parameters: int = _PARAMETERS, *, hospitals: int = _HOSPITALS, repeats: int = 3, warm_ups: int = 1
) -> Measured:
    """Both sums in turns."""
    numbers = np.random.default_rng(25).uniform(-1.0, 1.0, parameters)
    taken = []
    for _ in range(warm_ups + repeats):
        made = make_hospitals(hospitals, parameters=parameters)
        total, masked = masked_sum(made, numbers)
        wanted, plain = plain_sum(made, numbers)
        worst = float(np.abs(total - wanted).max())
        if worst > _AGREED:
            raise RuntimeError(f"masked and plain sums differ by {worst:.1e}")
        taken.append((masked, plain))
    measured = taken[warm_ups:]
    return Measured(
        [masked.side_by_side for masked, _ in measured],
        [plain.side_by_side for _, plain in measured],
        detail={
            "one_hospital_s": float(np.median([max(masked.hospitals.values()) for masked, _ in measured])),
            "coordinator_s": float(np.median([masked.coordinator for masked, _ in measured])),
            "plain_coordinator_s": float(np.median([plain.coordinator for _, plain in measured])),
            "all_on_one_core": float(np.median([masked.in_all / plain.in_all for masked, plain in measured])),
        },
    )


BENCHMARK = Benchmark(
    name="mask_overhead",
    unit="s",
    mark=at_most(1.2),
    how=(
        "Median seconds of a masked sum of 10,000,000 numbers of 25 hospitals (keys, shares, masks towards "
        "each of the others, signed confirmation, unmasking, decoding), against the same numbers in clear: "
        "hashed and signed by each, verified and added. In one process without a link; hospitals count as if "
        "each had a machine of its own (the slowest one), the coordinator with all that it does. "
        "`all_on_one_core` is the ratio where everybody's work is added up. Sums must agree to 1e-7."
    ),
    measure=measure,
)

"""One statistic beside a library on the pooled rows: same columns, in turns, with answers that agree."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis_jobs.kinds.contract import Answer
from benchmarks.harness import Benchmark, Measured, alternate, at_most
from benchmarks.statistics.federation import Federation, federation
from benchmarks.statistics.made_up_cohort import ROWS, SITES, StagedCohort, read_table, staged_cohort
from onggi.spec.job import JobSpec

_MASKED = (
    "Median seconds under masks with five hospitals of 200,000 persons, from the first question to the "
    "released answer (each hospital a process of one thread; record verified and question derived "
    "again in every round; no link, register or store), against "
)
_AFTER = " on the 1,000,000 pooled rows in one process, both from mapped Arrow files, in turns. "


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """What is asked of the hospitals, and how a library answers it from the pooled table.

    Args:
        peer: the name of what `pooled` calls.
        agrees: which numbers of both answers are held against each other, and how closely.
        differences: the largest absolute (or relative) differences of these numbers.
    """

    name: str
    spec: JobSpec
    peer: str
    agrees: str
    tolerance: float
    pooled: Callable[[StagedCohort], Any]
    differences: Callable[[Any, Any], Sequence[float]]
    bound: float = 2.0
    repeats: int = 5
    warm_ups: int = 1
    setting: str = _MASKED

    def measure(self, rows: int = ROWS) -> Measured:
        """Both sides in turns, with hospitals of their own."""
        staged = staged_cohort(rows)
        with federation(staged.sites) as hospitals:
            return self.compare(hospitals, staged, repeats=self.repeats, warm_ups=self.warm_ups)

    def compare(
        self, hospitals: Federation, staged: StagedCohort, *, repeats: int, warm_ups: int
    ) -> Measured:
        """Both sides in turns. RuntimeError where the answers differ: a fast wrong answer is none."""
        answers: list[Answer] = []

        def ours() -> float:
            begun = time.perf_counter()
            answers.append(hospitals.run(self.spec))
            return time.perf_counter() - begun

        def peer() -> float:
            begun = time.perf_counter()
            wanted = self.pooled(staged)
            taken = time.perf_counter() - begun
            worst = max(self.differences(answers[-1], wanted))
            if not worst <= self.tolerance:
                raise RuntimeError(f"{self.name}: federated and pooled differ by {worst:.1e}")
            return taken

        return alternate(ours=ours, peer=peer, repeats=repeats, warm_ups=warm_ups)

    def benchmark(self) -> Benchmark:
        """As an entry."""
        return Benchmark(
            name=self.name,
            unit="s",
            mark=at_most(self.bound),
            how=f"{self.setting}{self.peer}{_AFTER}{self.agrees}",
            measure=self.measure,
        )


def read_columns(path: Path, names: Sequence[str]) -> pd.DataFrame:
    """Columns of a staged table as pandas has them."""
    frame: pd.DataFrame = read_table(path).select(list(names)).to_pandas()
    return frame


def site_codes(rows: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Which hospital each pooled row is of."""
    return np.repeat(np.arange(len(SITES)), rows // len(SITES))


def apart(one: Any, other: Any) -> float:
    """The largest difference of two arrays, relative to the larger of 1 and what is wanted."""
    wanted = np.asarray(other, dtype=float)
    return float(np.max(np.abs(np.asarray(one, dtype=float) - wanted) / np.maximum(np.abs(wanted), 1.0)))

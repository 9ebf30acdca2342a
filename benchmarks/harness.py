"""Measures ours against a peer in the same run and keeps the figures in one results file.

* A benchmark is one module of `benchmarks.entries` that holds a `BENCHMARK`; later work adds modules.
* Ours and the peer take turns where both can be repeated, so that a busy minute of the machine falls on both.
* The file is replaced at once and whole; entries that were not measured this time stay as they were.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from benchmarks import entries
from benchmarks.machine import Facts

RESULTS = Path(__file__).parent / "results.json"


@dataclass(frozen=True, slots=True)
class Mark:
    """What the ratio must reach, written as in the results file: `>= 20` or `<= 3`."""

    sense: Literal[">=", "<="]
    bound: float

    def met(self, ratio: float) -> bool:
        return ratio >= self.bound if self.sense == ">=" else ratio <= self.bound

    def __str__(self) -> str:
        return f"{self.sense} {self.bound:g}"


@dataclass(frozen=True, slots=True)
class Measured:
    """Repeated measurements of both sides, in the benchmark's unit; what was peculiar about this run."""

    ours: Sequence[float]
    peer: Sequence[float]
    notes: Sequence[str] = ()
    detail: Mapping[str, float] = field(default_factory=dict)


class NotMeasured(Exception):
    """Says what this machine lacks for a benchmark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """One benchmark: how it is measured and what counts as good.

    The ratio is peer / ours where the mark asks for `at least`, ours / peer where it asks for `at most`.
    """

    name: str
    unit: str
    mark: Mark
    how: str
    measure: Callable[[], Measured]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the results file."""

    name: str
    ours: float
    peer: float
    ratio: float
    unit: str
    mark: str
    met: bool
    how: str
    spread: Mapping[str, Sequence[float]]
    detail: Mapping[str, float]


def at_least(bound: float) -> Mark:
    """The peer takes at least so many times as long as ours."""
    return Mark(">=", bound)


def at_most(bound: float) -> Mark:
    """Ours takes at most so many times as long as the peer."""
    return Mark("<=", bound)


def alternate(
    *, ours: Callable[[], float], peer: Callable[[], float], repeats: int, warm_ups: int
) -> Measured:
    """Calls both in turn; each call returns what it measured. Warm-ups are called and forgotten."""
    for _ in range(warm_ups):
        ours()
        peer()
    pairs = [(ours(), peer()) for _ in range(repeats)]
    return Measured([one for one, _ in pairs], [other for _, other in pairs])


def find_benchmarks() -> dict[str, Benchmark]:
    """Every benchmark by its name."""
    modules = (
        importlib.import_module(f"{entries.__name__}.{found.name}")
        for found in pkgutil.iter_modules(entries.__path__)
    )
    return {module.BENCHMARK.name: module.BENCHMARK for module in modules}


def run_benchmark(benchmark: Benchmark) -> Entry:
    """Measures one benchmark and sets its medians against its mark.

    Raises:
        NotMeasured: the data that it needs is not here.
    """
    try:
        measured = benchmark.measure()
    except pytest.skip.Exception as missing:  # what finds the data is shared with the tests, and skips them
        raise NotMeasured(missing.msg) from None
    ours, peer = statistics.median(measured.ours), statistics.median(measured.peer)
    ratio = peer / ours if benchmark.mark.sense == ">=" else ours / peer
    return Entry(
        name=benchmark.name,
        ours=_short(ours),
        peer=_short(peer),
        ratio=_short(ratio),
        unit=benchmark.unit,
        mark=str(benchmark.mark),
        met=benchmark.mark.met(ratio),
        how=" ".join((benchmark.how, *measured.notes)),
        spread={"ours": _range(measured.ours), "peer": _range(measured.peer)},
        detail={name: _short(value) for name, value in measured.detail.items()},
    )


def record_entry(entry: Entry, *, machine: Facts, path: Path = RESULTS) -> None:
    """Puts one entry into the results file; the others, and their machine, stay."""
    known = read_entries(path)
    known[entry.name] = {**asdict(entry), "measured": machine.measured}
    document = {"machine": asdict(machine), "entries": [known[name] for name in sorted(known)]}
    part = path.with_name(f"{path.name}.part")
    with part.open("w", encoding="utf-8") as file:
        json.dump(document, file, indent=2, ensure_ascii=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def read_entries(path: Path = RESULTS) -> dict[str, dict[str, object]]:
    """The entries of a results file by name; none where there is no file."""
    if not path.exists():
        return {}
    document = json.loads(path.read_text(encoding="utf-8"))
    return {entry["name"]: entry for entry in document["entries"]}


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def _range(values: Sequence[float]) -> list[float]:
    return [_short(min(values)), _short(max(values))]

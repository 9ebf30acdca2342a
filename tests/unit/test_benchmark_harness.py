"""The results file: medians against a mark, entries that were not measured stay, the file is always whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.harness import (
    RESULTS,
    Benchmark,
    Mark,
    Measured,
    NotMeasured,
    alternate,
    at_least,
    at_most,
    find_benchmarks,
    read_entries,
    record_entry,
    run_benchmark,
)
from benchmarks.machine import machine_facts
from tests.support.shared_data import shared_data

FIELDS = ("name", "ours", "peer", "ratio", "unit", "mark", "met", "how")


def benchmark(
    mark: Mark, *, ours: tuple[float, ...], peer: tuple[float, ...], name: str = "one"
) -> Benchmark:
    return Benchmark(
        name=name, unit="s", mark=mark, how="Made up.", measure=lambda: Measured(ours, peer, ("A note.",))
    )


@pytest.mark.parametrize(
    ("mark", "ratio", "met"),
    [
        (at_least(20), 10.0, False),
        (at_least(10), 10.0, True),
        (at_most(0.1), 0.1, True),
        (at_most(0.09), 0.1, False),
    ],
)
def test_the_ratio_of_the_medians_is_set_against_the_mark(mark: Mark, ratio: float, met: bool) -> None:
    entry = run_benchmark(benchmark(mark, ours=(0.1, 9.0, 0.1), peer=(1.0, 1.0, 0.2)))
    assert (entry.ours, entry.peer, entry.ratio, entry.met) == (0.1, 1.0, ratio, met)
    assert entry.how == "Made up. A note."


def test_entries_that_were_not_measured_stay(tmp_path: Path) -> None:
    path, machine = tmp_path / "results.json", machine_facts()
    for name, ours in (("b", 1.0), ("a", 2.0), ("b", 3.0)):
        entry = run_benchmark(benchmark(at_most(2), ours=(ours,), peer=(1.0,), name=name))
        record_entry(entry, machine=machine, path=path)
    document = json.loads(path.read_text(encoding="utf-8"))
    assert [(one["name"], one["ours"], one["met"]) for one in document["entries"]] == [
        ("a", 2.0, True),
        ("b", 3.0, False),
    ]
    assert document["machine"]["cores"] >= 1
    assert all(field in one for one in document["entries"] for field in FIELDS)
    assert list(tmp_path.iterdir()) == [path]
    assert sorted(read_entries(path)) == ["a", "b"]


def test_both_sides_take_turns_and_warm_ups_are_forgotten() -> None:
    calls: list[str] = []

    def call(who: str) -> float:
        calls.append(who)
        return float(len(calls))

    measured = alternate(ours=lambda: call("ours"), peer=lambda: call("peer"), repeats=2, warm_ups=1)
    assert calls == ["ours", "peer"] * 3
    assert (list(measured.ours), list(measured.peer)) == ([3.0, 5.0], [4.0, 6.0])


def test_the_benchmarks_of_the_main_job_are_there() -> None:
    found = find_benchmarks()
    marks = {name: str(found[name].mark) for name in found}
    assert (
        marks.items()
        >= {
            "round_latency_1k": ">= 20",
            "round_floor_1k": "<= 3",
            "round_bytes_10m": "<= 1.5",
            "glm_1m_rows": "<= 2",
            "job_start_s": "<= 1",
        }.items()
    )


def test_a_benchmark_whose_data_is_not_here_is_not_measured() -> None:
    def measure() -> Measured:
        shared_data("no", "such", "data")
        raise AssertionError("the data was found")

    lacking = Benchmark(name="a", unit="s", mark=at_least(1), how="", measure=measure)
    with pytest.raises(NotMeasured, match="shared data"):
        run_benchmark(lacking)


def test_the_results_are_those_of_the_benchmarks_as_they_are() -> None:
    """Whoever changes what is measured measures it again."""
    found, known = find_benchmarks(), read_entries()
    assert known.keys() <= found.keys()
    for name, entry in known.items():
        assert str(entry["how"]).startswith(found[name].how), name
        assert entry["mark"] == str(found[name].mark), name


def test_the_manual_names_every_benchmark_and_explains_each_mark_that_is_missed() -> None:
    manual = (RESULTS.parent / "README.md").read_text(encoding="utf-8")
    table, explained = manual.split("## Marks that are missed, and why")
    assert [name for name in find_benchmarks() if f"`{name}`" not in table] == []
    assert [
        name for name, entry in read_entries().items() if not entry["met"] and name not in explained
    ] == []

"""The benchmarks of statistics and masks measure what they say, here over few persons and numbers.

Each entry's own comparison refuses answers that differ.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from analysis_jobs.kinds.registry import kind_names
from benchmarks.entries import mask_overhead, mask_vs_secaggplus
from benchmarks.harness import find_benchmarks
from benchmarks.statistics import made_up_cohort
from benchmarks.statistics.compared import Statistic
from benchmarks.statistics.federation import Federation, federation
from benchmarks.statistics.made_up_cohort import StagedCohort, staged_cohort

WITHOUT_PEER = {"concepts"}
MEASURED = sorted(set(kind_names()) - WITHOUT_PEER)
ROWS = 50_000


def statistic(kind: str) -> Statistic:
    found = importlib.import_module(f"benchmarks.entries.stat_{kind}").STATISTIC
    assert isinstance(found, Statistic)
    return found


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StagedCohort]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(made_up_cohort, "CACHE", tmp_path_factory.mktemp("cache"))
        yield staged_cohort(ROWS)


@pytest.fixture(scope="module")
def hospitals(staged: StagedCohort) -> Iterator[Federation]:
    with federation(staged.sites) as running:
        yield running


@pytest.mark.soak
@pytest.mark.parametrize("kind", MEASURED)
def test_a_statistic_answers_as_the_library_does(
    kind: str, hospitals: Federation, staged: StagedCohort
) -> None:
    measured = statistic(kind).compare(hospitals, staged, repeats=1, warm_ups=0)
    assert all(taken > 0 for taken in (*measured.ours, *measured.peer))


def test_every_statistic_has_its_mark() -> None:
    found = find_benchmarks()
    marks = {f"stat_{kind}": "<= 3" if kind == "cox" else "<= 2" for kind in MEASURED}
    assert {name: str(found[name].mark) for name in marks} == marks
    assert (str(found["mask_overhead"].mark), str(found["mask_vs_secaggplus"].mark)) == ("<= 1.2", ">= 10")


def test_an_answer_that_differs_is_no_figure(hospitals: Federation, staged: StagedCohort) -> None:
    wrong = replace(statistic("cross_table"), differences=lambda _answer, _told: [1e-3])
    with pytest.raises(RuntimeError, match=r"differ by 1\.0e-03"):
        wrong.compare(hospitals, staged, repeats=1, warm_ups=0)


def test_masks_give_the_sum_that_the_peers_give() -> None:
    overhead = mask_overhead.measure(4_000, hospitals=4, repeats=1, warm_ups=0)
    assert overhead.detail["one_hospital_s"] > 0
    against = mask_vs_secaggplus.measure(4_000, hospitals=4, repeats=1)
    assert all(taken > 0 for side in (overhead, against) for taken in (*side.ours, *side.peer))

"""The store's benchmarks measure what they say, here at a thousandth of their size."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

import benchmarks.store_data
from benchmarks.entries import concept_set_ms, encrypted_scan, load_rate
from node.store.cdm_tables import get_cdm_tables
from node.store.reader import open_reader


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (benchmarks.store_data, load_rate, encrypted_scan, concept_set_ms):
        monkeypatch.setattr(module, "CACHE", tmp_path)


def check_taken(*sides: Sequence[float]) -> None:
    assert all(taken > 0 for side in sides for taken in side)


def test_a_made_up_hospital_has_every_column_and_loads(tmp_path: Path) -> None:
    folder = benchmarks.store_data.hospital_csv(4000)
    header = (folder / "measurement.csv").read_text().splitlines()[0].split(",")
    assert header == list(get_cdm_tables()["measurement"].column_names)
    measured = load_rate.measure(4000, repeats=1, warm_ups=0)
    check_taken(measured.ours, measured.peer)
    measured = encrypted_scan.measure(4000, repeats=1, warm_ups=0)
    check_taken(measured.ours, measured.peer)
    assert benchmarks.store_data.loaded_hospital(4000).get_current().manifest.tables["measurement"] == 4000
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("part-")] == []


def test_a_made_up_vocabulary_has_twenty_ancestors_of_each_concept(tmp_path: Path) -> None:
    measured = concept_set_ms.measure(4096, rounds=1)
    check_taken(measured.ours)
    assert measured.detail["largest_set"] > 100
    vocabulary = benchmarks.store_data.loaded_vocabulary(4096)
    with open_reader(vocabulary, key=benchmarks.store_data.keys().data, workdir=tmp_path / "w") as connection:
        assert connection.execute("SELECT count(*) FROM concept").fetchall() == [(4096,)]
        ((related,),) = connection.execute("SELECT count(*) FROM concept_ancestor").fetchall()
    assert related > 11 * 4096  # a tree grows with the logarithm: nineteen levels at a million

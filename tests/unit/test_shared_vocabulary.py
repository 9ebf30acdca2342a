"""A vocabulary is a store of its own: data sets name its generation, and none that is named can go."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.concept_sets import concept_query
from analysis_jobs.cohort.engines import DuckDBEngine, resolve_concept_sets
from analysis_jobs.variables.stage import check_columns
from node.store.concept_counts import COUNTS_TABLE
from node.store.generations import Store
from node.store.load_omop import load_vocabulary
from node.store.load_report import LoadReport
from node.store.reader import open_cdm, open_reader
from node.store.remove_vocabulary import remove_vocabulary
from onggi.errors import Refused
from onggi.spec.circe.read import read_cohort
from onggi.spec.cohorts import cohort, everyone, has_condition, rule
from tests.support.cdm_archives import HEART_DISEASE, INFARCT, VERSION, write_athena, write_source_map
from tests.support.cdm_folders import LOADED_AT, load, make_keys, write_hospital

ILL = cohort(everyone(), rule("ill", has_condition([HEART_DISEASE], include_descendants=True)))


def load_words(folder: Path, store: Store) -> LoadReport:
    return load_vocabulary(folder, store=store, keys=make_keys(), clock=lambda: LOADED_AT, threads=1)


@pytest.fixture
def vocabulary(tmp_path: Path) -> Store:
    store = Store(tmp_path / "vocabulary")
    load_words(write_athena(tmp_path / "athena"), store)
    return store


def remarks(report: LoadReport) -> set[str]:
    return {one.code for one in report.warnings}


def test_a_source_without_a_vocabulary_is_tied_to_the_current_one(tmp_path: Path, vocabulary: Store) -> None:
    store = Store(tmp_path / "store", vocabulary=vocabulary)
    folder = write_hospital(tmp_path / "source")
    write_source_map(folder)
    report = load(folder, store)
    assert "load.vocabulary_shared" in remarks(report)
    assert not {"load.no_vocabulary"} & remarks(report)
    assert ("load.table_absent", "concept") not in {(w.code, w.facts.get("table")) for w in report.warnings}
    named = store.get_current().manifest.vocabulary
    shared = vocabulary.get_current()
    assert named is not None
    assert (named.number, named.digest) == (1, shared.manifest.digest)
    assert store.get_current().manifest.vocabulary_version == VERSION
    with open_cdm(store, key=make_keys().data, workdir=tmp_path / "w") as opened:
        plan = read_cohort(ILL)
        sets = resolve_concept_sets(DuckDBEngine(opened.connection), plan, cdm=opened.cdm)
        assert list(sets.resolved.values()) == [[HEART_DISEASE, INFARCT]]
        check_columns(DuckDBEngine(opened.connection), concept_query(plan.concept_sets, cdm=opened.cdm))
        mapped = opened.connection.execute("SELECT target_concept_id FROM source_to_concept_map").fetchall()
        assert mapped == [(INFARCT,)]
        with pytest.raises(Refused) as refused:
            check_columns(DuckDBEngine(opened.connection), concept_query(plan.concept_sets, cdm=Cdm()))
        assert refused.value.code == "variables.missing_column"
        with pytest.raises(Exception, match=r"(?i)read-only"):
            opened.connection.execute("DELETE FROM shared_vocabulary.concept")


def test_a_source_with_its_own_vocabulary_keeps_it(tmp_path: Path, vocabulary: Store) -> None:
    store = Store(tmp_path / "store", vocabulary=vocabulary)
    folder = write_hospital(tmp_path / "source")
    write_athena(folder, version="v5.0 own", extra_concepts=2)
    report = load(folder, store)
    assert report.vocabulary_version == "v5.0 own"
    assert report.get_table("concept").kept == 5
    assert store.get_current().manifest.vocabulary is None
    with open_cdm(store, key=make_keys().data, workdir=tmp_path / "w") as opened:
        assert opened.cdm == Cdm(counts=COUNTS_TABLE)
        assert opened.connection.execute("SELECT count(*) FROM concept").fetchall() == [(5,)]


def test_a_source_without_any_vocabulary_says_so(tmp_path: Path) -> None:
    store = Store(tmp_path / "store", vocabulary=Store(tmp_path / "vocabulary"))
    report = load(write_hospital(tmp_path / "source"), store)
    assert "load.no_vocabulary" in remarks(report)
    assert store.get_current().manifest.vocabulary is None
    assert (
        "vocabulary" not in json.loads((store.get_current().folder / "manifest.json").read_text())["manifest"]
    )


def test_a_newer_vocabulary_changes_no_data_set_that_is_loaded(tmp_path: Path, vocabulary: Store) -> None:
    store = Store(tmp_path / "store", vocabulary=vocabulary)
    folder = write_hospital(tmp_path / "source")
    load(folder, store)
    load_words(write_athena(tmp_path / "newer", version="v5.0 newer", extra_concepts=7), vocabulary)
    count = "SELECT count(*) FROM shared_vocabulary.concept"
    with open_reader(store, key=make_keys().data, workdir=tmp_path / "w") as connection:
        assert connection.execute(count).fetchall() == [(3,)]
    load(folder, store)
    with open_reader(store, key=make_keys().data, workdir=tmp_path / "w") as connection:
        assert connection.execute(count).fetchall() == [(10,)]
    with open_reader(store, key=make_keys().data, workdir=tmp_path / "w", generation=1) as connection:
        assert connection.execute(count).fetchall() == [(3,)]


def test_a_vocabulary_that_data_rests_on_cannot_be_removed(tmp_path: Path, vocabulary: Store) -> None:
    one, other = (Store(tmp_path / name, vocabulary=vocabulary) for name in ("one", "other"))
    folder = write_hospital(tmp_path / "source")
    load(folder, one)
    load_words(write_athena(tmp_path / "newer", version="v5.0 newer"), vocabulary)
    load(folder, other)
    with pytest.raises(Refused) as refused:
        remove_vocabulary(vocabulary, 1, datasets=[other, one])
    assert refused.value.code == "store.vocabulary_in_use"
    load(folder, one)
    with pytest.raises(Refused) as refused:  # a run that began on the older generation may be taken up again
        remove_vocabulary(vocabulary, 1, datasets=[other, one])
    assert refused.value.code == "store.vocabulary_in_use"
    with one.write() as writer:
        writer.remove_generation(1)
    remove_vocabulary(vocabulary, 1, datasets=[other, one])
    assert [path.name for path in vocabulary.generations.iterdir()] == ["2"]
    with pytest.raises(Refused) as refused:
        remove_vocabulary(vocabulary, 2, datasets=[])
    assert refused.value.code == "store.generation_current"


def test_a_vocabulary_that_is_gone_or_another_is_named(tmp_path: Path, vocabulary: Store) -> None:
    store = Store(tmp_path / "store", vocabulary=vocabulary)
    load(write_hospital(tmp_path / "source"), store)
    elsewhere = Store(tmp_path / "elsewhere")
    load_words(write_athena(tmp_path / "other", version="v5.0 other"), elsewhere)
    for given in (None, Store(tmp_path / "nowhere"), elsewhere):
        wrong = Store(store.root, vocabulary=given)
        with pytest.raises(Refused) as refused:
            open_cdm(wrong, key=make_keys().data, workdir=tmp_path / "w")
        assert refused.value.code == "store.vocabulary_missing"


def test_a_vocabulary_needs_its_concepts(tmp_path: Path) -> None:
    folder = write_athena(tmp_path / "athena")
    (folder / "CONCEPT.csv").unlink()
    store = Store(tmp_path / "vocabulary")
    with pytest.raises(Refused) as refused:
        load_words(folder, store)
    assert (refused.value.code, refused.value.facts["table"]) == ("load.missing_table", "concept")
    assert store.find_current() is None

"""Three published OMOP data sets load as they are; their oddities are counted, not fatal."""

from __future__ import annotations

from pathlib import Path

import pytest

from node.store.generations import Store
from node.store.load_report import LoadReport
from node.store.reader import open_reader
from tests.support.cdm_folders import load, make_keys
from tests.support.shared_data import shared_data


def load_real(source: Path, tmp_path: Path) -> tuple[Store, LoadReport]:
    store = Store(tmp_path / "store")
    return store, load(source, store, threads=2)


def link_tables(source: Path, folder: Path, *names: str) -> Path:
    """A folder with some of the tables only, to keep the test short."""
    folder.mkdir()
    for name in names:
        (folder / f"{name}.parquet").symlink_to(source / f"{name}.parquet")
    return folder


def remarks(report: LoadReport, code: str) -> dict[object, object]:
    found = [tuple(warning.facts.values()) for warning in report.warnings if warning.code == code]
    return {facts[0]: facts[-1] for facts in found}


def test_gibleed_drops_its_orphan_observation_periods(tmp_path: Path) -> None:
    source = shared_data("omop", "gibleed", "parquet-omock")
    folder = link_tables(
        source,
        tmp_path / "gibleed",
        "person",
        "observation_period",
        "visit_occurrence",
        "measurement",
        "concept",
        "cdm_source",
    )
    store, report = load_real(folder, tmp_path)
    assert report.source_cdm_version == "5.3"
    assert report.vocabulary_version == "v5.0 18-JAN-19"
    assert remarks(report, "load.orphans_dropped") == {"observation_period": 2649}
    assert remarks(report, "load.ids_repeated") == {"measurement": 2183}
    assert report.get_table("measurement").kept == 44_053
    with open_reader(store, key=make_keys().data, workdir=tmp_path / "w") as connection:
        joined = connection.execute(
            "SELECT count(*), count(DISTINCT person_id) FROM person JOIN observation_period USING (person_id)"
        ).fetchall()
        assert joined == [(2694, 2694)]
        renamed = connection.execute("SELECT count(admitted_from_concept_id) FROM visit_occurrence")
        assert renamed.fetchall() == [(1037,)]


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_gibleed_whole(tmp_path: Path) -> None:
    source = shared_data("omop", "gibleed", "parquet-omock")
    _, report = load_real(source, tmp_path)
    kept = {table.table: table.kept for table in report.tables if table.kept}
    assert kept["condition_occurrence"] == 65_332
    assert kept["drug_exposure"] == 67_707
    assert kept["concept_ancestor"] == 65_690


def test_mimic_demo_has_negative_ids_and_no_measurement_table(tmp_path: Path) -> None:
    source = shared_data("omop", "mimic-iv-demo-omop", "1_omop_data_csv")
    store, report = load_real(source, tmp_path)
    assert report.source_cdm_version == "5.3"
    assert {"measurement", "observation", "episode"} <= remarks(report, "load.table_absent").keys()
    assert report.get_table("person").kept == 100
    assert report.get_table("concept").kept == 3885
    with open_reader(store, key=make_keys().data, workdir=tmp_path / "w") as connection:
        assert connection.execute(
            "SELECT count(*), min(person_id) > 0 FROM person JOIN visit_occurrence USING (person_id)"
        ).fetchall() == [(852, True)]
        lost = connection.execute(
            "SELECT count(*) FROM visit_detail WHERE visit_occurrence_id NOT IN "
            "(SELECT visit_occurrence_id FROM visit_occurrence)"
        )
        assert lost.fetchall() == [(0,)]
        columns = connection.execute("SELECT visit_source_value FROM visit_occurrence").fetchall()
        assert set(columns) == {(None,)}


def test_synthea_as_published_has_upper_case_files_and_an_empty_ancestor_table(tmp_path: Path) -> None:
    """The archive itself, with the resource forks that its maker's desktop put beside the tables."""
    store, report = load_real(shared_data("omop", "synthea27nj", "Synthea27Nj_5.4.zip"), tmp_path)
    assert (report.source_cdm_version, report.vocabulary_version) == ("5.4", "v5.0 09-APR-22*")
    assert report.get_table("concept_ancestor").read == 0
    assert report.get_table("concept_relationship").kept > 100_000
    assert report.get_table("measurement").kept == 10_040
    with open_reader(store, key=make_keys().data, workdir=tmp_path / "w") as connection:
        linked = connection.execute(
            "SELECT count(*) FROM measurement JOIN visit_occurrence USING (visit_occurrence_id)"
        )
        assert linked.fetchall() == [(10_040,)]

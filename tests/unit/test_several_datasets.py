"""A node with several data sets: each job sees the rows of its own alone, every command names them all."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from node.agent.receive_order import receive_order
from node.agent.staging import TABLE, StagingStop, new_workspace, stage_run
from node.datasets import Datasets
from node.state.tables import Run
from node.store.generations import Store
from node.store.key_providers import FileKey as KekFile
from node.store.keys import StoreKeys, unlock_pseudonym_key
from node.store.load_omop import load_vocabulary
from onggi.errors import Refused
from onggi.spec.cohorts import cohort, everyone, has_condition, rule
from onggi.spec.job import JobSpec
from onggi.spec.variables import Variable
from tests.support.cdm_archives import HEART_DISEASE, INFARCT, VERSION, write_athena
from tests.support.cdm_folders import LOADED_AT, load, write_hospital, write_table
from tests.support.job_specs import make_spec
from tests.support.lone_node import LoneNode
from tests.support.node_desk import NodeDesk, ready_node
from tests.support.rogue_orders import SITE, House, grants, make_house

AGE = Variable(name="age", domain="age", kind="number", low=0, high=120)
CONDITION = ("condition_occurrence_id", "person_id", "condition_concept_id", "condition_start_date")
EVERYONE = cohort(everyone())
ILL = cohort(everyone(), rule("ill", has_condition([HEART_DISEASE], include_descendants=True)))


def keys_of(node: LoneNode) -> StoreKeys:
    settings = node.services.settings
    provider = KekFile(settings.home / "kek")
    pseudonym = unlock_pseudonym_key(settings.keys_folder, provider=provider)
    return StoreKeys(data=node.services.data_key, pseudonym=pseudonym)


def write_lungs(folder: Path) -> Path:
    write_hospital(folder, persons=range(1, 41))
    rows = [(n, n, INFARCT, "2020-03-01") for n in range(1, 13)]
    write_table(folder, "condition_occurrence.csv", CONDITION, rows)
    return folder


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A node with the heart data of a hospital, and, loaded twice, a second data set of 40 persons."""
    made = make_house(tmp_path)
    datasets, keys = made.node.services.datasets, keys_of(made.node)
    athena = write_athena(tmp_path / "athena")
    load_vocabulary(athena, store=datasets.vocabulary, keys=keys, clock=lambda: LOADED_AT, threads=1)
    folder = write_lungs(tmp_path / "lungs")
    for _ in range(2):
        report = load(folder, datasets.make_place("lungs"), keys=keys)
    assert report.vocabulary_version == VERSION
    yield made
    made.node.services.sessions.kw["bind"].dispose()


def staged(node: LoneNode, spec: JobSpec, *, generation: int) -> pa.Table:
    workspace, _ = new_workspace(node.services, f"run-{spec.dataset}")
    stage_run(node.services, workspace, spec, generation=generation, stop=StagingStop())
    return pa.ipc.open_file(io.BytesIO(b"".join(workspace.read(TABLE)))).read_all()


def spec_for(dataset: str, expression: dict[str, Any]) -> JobSpec:
    return make_spec(expression, (AGE,)).model_copy(update={"dataset": dataset})


def test_each_job_sees_the_rows_of_its_own_data_set(house: House) -> None:
    node = house.node
    assert node.services.datasets.names() == ("heart", "lungs")
    lungs = staged(node, spec_for("lungs", EVERYONE), generation=2)
    assert lungs.num_rows == 40
    assert set(lungs["age"].to_pylist()) == {50.0}
    heart = staged(node, spec_for("heart", EVERYONE), generation=1)
    assert heart.num_rows == 303
    assert len(set(heart["age"].to_pylist())) > 10
    with pytest.raises(Refused) as refused:
        staged(node, spec_for("kidneys", EVERYONE), generation=1)
    assert refused.value.code == "order.other_dataset"


def test_a_data_set_without_a_vocabulary_is_asked_by_the_shared_one(house: House) -> None:
    found = staged(house.node, spec_for("lungs", ILL), generation=2)
    assert (found["cohort_step"].to_numpy() == 1).sum() == 12


def test_an_order_is_judged_against_the_names_and_runs_on_its_own_generation(house: House) -> None:
    services = house.node.services
    federation = house.honest.root.federation
    seen = 0
    for dataset, generation in (("heart", 1), ("lungs", 2), ("kidneys", None)):
        permit = house.honest.permit(datasets=grants(dataset=dataset), id=f"permit-{dataset}")
        spec = house.honest.count_spec(dataset=dataset, permit=f"permit-{dataset}")
        bundle = house.rogue.bundle(spec, site=SITE, permit=permit, seen=seen)
        receive_order(services, bundle, federation=federation)
        seen = len(house.rogue.log.entries)
        with services.sessions() as session:
            row = session.query(Run).order_by(Run.order_id.desc()).first()
        assert row is not None
        assert row.generation == generation
        assert row.code == (None if generation else "order.other_dataset")


@pytest.fixture
def desk(tmp_path: Path) -> NodeDesk:
    return ready_node(tmp_path)


def test_commands_load_and_list_every_data_set(tmp_path: Path, desk: NodeDesk) -> None:
    heart, lungs = write_hospital(tmp_path / "heart"), write_lungs(tmp_path / "lungs")
    assert desk.type("load-omop", str(heart), "--dataset", "heart", "--json").json["dataset"] == "heart"
    told = desk.type("load-vocabulary", str(write_athena(tmp_path / "athena")), "--json")
    assert (told.code, told.json["generation"], told.json["vocabulary_version"]) == (0, 1, VERSION)
    other = desk.type("load-omop", str(lungs), "--dataset", "lungs", "--json")
    assert (other.code, other.json["dataset"], other.json["generation"]) == (0, "lungs", 1)
    assert "load.vocabulary_shared" in {one["code"] for one in other.json["warnings"]}
    assert desk.settings.dataset == "heart"
    status = desk.type("status", "--json").json
    assert [(one["name"], one["shared_vocabulary"]) for one in status["datasets"]] == [
        ("heart", None),
        ("lungs", 1),
    ]
    assert status["vocabulary"]["vocabulary_version"] == VERSION
    shown = desk.type("status").out
    assert "heart (1), lungs (1)" in shown
    assert VERSION in shown
    notes = [
        finding
        for group in desk.type("doctor", "--json").json["groups"]
        for finding in group["findings"]
        if group["group"] == "store"
    ]
    assert {note["code"] for note in notes} == {"node.datasets_held", "node.vocabulary_held"}
    assert not any(note["blocks"] for note in notes)
    for folder in Datasets(desk.settings).folders():
        assert folder.stat().st_mode & 0o077 == 0


def test_doctor_finds_what_is_wrong_with_any_data_set(tmp_path: Path, desk: NodeDesk) -> None:
    desk.type("load-omop", str(write_hospital(tmp_path / "heart")), "--dataset", "heart")
    desk.type("load-vocabulary", str(write_athena(tmp_path / "athena")))
    desk.type("load-omop", str(write_lungs(tmp_path / "lungs")), "--dataset", "lungs")

    def store_codes() -> list[str]:
        groups = desk.type("doctor", "--json").json["groups"]
        return [one["code"] for group in groups if group["group"] == "store" for one in group["findings"]]

    vocabulary = Datasets(desk.settings).vocabulary.get_current().database
    kept = vocabulary.read_bytes()
    vocabulary.unlink()
    assert store_codes() == ["store.vocabulary_missing"]
    vocabulary.write_bytes(kept)
    lungs = Datasets(desk.settings).get("lungs").get_current()
    (lungs.folder / "manifest.json").write_text("{")
    assert store_codes() == ["store.damaged"]


def test_a_name_in_two_places_is_refused(tmp_path: Path, desk: NodeDesk) -> None:
    folder = write_hospital(tmp_path / "heart")
    desk.type("load-omop", str(folder), "--dataset", "heart")
    desk.type("load-omop", str(folder), "--dataset", "lungs")
    file = desk.home / "node.toml"
    file.write_text(file.read_text().replace('"heart"', '"lungs"'))
    assert desk.type("status", "--json").json["error"]["code"] == "node.dataset_twice"


@pytest.mark.parametrize("name", ["../keys", "a/b", "", "Lungs", "x" * 70])
def test_a_name_that_is_none_makes_no_folder(tmp_path: Path, desk: NodeDesk, name: str) -> None:
    folder = write_hospital(tmp_path / "heart")
    desk.type("load-omop", str(folder), "--dataset", "heart")
    before = sorted(desk.home.rglob("*"))
    told = desk.type("load-omop", str(folder), "--dataset", name, "--json")
    assert told.json["error"]["code"] == "node.settings_invalid"
    assert sorted(desk.home.rglob("*")) == before


def test_a_check_says_everything_and_writes_nothing(tmp_path: Path, desk: NodeDesk) -> None:
    folder = write_hospital(tmp_path / "source")
    before = sorted(desk.home.rglob("*"))
    well = desk.type("load-omop", str(folder), "--check", "--json")
    assert (well.code, well.json["problems"]) == (0, [])
    assert {one["table"]: one["kept"] for one in well.json["tables"]}["measurement"] == 3
    visits = folder / "visit_occurrence.csv"
    visits.write_text(visits.read_text().replace("9202", "ward").replace("2020-03-01", "2020-13-01", 1))
    person = folder / "person.csv"
    person.write_text(person.read_text().replace("\n3,", "\n2,"))
    told = desk.type("load-omop", str(folder), "--check", "--json")
    found = {(one["code"], one["facts"]["column"], one["facts"]["row"]) for one in told.json["problems"]}
    assert found == {
        ("load.duplicate_id", "person_id", 4),
        ("load.bad_date", "visit_start_date", 2),
        ("load.not_integer", "visit_concept_id", 2),
    }
    assert sorted(desk.home.rglob("*")) == before
    assert told.code == desk.type("load-omop", str(folder), "--json").code
    shown = desk.type("load-omop", str(folder), "--check")
    assert "load.bad_date" in shown.out


def test_a_refused_load_names_all_that_is_wrong_with_the_file(tmp_path: Path, desk: NodeDesk) -> None:
    folder = write_hospital(tmp_path / "source")
    visits = folder / "visit_occurrence.csv"
    visits.write_text(visits.read_text().replace("9202", "ward"))
    lines = visits.read_text().splitlines()
    lines[3] = lines[3].replace("2020-03-01", "soon")
    visits.write_text("\n".join(lines) + "\n")
    told = desk.type("load-omop", str(folder))
    assert "load.not_integer" in told.err.splitlines()[-3]
    assert "load.bad_date" in told.err
    assert "soon" not in told.err
    assert Store(desk.settings.store).find_current() is None

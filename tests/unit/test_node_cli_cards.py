"""`onggi-node card` and `twin`: what is told is shown and recorded, and a twin loads like any CDM, marked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from catalog.dataset_card import read_card
from infra.demo.heart.to_cdm import HOSPITALS, write_cdm
from node.cards.twin_folder import MARK_FILE
from node.state.tables import AuditEvent
from node.store.generations import Store
from tests.support.cdm_folders import write_hospital
from tests.support.node_desk import NodeDesk, ready_node


@pytest.fixture
def desk(tmp_path: Path) -> NodeDesk:
    """A node with the real patients of one of the demo's hospitals."""
    desk = ready_node(tmp_path)
    write_cdm(HOSPITALS["cleveland"], folder=tmp_path / "cdm")
    assert desk.type("load-omop", str(tmp_path / "cdm"), "--dataset", "heart", "--json").code == 0
    return desk


def events(desk: NodeDesk) -> list[tuple[str, dict[str, object]]]:
    with desk.state() as session:
        rows = session.scalars(select(AuditEvent).order_by(AuditEvent.number)).all()
        return [(row.event, json.loads(row.facts)) for row in rows]


def test_the_card_is_shown_written_and_recorded(desk: NodeDesk, tmp_path: Path) -> None:
    file = tmp_path / "card.json"
    told = desk.type("card", "--out", str(file), "--json")
    assert told.code == 0
    card = read_card(file.read_bytes())
    assert told.json["digest"] == card.digest
    assert (card.site, card.dataset, card.generation) == ("cleveland", "heart", 1)
    assert str(card.persons) == "200-499"
    assert events(desk)[-1] == ("node:card:make", {"card": card.digest, "generation": 1})
    pressure = next(each for each in card.concepts if each.concept == 3004249)
    assert [(band.low, band.below) for band in pressure.numbers[0].bands][2] == (125.0, 160.0)
    again = desk.type("card", "--out", str(file), "--json")
    assert again.json["error"]["code"] == "card.file_exists"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ko_KR.UTF-8", ("대상자", "가장 작은 집단", "말하지 않는 것")),
        ("en_US.UTF-8", ("Persons", "Never told")),
    ],
)
def test_a_person_reads_what_it_tells(desk: NodeDesk, language: str, words: tuple[str, ...]) -> None:
    desk.language = language
    shown = desk.type("card").out
    assert "200-499" in shown
    assert all(word in shown for word in words)
    assert "303" not in shown  # the exact number of patients


def test_a_twin_loads_like_any_folder_and_is_known_for_one(desk: NodeDesk, tmp_path: Path) -> None:
    made = desk.type("twin", "--out", str(tmp_path / "twin"), "--persons", "300", "--seed", "5", "--json")
    assert made.code == 0
    assert made.json["synthetic"] is True
    assert made.json["tables"]["person"] == 300
    assert events(desk)[-1][0] == "node:twin:make"
    mark = json.loads((tmp_path / "twin" / MARK_FILE).read_text())
    assert (mark["synthetic"], mark["persons"], mark["seed"]) == (True, 300, 5)

    over = desk.type("load-omop", str(tmp_path / "twin"), "--json")
    assert over.json["error"]["code"] == "load.twin_over_data"
    assert Store(desk.settings.store).get_current().number == 1

    other = ready_node(tmp_path / "other")
    loaded = other.type("load-omop", str(tmp_path / "twin"), "--dataset", "heart", "--json")
    assert loaded.code == 0
    kept = {one["table"]: one["kept"] for one in loaded.json["tables"]}
    assert kept == made.json["tables"]
    assert [one["code"] for one in loaded.json["warnings"] if one["code"] != "load.table_absent"] == []
    assert other.type("status", "--json").json["synthetic"] is True
    assert Store(other.settings.store).get_current().manifest.synthetic
    assert other.type("card", "--json").json["error"]["code"] == "card.of_twin"
    # What is loaded by itself is still known: the mark is in the data, too.
    (tmp_path / "twin" / MARK_FILE).unlink()
    assert (
        desk.type("load-omop", str(tmp_path / "twin"), "--json").json["error"]["code"]
        == "load.twin_over_data"
    )


def test_a_twin_of_a_cards_file_as_csv(desk: NodeDesk, tmp_path: Path) -> None:
    file, folder = tmp_path / "card.json", tmp_path / "twin"
    assert desk.type("card", "--out", str(file)).code == 0
    made = desk.type(
        "twin", "--card", str(file), "--out", str(folder), "--persons", "50", "--format", "csv", "--json"
    )
    assert made.code == 0
    assert (folder / "person.csv").read_text().count("\n") == 51
    again = desk.type("twin", "--card", str(file), "--out", str(folder), "--json")
    assert again.json["error"]["code"] == "twin.folder_exists"
    file.write_text("{}")
    wrong = desk.type("twin", "--card", str(file), "--out", str(tmp_path / "new"), "--json")
    assert wrong.json["error"]["code"] == "card.unreadable"
    assert not (tmp_path / "new").exists()


def test_three_patients_make_no_card(tmp_path: Path) -> None:
    desk = ready_node(tmp_path)
    folder = write_hospital(tmp_path / "cdm")
    assert desk.type("load-omop", str(folder), "--json").code == 0
    assert desk.type("card", "--json").json["error"]["code"] == "card.too_few_persons"
    assert desk.type("twin", "--out", str(tmp_path / "twin"), "--json").json["error"]["code"] == (
        "card.too_few_persons"
    )


def test_an_earlier_manifest_keeps_its_digest(desk: NodeDesk) -> None:
    file = Store(desk.settings.store).get_current().folder / "manifest.json"
    assert "synthetic" not in file.read_text()
    assert desk.type("status", "--json").json["synthetic"] is False

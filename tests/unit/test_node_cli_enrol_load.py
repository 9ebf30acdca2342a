"""A node enrols with its token and takes in a CDM folder, or says which file, row and column it refuses."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

from node.state.tables import AuditEvent
from node.store.generations import Store
from onggi.spec.ids import SiteId
from tests.support.cdm_folders import MEASUREMENT, PERSON, write_hospital, write_table
from tests.support.link_house import GatewayHouse, in_loop
from tests.support.node_desk import SITE, NodeDesk, ready_node


@in_loop
async def test_a_token_enrols_the_node_and_doctor_finds_the_way(tmp_path: Path) -> None:
    house = GatewayHouse()
    await house.start()
    try:
        desk = NodeDesk(tmp_path / "node", now=house.clock())
        ports = ("--enrol-port", str(house.gateway.enrol_port))
        address = f"127.0.0.1:{house.port}"
        made = desk.type("init", "--site", SITE, "--coordinator", address, *ports, "--json")
        assert made.code == 0
        token = str(house.authority.new_token(SiteId(SITE)))
        told = await asyncio.to_thread(desk.type, "enrol", token, "--json")
        assert (told.code, told.json["site"]) == (0, SITE)
        assert desk.settings.authority == told.json["authority"] == f"sha256:{token.rsplit('.', 1)[1]}"
        desk.now = house.clock()
        found = await asyncio.to_thread(desk.type, "doctor", "--json")
        link = next(one for one in found.json["groups"] if one["group"] == "link")
        assert link == {"group": "link", "well": True, "skipped": False, "findings": []}
        other = await asyncio.to_thread(
            desk.type, "enrol", str(house.authority.new_token(SiteId("zurich"))), "--json"
        )
        assert other.json["error"]["code"] == "enrol.token_for_other_site"
    finally:
        await house.stop()


def test_a_cut_token_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    desk = ready_node(tmp_path)
    assert desk.type("enrol", "onggi-enrol-1.cleveland.abc", "--json").json["error"]["code"] == (
        "enrol.token_malformed"
    )


def test_a_folder_becomes_a_generation(tmp_path: Path) -> None:
    desk = ready_node(tmp_path)
    folder = write_hospital(tmp_path / "cdm")
    told = desk.type("load-omop", str(folder), "--dataset", "heart", "--json")
    assert told.code == 0
    assert (told.json["generation"], told.json["dataset"]) == (1, "heart")
    kept = {one["table"]: one["kept"] for one in told.json["tables"]}
    assert kept["person"] == kept["measurement"] == 3
    assert desk.settings.dataset == "heart"
    assert desk.type("status", "--json").json["generation"] == 1
    with desk.state() as session:
        last = session.scalars(select(AuditEvent).order_by(AuditEvent.number.desc())).first()
        assert last is not None
        assert last.event == "node:data:load"
    shown = desk.type("load-omop", str(folder))
    assert "person" in shown.out
    assert Store(desk.settings.store).get_current().number == 2


def test_loading_anew_is_what_a_damaged_store_advises_and_what_cures_it(tmp_path: Path) -> None:
    desk = ready_node(tmp_path)
    folder = write_hospital(tmp_path / "cdm")
    assert desk.type("load-omop", str(folder), "--dataset", "heart", "--json").code == 0
    (Store(desk.settings.store).get_current().folder / "manifest.json").write_text("{")
    assert desk.type("status", "--json").json["error"]["code"] == "store.damaged"
    told = desk.type("load-omop", str(folder), "--json")
    assert (told.code, told.json["generation"]) == (0, 2)
    assert desk.type("status", "--json").code == 0


@pytest.mark.parametrize("language", ["ko_KR.UTF-8", "en_US.UTF-8"])
def test_a_refusal_names_file_row_column_and_reason(tmp_path: Path, language: str) -> None:
    desk = ready_node(tmp_path)
    desk.language = language
    folder = write_hospital(tmp_path / "cdm")
    rows = [(1, 1, 3004249, "2020-03-01", 0, 1.0, 1), (2, 2, 3004249, "not a day", 0, 1.0, 2)]
    write_table(folder, "measurement.csv", MEASUREMENT, rows)
    told = desk.type("load-omop", str(folder))
    assert 120 <= told.code <= 139
    for word in ("load.bad_date", "measurement.csv", "measurement_date", "3"):
        assert word in told.err
    assert "not a day" not in told.err + told.out
    assert desk.type("status", "--json").json["generation"] is None


def test_the_hospitals_identifier_policy_is_read_from_its_settings(tmp_path: Path) -> None:
    desk = ready_node(tmp_path)
    folder = write_hospital(tmp_path / "cdm")
    header = (*PERSON, "person_source_value")
    write_table(folder, "person.csv", header, [(p, 8507, 1970, 0, 0, f"chart {p}") for p in (1, 2, 3)])
    told = desk.type("load-omop", str(folder), "--json").json
    person = next(one for one in told["tables"] if one["table"] == "person")
    assert "person_source_value" in person["dropped_columns"]
    file = desk.home / "node.toml"
    file.write_text(file.read_text() + '\n[identifiers]\nkeep = ["person.no_such_column"]\n')
    refused = desk.type("load-omop", str(folder), "--json")
    assert refused.json["error"]["code"] == "load.policy_column"


def test_a_passphrase_unlocks_what_it_locked_and_nothing_else_does(tmp_path: Path) -> None:
    desk = NodeDesk(tmp_path / "node", typed="a sentence of some length\n")
    assert desk.type(
        "init", "--site", SITE, "--coordinator", "127.0.0.1:9", "--key-provider", "passphrase", "--json"
    ).json["created"]
    folder = write_hospital(tmp_path / "cdm")
    assert desk.type("load-omop", str(folder), "--json").json["generation"] == 1
    desk.typed = "another sentence, as long\n"
    assert desk.type("load-omop", str(folder), "--json").json["error"]["code"] == "store.wrong_key"

"""`onggi-node quality`: the hospital sees and keeps everything, the card tells little, all is recorded."""

from __future__ import annotations

import json
import stat
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import select

from analysis_jobs.quality.read_checks import SHIPPED
from node.state.tables import AuditEvent
from tests.support.cdm_folders import MEASUREMENT, write_hospital, write_table
from tests.support.node_desk import NodeDesk, ready_node


def loaded_node(folder: Path, *, persons: Sequence[int] = range(1, 31)) -> NodeDesk:
    """A node with a small hospital: three of its measurements lie before their persons' births."""
    desk = ready_node(folder)
    cdm = write_hospital(folder / "cdm", persons=persons)
    rows = [
        (each, each, 3004249, "1960-01-01" if each <= 3 else "2020-03-01", 0, 120.5, each) for each in persons
    ]
    write_table(cdm, "measurement.csv", MEASUREMENT, rows)
    assert desk.type("load-omop", str(cdm), "--json").code == 0
    return desk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> NodeDesk:
    return loaded_node(tmp_path_factory.mktemp("quality"))


def events_of(desk: NodeDesk) -> list[tuple[str, dict[str, object]]]:
    with desk.state() as session:
        rows = session.scalars(select(AuditEvent).order_by(AuditEvent.number))
        return [(row.event, json.loads(row.facts)) for row in rows]


def test_a_run_tells_failures_keeps_its_report_and_is_recorded(desk: NodeDesk) -> None:
    out = desk.home.parent / "report.json"
    told = desk.type("quality", "--json", "--out", str(out))
    assert told.code == 0
    counts = told.json["counts"]
    assert sum(counts.values()) == 2553
    assert counts["error"] == 0
    births = next(
        one for one in told.json["failed"] if one["id"] == "plausibleAfterBirth/measurement/measurement_date"
    )
    assert (births["violated"], births["denominator"], births["percent"]) == (3, 30, 10.0)
    severities = [one["severity"] for one in told.json["failed"]]
    assert severities == sorted(severities, key=["fatal", "convention", "characterization"].index)
    kept = desk.home / "quality" / "generation-1.json"
    assert kept.read_bytes() == out.read_bytes()
    assert stat.S_IMODE(kept.stat().st_mode) == stat.S_IMODE(out.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    results = [one for table in json.loads(out.read_bytes())["tables"] for one in table["results"]]
    assert len(results) == 2553
    source = next(one for one in results if one["id"] == "sourceValueCompleteness/person/race_source_value")
    assert (source["status"], source["reason"]) == ("not_applicable", "left_out")
    name, facts = events_of(desk)[-1]
    assert name == "hospital:quality:check"
    assert facts == {"generation": 1, "digest": facts["digest"], **counts}
    assert not list(desk.home.glob("quality-*"))


@pytest.mark.parametrize("language", ["ko_KR.UTF-8", "en_US.UTF-8"])
def test_the_last_report_is_shown_in_both_languages_without_a_run(desk: NodeDesk, language: str) -> None:
    desk.type("quality", "--json")
    before = len(events_of(desk))
    desk.language = language
    shown = desk.type("quality", "--last", "--table", "measurement")
    assert shown.code == 0
    assert shown.out.index("isForeignKey/") < shown.out.index("plausibleAfterBirth/measurement")
    assert "/person/" not in shown.out
    assert ("심각도" in shown.out) == language.startswith("ko")
    assert len(events_of(desk)) == before


def test_the_card_is_shown_then_recorded_and_written_and_tells_of_nobody(desk: NodeDesk) -> None:
    path = desk.home.parent / "card.json"
    told = desk.type("quality", "--card", str(path), "--json")
    assert told.code == 0
    card = json.loads(path.read_bytes())
    assert told.json["card"] == card
    failed = {one["check"]: one["band"] for one in card["failed"]}
    assert failed["isForeignKey/person/gender_concept_id"] == "50+"
    assert "plausibleAfterBirth/measurement/measurement_date" not in failed  # of three persons
    cell = next(
        one for one in card["cells"] if (one["table"], one["category"]) == ("measurement", "Plausibility")
    )
    assert cell["not_told"] > 0
    assert [name for name, _ in events_of(desk)[-2:]] == [
        "hospital:quality:check",
        "hospital:quality:write_card",
    ]
    again = desk.type("quality", "--card", str(path), "--json")
    assert again.json["error"]["code"] == "quality.file_unwritable"


def test_one_table_alone_replaces_no_report_and_makes_no_card(tmp_path: Path) -> None:
    desk = loaded_node(tmp_path, persons=range(1, 4))
    assert desk.type("quality", "--last", "--json").json["error"]["code"] == "quality.not_checked"
    told = desk.type("quality", "--table", "PERSON", "--json")
    assert {one["table"] for one in told.json["tables"]} == {"person"}
    assert desk.type("quality", "--last", "--json").json["error"]["code"] == "quality.not_checked"
    card = str(tmp_path / "card.json")
    for words, code in [
        (("--table", "person", "--card", card), "quality.card_needs_all"),
        (("--table", "persons"), "quality.unknown_table"),
        (("--out", str(tmp_path / "nowhere" / "report.json")), "quality.file_unwritable"),
        (("--checks", str(tmp_path / "nowhere")), "quality.list_missing"),
        (("--last", "--checks", str(SHIPPED)), "node.usage"),
    ]:
        answer = desk.type("quality", *words, "--json")
        assert (answer.json["error"]["code"], answer.code >= 100) == (code, True)
    small = desk.type("quality", "--card", card, "--json").json["card"]
    patients = [one for one in small["cells"] if one["table"] in ("person", "measurement", "death")]
    assert all(one["failed"] == 0 for one in patients)
    assert not [one for one in small["failed"] if "/person/" in one["check"]]


def test_a_node_without_data_says_so(tmp_path: Path) -> None:
    assert ready_node(tmp_path).type("quality", "--json").json["error"]["code"] == "store.empty"

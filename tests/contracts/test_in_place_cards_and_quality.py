"""A database that is read in place has the card, the quality report and the twin that a store has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlglot import exp, parse_one

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.engines import PostgresEngine
from analysis_jobs.quality.cdm_shape import find_columns
from catalog.dataset_card import read_card
from node.cards.build_card import CardBuilder
from node.postgres.describe_version import describe_version
from node.postgres.source import find_in_place
from node.postgres.watched_reading import WatchedReading
from node.store.cdm_tables import VOCABULARY_TABLES
from onggi.errors import Refused
from onggi.spec.ids import SiteId
from tests.support.card_hospitals import VERSION, card_of, fill_postgres, hospital, usual_patients
from tests.support.node_desk import NodeDesk, ready_node
from tests.support.postgres import new_database
from tests.support.postgres_house import House, opened_house

ROWS: dict[str, list[Any]] = hospital(usual_patients(60)) | {
    "concept": [
        {
            "concept_id": concept,
            "concept_name": "made up",
            "domain_id": domain,
            "vocabulary_id": "SNOMED",
            "concept_class_id": "Observation",
            "standard_concept": "S",
        }
        for concept, domain in ((201826, "Condition"), (3004249, "Measurement"), (8507, "Gender"))
    ],
    "concept_ancestor": [
        {"ancestor_concept_id": 201826, "descendant_concept_id": 201826, "min_levels_of_separation": 0}
    ],
    "death": [{"person_id": number} for number in range(1, 13)],
}


@pytest.fixture(scope="module")
def connection() -> Iterator[psycopg.Connection]:
    with psycopg.connect(new_database(), autocommit=True) as made:
        fill_postgres(made, ROWS, schema="cdm")
        yield made


def _card(connection: psycopg.Connection) -> bytes:
    engine, cdm = PostgresEngine(connection), Cdm("cdm")
    columns = find_columns(engine, cdm=cdm, vocabulary=frozenset(VOCABULARY_TABLES))
    made = CardBuilder(engine, 10, cdm=cdm, columns=columns)
    return made.build(site=SiteId("cleveland"), dataset="heart", version=VERSION).to_json()


def test_both_engines_make_the_same_card(connection: psycopg.Connection) -> None:
    assert _card(connection) == card_of(ROWS).to_json()
    card = read_card(_card(connection))
    assert [each.concept for each in card.concepts if each.numbers] == [3004249]
    assert card.deaths > 0


def test_a_table_that_is_not_there_has_no_rows(connection: psycopg.Connection) -> None:
    connection.execute("BEGIN; DROP TABLE cdm.death, cdm.device_exposure, cdm.note, cdm.concept_ancestor")
    fewer = {name: rows for name, rows in ROWS.items() if name not in ("death", "concept_ancestor")}
    try:
        assert _card(connection) == card_of(fewer).to_json()
    finally:
        connection.execute("ROLLBACK")


def test_a_column_that_is_missing_is_no_card_and_no_text_of_the_server(
    connection: psycopg.Connection,
) -> None:
    connection.execute("BEGIN; ALTER TABLE cdm.person DROP COLUMN gender_concept_id")
    try:
        with pytest.raises(Refused) as refused:
            _card(connection)
    finally:
        connection.execute("ROLLBACK")
    assert (refused.value.code, refused.value.facts) == ("card.not_counted", {})


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ({}, ("5.4", None, False)),
        (
            {"cdm_version": "CDM v5.3.1", "vocabulary_version": "v5.0 2022"},
            ("5.3", "v5.0 2022", False),
        ),
        ({"cdm_source_name": "Synthetic twin of a hospital"}, ("5.4", None, True)),
    ],
)
def test_a_database_describes_itself(
    connection: psycopg.Connection, says: dict[str, str], expected: tuple[object, ...]
) -> None:
    connection.execute("BEGIN")
    try:
        if says:
            names, values = ", ".join(says), ", ".join(f"'{each}'" for each in says.values())
            connection.execute(f"INSERT INTO cdm.cdm_source ({names}) VALUES ({values})".encode())
        found = describe_version(PostgresEngine(connection), Cdm("cdm"), number=7, digest="sha256:0")
    finally:
        connection.execute("ROLLBACK")
    assert (found.cdm_version, found.vocabulary_version, found.synthetic) == expected
    assert (found.number, found.left_out) == (7, frozenset())


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    (tmp_path / "house").mkdir()
    with opened_house(tmp_path / "house") as made:
        yield made


@pytest.fixture
def desk(tmp_path: Path) -> NodeDesk:
    (tmp_path / "desk").mkdir()
    return ready_node(tmp_path / "desk")


@pytest.fixture
def registered(house: House, desk: NodeDesk) -> NodeDesk:
    """A node whose data stays in a PostgreSQL with sixty persons."""
    fill_postgres(house.admin, ROWS, schema="whole")
    house.run("GRANT USAGE ON SCHEMA whole TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA whole TO {role}")
    told = desk.type("use-postgres", "--address-file", str(house.file), "--schema", "whole", "--json")
    assert (told.code, told.json["version"]) == (0, 1)
    return desk


def test_the_commands_tell_of_data_in_place(registered: NodeDesk, house: House, tmp_path: Path) -> None:
    card = registered.type("card", "--json").json["card"]
    assert (card["generation"], card["cdm_version"]) == (1, "5.4")
    assert [each["concept"] for each in card["concepts"]] == [201826, 3004249]
    quality = registered.type("quality", "--json")
    assert (quality.code, quality.json["generation"], quality.json["counts"]["error"]) == (0, 1, 0)
    assert sum(quality.json["counts"].values()) == 2553
    assert registered.type("quality", "--last", "--json").json["counts"] == quality.json["counts"]
    twin = registered.type("twin", "--out", str(tmp_path / "twin"), "--persons", "50", "--json")
    assert (twin.code, twin.json["tables"]["person"]) == (0, 50)
    house.run("DELETE FROM whole.measurement WHERE person_id = 1")
    for words in (("card",), ("quality",)):
        assert registered.type(*words, "--json").json["error"]["code"] == "dataset.changed"


def test_a_reading_goes_on_in_the_same_picture_after_an_error(registered: NodeDesk, house: House) -> None:
    source = find_in_place(registered.home, dataset=registered.settings.dataset)
    assert source is not None
    persons = parse_one("SELECT COUNT(*) FROM whole.person", into=exp.Select, dialect="postgres")
    broken = parse_one("SELECT 1 / 0", into=exp.Select, dialect="postgres")
    with source.open(registered.home, version=source.version()) as (engine, _):
        assert isinstance(engine, WatchedReading)
        assert engine.fetch(persons) == [(60,)]
        house.run("DELETE FROM whole.person WHERE person_id = 1")
        with pytest.raises(engine.errors):
            engine.fetch(broken)
        engine.recover()
        assert engine.fetch(persons) == [(60,)]

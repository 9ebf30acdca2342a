"""The identifier guard: what is dropped, what is refused, and how ids are replaced."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from node.store.generations import Store
from node.store.identifier_guard import IdentifierPolicy
from node.store.keys import StoreKeys
from node.store.reader import open_reader
from onggi.errors import Refused
from tests.support.cdm_folders import (
    NOTE,
    OBSERVATION,
    PERIOD,
    PERSON,
    VISIT,
    load,
    make_keys,
    write_hospital,
    write_table,
)

TEXT = "observation.value_as_string"
KEEP_TEXT = IdentifierPolicy(keep=frozenset({TEXT}))


def ask(store: Store, workdir: Path, question: str) -> list[Any]:
    with open_reader(store, key=make_keys().data, workdir=workdir) as connection:
        return connection.execute(question).fetchall()


def write_texts(folder: Path, texts: list[str]) -> Path:
    write_hospital(folder)
    rows = [(i, 1 + i % 3, 2000000001, "2020-03-01", 0, text) for i, text in enumerate(texts, start=1)]
    write_table(folder, "observation.csv", OBSERVATION, rows)
    return folder


def make_rrn(first_twelve: str) -> str:
    """Thirteen digits whose last one is the check digit (the weights are public)."""
    weights = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
    total = sum(int(digit) * weight for digit, weight in zip(first_twelve, weights, strict=True))
    return first_twelve + str((11 - total % 11) % 10)


def wrong_check_digit(rrn: str) -> str:
    return rrn[:-1] + str((int(rrn[-1]) + 1) % 10)


RRN = make_rrn("900101123456")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (RRN, "rrn"),
        (f"id {RRN[:6]}-{RRN[6:]} seen", "rrn"),
        (f"{RRN[:6]}-{wrong_check_digit(RRN)[6:]}", "rrn"),  # given out since October 2020: no check digit
        ("call 010-1234-5678", "phone"),
        ("01012345678", "phone"),
        ("+82 10 1234 5678", "phone"),
        ("02-123-4567", "phone"),
        ("somebody@example.org", "email"),
    ],
)
def test_a_text_that_looks_like_an_identifier_is_refused(tmp_path: Path, text: str, kind: str) -> None:
    folder = write_texts(tmp_path / "source", ["fine", text, "also fine"])
    with pytest.raises(Refused) as refused:
        load(folder, Store(tmp_path / "store"), policy=KEEP_TEXT)
    assert refused.value.code == "load.identifier_found"
    assert refused.value.facts == {
        "file": "observation.csv",
        "column": "value_as_string",
        "row": 3,
        "kind": kind,
    }
    assert text not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    ["120 mmHg", wrong_check_digit(RRN), "9913011234567", "1234567890123456", "2020-03-01", "a@b", "10-1234"],
)
def test_ordinary_texts_pass(tmp_path: Path, text: str) -> None:
    store = Store(tmp_path / "store")
    load(write_texts(tmp_path / "source", [text]), store, policy=KEEP_TEXT)
    assert ask(store, tmp_path / "w", "SELECT value_as_string FROM observation") == [(text,)]


def test_hospital_numbers_are_found_by_the_hospitals_own_pattern(tmp_path: Path) -> None:
    folder = write_texts(tmp_path / "source", ["fine", "see H-12345 for more"])
    policy = IdentifierPolicy(keep=frozenset({TEXT}), hospital_number=r"H-\d{5}")
    with pytest.raises(Refused) as refused:
        load(folder, Store(tmp_path / "store"), policy=policy)
    assert (refused.value.facts["kind"], refused.value.facts["row"]) == ("hospital_number", 3)


def test_a_column_of_digits_that_never_repeat_is_taken_for_hospital_numbers(tmp_path: Path) -> None:
    folder = write_texts(tmp_path / "source", [str(10_000_000 + 7 * i) for i in range(30)])
    store = Store(tmp_path / "store")
    with pytest.raises(Refused) as refused:
        load(folder, store, policy=KEEP_TEXT)
    assert refused.value.facts["kind"] == "hospital_number"
    judged = IdentifierPolicy(keep=frozenset({TEXT}), accept_lookalikes=frozenset({TEXT}))
    assert load(folder, store, policy=judged).get_table("observation").kept == 30


def test_source_values_and_free_text_stay_outside_unless_listed(tmp_path: Path) -> None:
    folder = write_hospital(tmp_path / "source")
    write_table(
        folder,
        "person.csv",
        (*PERSON, "person_source_value"),
        [(p, 8507, 1970, 0, 0, f"MRN{p}") for p in (1, 2, 3)],
    )
    write_table(folder, "note.csv", NOTE, [(1, 1, "2020-03-01", 0, "title", "the whole story")])
    store = Store(tmp_path / "store")
    report = load(folder, store)
    assert report.get_table("person").dropped_columns == ("person_source_value",)
    assert report.get_table("note").dropped_columns == ("note_title", "note_text")
    question = "SELECT note_title, note_text FROM note"
    assert ask(store, tmp_path / "w", question) == [(None, None)]
    load(folder, store, policy=IdentifierPolicy(keep=frozenset({"note.note_text"})))
    assert ask(store, tmp_path / "w", question) == [(None, "the whole story")]


def test_a_policy_that_names_no_column_of_the_cdm_is_refused(tmp_path: Path) -> None:
    folder = write_hospital(tmp_path / "source")
    for policy, code in (
        (IdentifierPolicy(drop=frozenset({"note.note_txt"})), "load.policy_column"),
        (IdentifierPolicy(hospital_number="("), "load.policy_pattern"),
    ):
        with pytest.raises(Refused) as refused:
            load(folder, Store(tmp_path / "store"), policy=policy)
        assert refused.value.code == code


def test_a_listed_column_can_be_dropped(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    load(
        write_hospital(tmp_path / "source"),
        store,
        policy=IdentifierPolicy(drop=frozenset({"measurement.value_as_number"})),
    )
    assert ask(store, tmp_path / "w", "SELECT count(value_as_number), count(*) FROM measurement") == [(0, 3)]


def test_ids_are_replaced_and_references_hold(tmp_path: Path) -> None:
    persons = (-(2**63), -5, 0, 42, 2**63 - 1)
    store = Store(tmp_path / "store")
    folder = write_hospital(tmp_path / "source", persons=persons)
    load(folder, store)
    rows = ask(
        store,
        tmp_path / "w",
        "SELECT p.person_id, v.visit_occurrence_id FROM person p JOIN visit_occurrence v USING (person_id) "
        "JOIN measurement m ON m.visit_occurrence_id = v.visit_occurrence_id AND m.person_id = p.person_id",
    )
    assert len(rows) == len({person for person, _ in rows}) == 5
    new = {value for row in rows for value in row}
    assert len(new) == 10, "a person and a visit of the same number get different ids"
    assert not new & set(persons)
    assert all(0 <= value < 2**63 for value in new)


def test_the_same_key_gives_the_same_ids_and_another_key_others(tmp_path: Path) -> None:
    folder = write_hospital(tmp_path / "source")
    store = Store(tmp_path / "store")
    question = "SELECT person_id FROM person ORDER BY 1"
    load(folder, store)
    first = ask(store, tmp_path / "w", question)
    load(folder, store)
    assert ask(store, tmp_path / "w", question) == first
    other = StoreKeys(make_keys().data, make_keys("other").pseudonym)
    load(folder, store, keys=other)
    assert not set(ask(store, tmp_path / "w", question)) & set(first)


def test_persons_in_cohorts_and_facts_are_rekeyed_as_persons(tmp_path: Path) -> None:
    folder = write_hospital(tmp_path / "source")
    write_table(
        folder,
        "cohort.csv",
        ("cohort_definition_id", "subject_id", "cohort_start_date", "cohort_end_date"),
        [(7, 1, "2020-03-01", "2020-03-02"), (7, 99, "2020-03-01", "2020-03-02")],
    )
    write_table(
        folder,
        "fact_relationship.csv",
        (
            "domain_concept_id_1",
            "fact_id_1",
            "domain_concept_id_2",
            "fact_id_2",
            "relationship_concept_id",
        ),
        [(56, 1, 8, 1, 0)],
    )
    store = Store(tmp_path / "store")
    load(folder, store)
    found = ask(
        store,
        tmp_path / "w",
        "SELECT cohort_definition_id, p.person_id, v.visit_occurrence_id FROM cohort "
        "JOIN person p ON p.person_id = subject_id JOIN fact_relationship f ON f.fact_id_1 = p.person_id "
        "JOIN visit_occurrence v ON v.visit_occurrence_id = f.fact_id_2",
    )
    assert [row[0] for row in found] == [7]
    assert ask(store, tmp_path / "w", "SELECT count(*) FROM cohort") == [(1,)]


def test_rows_do_not_keep_the_order_of_the_hospital(tmp_path: Path) -> None:
    persons = tuple(range(1, 201))
    folder = write_hospital(tmp_path / "source", persons=persons)
    write_table(folder, "person.csv", PERSON, [(p, 8507, 1900 + p % 100, 0, 0) for p in persons])
    write_table(
        folder, "observation_period.csv", PERIOD, [(p, p, "2020-01-01", "2020-12-31", 0) for p in persons]
    )
    write_table(folder, "visit_occurrence.csv", VISIT, [])
    store = Store(tmp_path / "store")
    load(folder, store)
    born = [row[0] for row in ask(store, tmp_path / "w", "SELECT year_of_birth FROM person")]
    assert born != [1900 + p % 100 for p in persons]
    ids = [row[0] for row in ask(store, tmp_path / "w", "SELECT person_id FROM person")]
    assert ids == sorted(ids)

"""A store keeps rows of one concept together, so that a question reads no others."""

from __future__ import annotations

from node.store.cdm_tables import get_cdm_tables
from node.store.row_order import row_order

_TABLES = get_cdm_tables()


def test_records_lie_by_concept_then_person() -> None:
    values = {"measurement_concept_id": "a", "person_id": "b", "measurement_date": "c"}
    assert row_order(_TABLES["measurement"], values=values, person="p") == "a, p, _row"


def test_a_table_without_its_concept_lies_by_person() -> None:
    assert row_order(_TABLES["measurement"], values={"person_id": "b"}, person="p") == "p, _row"
    assert row_order(_TABLES["person"], values={"person_id": "b"}, person="p") == "p, _row"


def test_the_vocabulary_lies_by_what_is_looked_up() -> None:
    values = {"ancestor_concept_id": "a", "descendant_concept_id": "d"}
    assert row_order(_TABLES["concept_ancestor"], values=values, person=None) == "a, d, _row"
    assert row_order(_TABLES["domain"], values={"domain_id": "x"}, person=None) == "_row"

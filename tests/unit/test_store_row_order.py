"""A store keeps rows of one concept together, so that a question reads no others."""

from __future__ import annotations

from node.store.row_order import row_order


def test_records_lie_by_concept_then_person() -> None:
    values = {"measurement_concept_id": "a", "person_id": "b", "measurement_date": "c"}
    assert row_order("measurement", values=values, person="p") == ["a", "p"]


def test_a_table_without_its_concept_lies_by_person() -> None:
    assert row_order("measurement", values={"person_id": "b"}, person="p") == ["p"]
    assert row_order("person", values={"person_id": "b"}, person="p") == ["p"]


def test_the_vocabulary_lies_by_what_is_looked_up() -> None:
    values = {"ancestor_concept_id": "a", "descendant_concept_id": "d"}
    assert row_order("concept_ancestor", values=values, person=None) == ["a", "d"]
    assert row_order("domain", values={"domain_id": "x"}, person=None) == []

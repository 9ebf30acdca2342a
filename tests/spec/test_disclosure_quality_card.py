"""What a card of data quality tells, and what a curious reader cannot get out of it."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from catalog.quality_card import JudgedCheck, JudgedTable, QualityCard, decide_told, quality_card

TEN = 10


def make_check(name: str = "isRequired/person/gender_concept_id", **overrides: Any) -> JudgedCheck:
    """A failed check of many rows and persons on both sides."""
    values: dict[str, Any] = {
        "id": name,
        "category": "Conformance",
        "status": "failed",
        "reason": None,
        "violated": 40,
        "denominator": 1_000,
        "violators": 40,
        "conforming": 60,
    }
    return JudgedCheck(**(values | overrides))


def make_table(*checks: JudgedCheck, **overrides: Any) -> JudgedTable:
    values: dict[str, Any] = {"table": "person", "rows": 1_000, "persons": 1_000, "checks": checks}
    return JudgedTable(**(values | overrides))


def card_of(*tables: JudgedTable, threshold: int = TEN) -> QualityCard:
    return quality_card(tables, dataset="heart", generation=1, threshold=threshold)


def test_a_failure_of_many_is_told_with_its_band() -> None:
    card = card_of(make_table(make_check()))
    assert [(one.check, one.band) for one in card.failed] == [("isRequired/person/gender_concept_id", "1-5")]
    assert card.cells[0].failed == 1


@pytest.mark.parametrize(
    ("violated", "band"),
    [
        (9, "<1"),
        (10, "1-5"),
        (49, "1-5"),
        (50, "5-10"),
        (100, "10-25"),
        (250, "25-50"),
        (500, "50+"),
        (1000, "50+"),
    ],
)
def test_bands_begin_where_they_say(violated: int, band: str) -> None:
    check = make_check(violated=violated)
    assert card_of(make_table(check)).failed[0].band == band


@pytest.mark.parametrize(
    ("violated", "violators", "conforming"),
    [
        (9, 9, 60),  # few persons violate
        (500, 3, 60),  # many rows, of few persons
        (995, 62, 5),  # all but a few rows: the others are few
        (999, 62, 1),
        (1, 0, 62),  # rows of nobody known
        (40, None, None),  # nobody knows whose
    ],
)
@pytest.mark.parametrize("status", ["failed", "passed"])
def test_a_side_of_few_persons_hides_the_verdict(
    violated: int, violators: int | None, conforming: int | None, status: str
) -> None:
    check = make_check(violated=violated, violators=violators, conforming=conforming, status=status)
    card = card_of(make_table(check))
    assert card.failed == ()
    assert (card.cells[0].not_told, card.cells[0].failed, card.cells[0].passed) == (1, 0, 0)


@pytest.mark.parametrize(("violated", "violators", "conforming"), [(0, 0, 62), (1_000, 62, 0)])
def test_a_verdict_over_everybody_is_told(violated: int, violators: int, conforming: int) -> None:
    check = make_check(violated=violated, violators=violators, conforming=conforming)
    assert decide_told(check, make_table(check), threshold=TEN) == "failed"


def test_few_persons_and_none_read_the_same() -> None:
    """A concept of nobody, of nine persons, and a table of nine persons or none: one and the same cell."""
    none = make_check(status="not_applicable", reason="concept_missing", violated=None, denominator=None)
    nine = make_check(violated=0, denominator=9, violators=0, conforming=9, status="passed")
    cells = [card_of(make_table(check)).cells for check in (none, nine)]
    empty = make_check(status="not_applicable", reason="table_empty", violated=None, denominator=None)
    for persons in (0, 9):
        cells.append(card_of(make_table(make_check(), rows=1_000, persons=persons)).cells)
        cells.append(card_of(make_table(empty, rows=persons, persons=persons)).cells)
    assert len(set(cells)) == 1
    assert cells[0][0].not_told == 1


def test_ten_of_many_rows_are_enough_and_nine_are_not() -> None:
    for persons, told in ((TEN, "failed"), (TEN - 1, "not_told")):
        check = make_check(violators=persons)
        assert decide_told(check, make_table(check), threshold=TEN) == told


def test_a_hospital_may_ask_for_more_persons() -> None:
    check = make_check(violators=40)
    assert decide_told(check, make_table(check), threshold=41) == "not_told"


def test_what_is_true_of_the_tables_themselves_is_always_told() -> None:
    there = make_check("cdmField/note/note_id", status="passed", violators=None, conforming=None)
    left_out = make_check(status="not_applicable", reason="left_out", violated=None, denominator=None)
    card = card_of(make_table(there, left_out, table="note", rows=3, persons=3))
    assert (card.cells[0].passed, card.cells[0].not_applicable, card.cells[0].not_told) == (1, 1, 0)


def test_tables_that_describe_persons_without_naming_them_tell_nothing() -> None:
    for table in ("location", "cost", "note_nlp", "fact_relationship", "episode_event"):
        check = make_check(violators=None, conforming=None)
        assert decide_told(check, make_table(check, table=table, persons=None), threshold=TEN) == "not_told"


def test_tables_about_nobody_tell_everything_and_providers_count_as_persons() -> None:
    few = make_check(violated=1, violators=None, conforming=None)
    assert decide_told(few, make_table(few, table="concept", persons=None), threshold=TEN) == "failed"
    assert decide_told(few, make_table(few, table="provider", persons=None), threshold=TEN) == "not_told"
    many = make_check(violated=10, violators=None, conforming=None)
    assert decide_told(many, make_table(many, table="provider", persons=None), threshold=TEN) == "failed"


def test_one_person_more_or_less_on_a_small_side_never_changes_the_card() -> None:
    """A reader who adds one patient to a side of fewer than ten sees the same card."""
    cards = {
        card_of(make_table(make_check(violated=rows, violators=persons, conforming=62))).model_dump_json()
        for persons, rows in itertools.product(range(1, TEN), (9, 20, 300))
    }
    assert len(cards) == 1


def test_the_card_holds_no_count_of_rows_or_persons() -> None:
    check = make_check(violated=4_321, denominator=98_765, violators=61, conforming=59)
    text = card_of(make_table(check, rows=98_765, persons=7_654)).model_dump_json()
    for number in ("4321", "98765", "61", "59", "7654"):
        assert number not in text


def test_every_check_is_in_exactly_one_cell() -> None:
    categories = ("Completeness", "Conformance", "Plausibility")
    statuses = ("passed", "failed", "not_applicable", "error")
    checks = [
        make_check(f"c{at}/person/x", category=category, status=status)
        for at, (category, status) in enumerate(itertools.product(categories, statuses))
    ]
    card = card_of(make_table(*checks))
    assert [cell.category for cell in card.cells] == list(categories)
    for cell in card.cells:
        assert cell.passed + cell.failed + cell.not_applicable + cell.not_told + cell.error == len(statuses)

"""A description is told before it runs, and shown in every form with every number of its answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from analysis_jobs.kinds.check_job import check_job
from analysis_jobs.leaving import card_before, persons_behind
from coordinator.pages.result_tables import tables_of
from coordinator.running.verdict import verdict_of
from node.papers.smallest_group import ClearThing, tell_persons
from onggi.client.answer_forms import Answer
from onggi.client.answers import read_answer
from onggi.errors import NotTrusted
from onggi.protocol.canonical import digest_of
from onggi.report.find_report import sheets_of
from onggi.report.shown_values import ABSENT, is_number, shown_value
from onggi.spec.explain_job import tell_job
from onggi.spec.job import JobSpec
from tests.support.described_questions import DESCRIPTIONS, described_answer, described_question

HANGUL = re.compile("[가-힣]")


@pytest.fixture(scope="module", params=DESCRIPTIONS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def answer(kind: str) -> Any:
    return described_answer(kind)


def shown(kind: str, language: Any = "en", **changes: Any) -> Any:
    result = described_answer(kind).model_dump(mode="json")
    return read_answer(result | changes, language=language)


def numbers_of(value: Any, name: str = "") -> Iterator[float]:
    """Every number of a result but what every result states, and what a sheet does not repeat."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key not in ("sites", "minimum_persons", "rounded_to"):
                yield from numbers_of(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from numbers_of(each, name)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield float(value)


def test_a_study_writes_a_job_that_its_kind_accepts(kind: str) -> None:
    spec = described_question(kind)
    assert spec.kind == kind
    check_job(spec)
    assert JobSpec.model_validate_json(spec.model_dump_json()) == spec
    assert digest_of(spec) == digest_of(described_question(kind))


def test_it_is_told_in_both_languages_with_everything_it_asks(kind: str) -> None:
    told = {each.topic: each.sentences for each in tell_job(described_question(kind))}
    for ko, en in told["parameters"]:
        assert HANGUL.search(ko)
        assert not HANGUL.search(en)
    whole = " ".join(en for _, en in told["parameters"])
    expected = {
        "table_one": ("age, smokes", "groups of sex", "left out of the whole table: age"),
        "distribution": ("age, cut at 40, 60", "group of sex", "0.25, 0.5, 0.75"),
        "cross_table": ("sex (rows) by smokes (columns)",),
        "correlation": ("age, pressure",),
        "rates": ("Outcome: death", "group of sex", "strata of age, cut at: 60", "3, 1", "300, 700"),
    }
    for part in expected[kind]:
        assert part in whole
    assert HANGUL.search(told["releases"][0][0])


def test_it_stands_on_the_card_of_what_leaves(kind: str, answer: Any) -> None:
    card = card_before(
        described_question(kind),
        hospitals=["a", "b", "c"],
        people=["Kim"],
        organisation="o",
        countries=["KR"],
        exact_counts=False,
        persons_about={},
    )
    assert card.kind == kind
    assert all(number > 0 for number in card.facts.values())
    behind = persons_behind(answer)
    assert behind is not None
    assert 590 <= behind <= 620
    assert "at least 10 persons" in {each.rule for each in verdict_of(answer).rules}


def test_sheets_hold_every_number_of_the_result(kind: str, answer: Any) -> None:
    read = shown(kind)
    assert isinstance(read, Answer)
    cells = [
        float(value)
        for sheet in read.sheets()
        for row in sheet.rows
        for value in row
        if isinstance(value, int | float)
    ]
    told = list(numbers_of(answer.model_dump(mode="json")))
    assert told
    missing = [number for number in told if number not in cells]
    assert missing == []
    for sheet in read.sheets():
        assert HANGUL.search(sheet.title[0])
        assert not HANGUL.search(sheet.title[1])
        names = [column.name for column in sheet.columns]
        assert len(set(names)) == len(names)


def test_an_answer_reads_as_text_table_frame_and_csv(kind: str) -> None:
    read = shown(kind)
    assert digest_of(read) == digest_of(described_answer(kind))
    rows = read.rows()
    assert read.to_csv().splitlines()[0] == ",".join(rows.columns)
    assert len(read.to_pandas()) == len(rows.cells)
    assert "nan" not in read.summary()
    assert "None" not in read.summary()
    assert read._repr_html_().startswith("<table>")
    assert HANGUL.search(shown(kind, "ko").headline())
    assert not HANGUL.search(read.headline())


@pytest.mark.parametrize(
    ("told", "changes"),
    [
        ("table_one", {"persons": [5]}),
        ("distribution", {"edges": [0, 120]}),
        ("cross_table", {"row_levels": ["male"]}),
        ("correlation", {"variables": ["age", "x"]}),
        ("rates", {"groups": []}),
    ],
)
def test_columns_of_different_lengths_are_not_trusted(told: str, changes: dict[str, Any]) -> None:
    with pytest.raises(NotTrusted, match=r"^client\.answer_malformed"):
        shown(told, **changes)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_page_shows_a_cell_for_each_number(kind: str, answer: Any, language: Any) -> None:
    sheets = sheets_of(answer)
    tables = tables_of(answer, language, upright=("fact", "value"))
    assert len(tables) == len(sheets) > 0
    for sheet, table in zip(sheets, tables, strict=True):
        assert table.caption
        assert len(table.heads) == len(sheet.columns)
        assert all(title for title, _ in table.heads)
        assert len(table.rows) == len(sheet.rows) > 0
        for row, cells in zip(sheet.rows, table.rows, strict=True):
            assert [cell.shown for cell in cells] == [shown_value(value, language) for value in row]
            assert [cell.is_number for cell in cells] == [is_number(value) for value in row]
            assert cells[0].shown
            assert not any(cell.reason for cell in cells)
            assert any(cell.is_number and cell.shown != ABSENT for cell in cells)


def test_a_correlation_gives_its_matrix() -> None:
    read = shown("correlation")
    (one, first), (second, other) = read.matrix()
    assert one == other == 1.0
    assert first == second == read.pairs[0].coefficient


def test_what_left_in_clear_states_persons_where_it_holds_nothing_else() -> None:
    told = tell_persons([ClearThing(content=b"", kind="table_one")])
    assert (told.unknown, told.tables) == (1, 0)

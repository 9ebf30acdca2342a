"""Every result is told by one module, and no number of it is lost on the way to a table."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from coordinator.pages.result_tables import tables_of
from onggi.client.answers import AnyAnswer
from onggi.errors import Refused
from onggi.protocol.canonical import sha256_hex
from onggi.report.csv_text import defused
from onggi.report.find_report import report_of
from onggi.report.sheet import Column, Hidden, Sheet
from onggi.spec.results import ResultBase
from tests.support.answers_to_tell import RESULT_TYPES, RESULTS, WIDE_COUNT, answer, hostile_results

each_result = pytest.mark.parametrize("name", RESULTS)
_NO_NUMBERS_OF_PERSONS = {"sites", "minimum_persons", "rounded_to", "concept"}


@pytest.mark.parametrize("name", RESULT_TYPES)
def test_every_type_of_result_has_its_telling(name: str) -> None:
    """Who adds a result adds `onggi/report/<result>.py` with all three functions."""
    told = import_module(f"onggi.report.{name}")
    for function in ("sheets", "figure", "methods"):
        assert callable(getattr(told, function, None)), f"onggi/report/{name}.py has no {function}(result)"


def test_every_type_of_result_stands_among_the_examples() -> None:
    """Without one it would be told without a test: add it where tests/support/answers_to_tell.py takes it."""
    assert {result.result for result in RESULTS.values()} == set(RESULT_TYPES)


def _numbers(value: Any, name: str = "") -> Iterator[float]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _numbers(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _numbers(inner, name)
    elif (
        isinstance(value, int | float) and not isinstance(value, bool) and name not in _NO_NUMBERS_OF_PERSONS
    ):
        yield value


def _held(sheets: tuple[Sheet, ...]) -> list[Any]:
    return [value for sheet in sheets for row in sheet.rows for value in row]


@each_result
def test_every_number_stands_in_a_sheet(name: str) -> None:
    held = _held(report_of(RESULTS[name]).sheets(RESULTS[name]))
    numbers = list(_numbers(RESULTS[name].model_dump(mode="json")))
    assert numbers
    assert not [number for number in numbers if number not in held]


@each_result
def test_names_are_for_machines_and_titles_for_people(name: str) -> None:
    sheets = report_of(RESULTS[name]).sheets(RESULTS[name])
    assert len({sheet.name for sheet in sheets}) == len(sheets)
    for sheet in sheets:
        assert sheet.name.isidentifier()
        assert all(sheet.title)
        names = [column.name for column in sheet.columns]
        assert len(set(names)) == len(names)


def test_a_withheld_number_says_why_in_every_column_of_its_row() -> None:
    funnel = report_of(WIDE_COUNT).sheets(WIDE_COUNT)[0]
    assert funnel.rows[2] == ("fewer", Hidden("too_few_persons"), Hidden("too_few_persons"))


def test_a_sheet_with_rows_of_another_length_is_a_fault() -> None:
    column = Column("a", ("가", "a"))
    with pytest.raises(ValueError, match="another length"):
        Sheet("x", ("가", "x"), (column,), (("1", 2),))
    with pytest.raises(ValueError, match="one row"):
        Sheet("x", ("가", "x"), (column,), (), is_upright=True)


# -- CSV, zip, JSON, data frames ---------------------------------------------------------------------------


def _read_back(text: str) -> list[list[str]]:
    assert text.replace("\r\n", "").count("\n") == text.replace("\r\n", "").count("\r") == 0
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


@each_result
def test_a_sheet_as_csv_reads_back_as_the_same_numbers(name: str) -> None:
    read: AnyAnswer = answer(RESULTS[name])
    for sheet in read.sheets():
        head, *rows = _read_back(read.to_csv(sheet=sheet.name))
        assert head[: len(sheet.columns)] == [column.name for column in sheet.columns]
        for row, told in zip(sheet.rows, rows, strict=True):
            for value, cell in zip(row, told, strict=False):
                if isinstance(value, Hidden):
                    assert cell == ""
                    assert "withheld" in told[-1]
                elif isinstance(value, float):
                    assert float(cell) == value
                elif isinstance(value, int) and not isinstance(value, bool):
                    assert int(cell) == value


@each_result
def test_the_answers_own_table_as_csv_is_its_rows(name: str) -> None:
    read: AnyAnswer = answer(RESULTS[name])
    rows = read.rows()
    head, *cells = _read_back(read.to_csv())
    assert tuple(head) == rows.columns
    assert len(cells) == len(rows.cells)
    frame = read.to_pandas()
    assert tuple(frame.columns) == rows.columns
    for row, told in zip(rows.cells, cells, strict=True):
        for value, cell in zip(row, told, strict=True):
            if isinstance(value, float):
                assert float(cell or "nan") == pytest.approx(value, abs=0, rel=0, nan_ok=True)


def test_pandas_reads_a_file_as_the_same_frame(tmp_path: Path) -> None:
    fit = answer(RESULTS["glm of the browser's room"])
    fit.to_csv(tmp_path / "fit.csv")
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "fit.csv"), fit.to_pandas(), check_exact=True)
    assert (tmp_path / "fit.csv").stat().st_mode & 0o777 == 0o644
    assert fit.to_pandas("fit")["family"].tolist() == ["binomial"]


def test_all_sheets_come_in_one_archive_with_the_same_bytes_each_time(tmp_path: Path) -> None:
    read = answer(WIDE_COUNT)
    read.to_csv(tmp_path / "count.zip")
    assert (tmp_path / "count.zip").read_bytes() == read.to_zip()
    with zipfile.ZipFile(tmp_path / "count.zip") as archive:
        assert archive.namelist() == ["funnel.csv", "funnel_1.csv", "groups_1.csv"]
        assert archive.read("groups_1.csv").decode() == read.to_csv(sheet="groups_1")


def test_a_sheet_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(Refused) as error:
        answer(WIDE_COUNT).to_pandas("covariance")
    assert (error.value.code, error.value.facts["there"]) == (
        "client.no_such_sheet",
        "funnel, funnel_1, groups_1",
    )


@each_result
def test_json_has_the_digest_that_checkers_voted_for(name: str, tmp_path: Path) -> None:
    from onggi.protocol.canonical import digest_of

    text = answer(RESULTS[name], "ko").to_json(tmp_path / "result.json")
    assert (tmp_path / "result.json").read_text("utf-8") == text
    assert f"sha256:{sha256_hex(text.encode())}" == digest_of(RESULTS[name])


@pytest.mark.parametrize("kind", hostile_results())
def test_no_cell_of_text_is_a_formula_or_turns_its_line_around(kind: str) -> None:
    read = answer(hostile_results()[kind])
    for sheet in read.sheets():
        told = read.to_csv(sheet=sheet.name)
        assert "\x1b" not in told
        assert "\u202e" not in told
        for row in _read_back(told):
            for cell in row:
                assert not cell.startswith(("=", "+", "@", "\t", "\r"))
                # A number may be negative; text may not begin as one.
                assert not cell.startswith("-") or float(cell) < 0


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", " =1", "'=1", "\u200b=1", "＝1"])
def test_text_that_begins_as_a_formula_is_defused(text: str) -> None:
    assert defused(text).startswith("'")


@pytest.mark.parametrize("text", ["age", "한국어", "3-5", "a=b", "", "(missing)"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert defused(text) == text


# -- the coordinator's pages --------------------------------------------------------------------------------


def shown_on_pages(result: ResultBase, language: Any) -> list[Any]:
    return tables_of(result, language, upright=("a", "b"))  # type: ignore[arg-type]


@each_result
def test_pages_show_every_sheet_in_the_readers_language(name: str) -> None:
    sheets = report_of(RESULTS[name]).sheets(RESULTS[name])
    for at, language in enumerate(("ko", "en")):
        tables = shown_on_pages(RESULTS[name], language)
        assert [table.caption for table in tables] == [sheet.title[at] for sheet in sheets]
        for sheet, table in zip(sheets, tables, strict=True):
            assert len(table.heads) == len(table.rows[0])
            withheld = [cell.reason for row in table.rows for cell in row if cell.reason]
            assert len(withheld) == sum(isinstance(value, Hidden) for value in _held((sheet,)))
            assert all(cell.shown == "··" for row in table.rows for cell in row if cell.reason)


def test_a_checker_sees_tests_and_intervals_and_may_unfold_the_covariance() -> None:
    coefficients, fit, covariance = shown_on_pages(RESULTS["glm of the browser's room"], "ko")
    assert [title for title, _ in coefficients.heads][3:5] == ["검정통계량", "p값"]
    assert coefficients.rows[1][1].shown == "0.32"
    assert covariance.is_folded
    assert not fit.is_folded
    facts = {row[0].shown: row[1].shown for row in fit.rows}
    assert facts["인원"] == "740"
    assert facts["분포"] == "이항분포"
    assert "영모형 이탈도" not in facts

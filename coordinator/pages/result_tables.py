"""An answer as tables for a page: what its sheets hold, in the reader's language.

The words of titles and reasons stand with the sheets (`onggi.report`): researchers read the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from onggi.report.find_report import sheets_of
from onggi.report.sheet import Hidden, Sheet, Value
from onggi.report.shown_values import is_number, reason_words, said, shown_value
from onggi.spec.results import Result
from pages.languages import Language
from pages.visit import Visit


@dataclass(frozen=True, slots=True)
class Cell:
    """What is shown; `reason` stands beside a withheld number."""

    shown: str
    is_number: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ResultTable:
    """One table. The first cell of a row says what it is about; `heads` are (title, is of numbers).

    `is_folded`: few readers want it.
    """

    caption: str
    heads: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[Cell, ...], ...]
    is_folded: bool


def result_tables(visit: Visit, result: Result) -> list[ResultTable]:
    """Every number of the answer, for whoever looks at the page."""
    # They head a table of single facts: no sheet has a title for them.
    upright = (visit.say("result.row"), visit.say("result.value"))
    return tables_of(result, visit.language, upright=upright)


def tables_of(result: Result, language: Language, *, upright: tuple[str, str]) -> list[ResultTable]:
    """The same without a visit. `upright` are the titles of the columns of a table of single facts."""
    minimum = result.minimum_persons
    return [_table(sheet, language, minimum, upright) for sheet in sheets_of(result)]


def _table(sheet: Sheet, language: Language, minimum: int, upright: tuple[str, str]) -> ResultTable:
    titles = [said(column.title, language) for column in sheet.columns]
    rows = [tuple(_cell(value, language, minimum) for value in row) for row in sheet.rows]
    if sheet.is_upright:
        facts = zip(titles, rows[0], sheet.rows[0], strict=True)
        rows = [(Cell(title, is_number=False), cell) for title, cell, value in facts if value is not None]
        titles = list(upright)
    heads = [(title, at > 0 and _is_of_numbers(rows, at)) for at, title in enumerate(titles)]
    return ResultTable(said(sheet.title, language), tuple(heads), tuple(rows), is_folded=sheet.is_detail)


def _is_of_numbers(rows: list[tuple[Cell, ...]], at: int) -> bool:
    return any(row[at].is_number for row in rows)


def _cell(value: Value, language: Language, minimum: int) -> Cell:
    reason = reason_words(value.why, minimum=minimum, language=language) if isinstance(value, Hidden) else ""
    return Cell(shown_value(value, language), is_number(value), reason)

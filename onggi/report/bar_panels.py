"""Draws sheets of counts as lying bars, and says in words what they show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from onggi.report.figure import Axis, Bars, Panel
from onggi.report.sheet import Hidden, Pair, Sheet, Value
from onggi.report.shown_values import reason_words, shown_value
from onggi.words.catalogue import Language

_MOST_TOLD: Final = 12
"""So many rows of a table are read out; all of them stand in the table itself."""


def bar_panels(sheets: Sequence[Sheet], *, x: Pair | None = None) -> tuple[Panel, ...]:
    """A panel for each sheet that has rows: names in its first column, a bar for each number beside it."""
    filled = [sheet for sheet in sheets if sheet.rows]
    return tuple(_panel(sheet, x=x, is_titled=len(filled) > 1) for sheet in filled)


def _panel(sheet: Sheet, *, x: Pair | None, is_titled: bool) -> Panel:
    first, *columns = sheet.columns
    names = tuple(row[0] if isinstance(row[0], tuple) else str(row[0]) for row in sheet.rows)
    bars = tuple(
        Bars(column.title, tuple(_length(row[at]) for row in sheet.rows))
        for at, column in enumerate(columns, start=1)
    )
    title = x or columns[0].title
    return Panel(Axis(title), Axis(first.title, names=names), bars, title=sheet.title if is_titled else "")


def _length(value: Value) -> float | None:
    return value if isinstance(value, int | float) else None


def told_bars(sheets: Sequence[Sheet], *, minimum: int) -> Pair:
    """The text alternative: the numbers themselves, the first rows of each sheet."""
    return " ".join(_told(sheets, minimum, "ko")), " ".join(_told(sheets, minimum, "en"))


def _told(sheets: Sequence[Sheet], minimum: int, language: Language) -> Iterator[str]:
    at = 0 if language == "ko" else 1
    for sheet in sheets:
        rows = [_row(sheet, row, minimum, language) for row in sheet.rows[:_MOST_TOLD]]
        more = "; …" if len(sheet.rows) > _MOST_TOLD else ""
        yield f"{sheet.title[at]}: {'; '.join(rows)}{more}."


def _row(sheet: Sheet, row: tuple[Value, ...], minimum: int, language: Language) -> str:
    name, *values = row
    at = 0 if language == "ko" else 1
    told = [
        reason_words(value.why, minimum=minimum, language=language)
        if isinstance(value, Hidden)
        else shown_value(value, language)
        for value in values
    ]
    if len(told) > 1:
        titles = [column.title[at] for column in sheet.columns[1:]]
        told = [f"{title} {value}" for title, value in zip(titles, told, strict=True)]
    return f"{shown_value(name, language)} {', '.join(told)}"

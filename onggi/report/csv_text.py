"""Writes tables as CSV for people and programs: RFC 4180, full precision, and text stays text.

* A cell of text that a spreadsheet could read as a formula gets an apostrophe before it.
* A withheld number is an empty cell; the column `note` says why.
* A float has the fewest digits that read back as the very same number.
"""

from __future__ import annotations

import csv
import io
import math
import re
import zipfile
from collections.abc import Iterable, Sequence
from typing import Final

from onggi.report.plain_text import plain_text
from onggi.report.sheet import Hidden, Sheet, Value
from onggi.report.shown_values import reason_words
from onggi.words.catalogue import Language

NOTE: Final = "note"
_BEGINS_FORMULA: Final = frozenset("=+-@|%\t\r＝＋－＠")
_FILE_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,40}")
LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)
"""The same tables make the same bytes, whenever they are written."""


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[str | float | None]]) -> str:
    """One table. None, and what is no number, is an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_cell(name) for name in columns])
    writer.writerows([[_cell(value) for value in row] for row in rows])
    return out.getvalue()


def sheet_csv(sheet: Sheet, *, minimum: int, language: Language) -> str:
    """One sheet, with a note for each row where something is withheld."""
    names = [column.name for column in sheet.columns]
    if not sheet.has_hidden:
        return csv_text(names, [[_plain(value) for value in row] for row in sheet.rows])
    noted = [
        [*(_plain(value) for value in row), row_note(row, minimum=minimum, language=language)]
        for row in sheet.rows
    ]
    return csv_text([*names, NOTE], noted)


def row_note(row: Sequence[Value], *, minimum: int, language: Language) -> str:
    """Why numbers of the row are withheld, each reason once; empty where none is."""
    reasons = dict.fromkeys(value.why for value in row if isinstance(value, Hidden))
    return "; ".join(reason_words(why, minimum=minimum, language=language) for why in reasons)


def sheets_zip(sheets: Sequence[Sheet], *, minimum: int, language: Language) -> bytes:
    """Every sheet as a file of its own, ``<name>.csv``."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, sheet in enumerate(sheets, start=1):
            content = sheet_csv(sheet, minimum=minimum, language=language)
            archive.writestr(zipfile.ZipInfo(file_name(sheet, number), LONG_AGO), content.encode())
    return out.getvalue()


def file_name(sheet: Sheet, number: int) -> str:
    """Of its CSV file. A name from elsewhere could lead out of the folder where somebody unpacks it."""
    return f"{sheet.name if _FILE_NAME.fullmatch(sheet.name) else f'table_{number}'}.csv"


def _plain(value: Value) -> str | float | None:
    if isinstance(value, tuple):
        return value[1]
    return None if isinstance(value, Hidden) else value


def _cell(value: str | float | None) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return repr(value) if math.isfinite(value) else ""
        case int():
            return str(value)
    return defused(value)


def defused(text: str) -> str:
    """The text without invisible signs, and so that no program computes it."""
    # What stands before it may be cut off on the way into a program: blanks and quotes do not count.
    shown = plain_text(text)
    begins = {text[:1], text.lstrip(" '\"")[:1], shown.lstrip(" '\"")[:1]}
    return f"'{shown}" if begins & _BEGINS_FORMULA else shown

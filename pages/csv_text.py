"""Writes tables as CSV for spreadsheet programs: text stays text, whatever it begins with.

* A cell of text that a program could read as a formula gets an apostrophe before it.
* Signs that move the cursor, hide or turn text around are left out.
* UTF-8 with a byte order mark: without it, spreadsheet programs read Korean as something else.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

MARK: Final = "\ufeff"
_BEGINS_FORMULA: Final = frozenset("=+-@|%＝＋－＠")
_LEFT_OUT: Final = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs"})
Cell = str | int | float | None


def csv_bytes(rows: Iterable[Sequence[Cell]]) -> bytes:
    """The file. None is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    for row in rows:
        writer.writerow([plain_text(cell) if isinstance(cell, str) else cell for cell in row])
    return (MARK + text.getvalue()).encode("utf-8")


def plain_text(text: str) -> str:
    """The text without invisible signs, and so that no program computes it."""
    shown = "".join(sign for sign in text if unicodedata.category(sign) not in _LEFT_OUT)
    # What stands before it may be cut off on the way into a program: blanks and quotes do not count.
    begins = shown.lstrip(" '\"")[:1]
    return f"'{shown}" if begins in _BEGINS_FORMULA else shown

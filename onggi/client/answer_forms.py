"""The forms of every answer: text for a terminal, a page for a notebook, CSV, a data frame.

* A withheld cell reads "··" with its reason, never blank and never 0.
* Everything that reaches a notebook is escaped.
"""

from __future__ import annotations

import csv
import html
import io
from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from pydantic import Field

from onggi.client.language import plain_line
from onggi.errors import Refused
from onggi.spec.results import ResultBase
from onggi.words.catalogue import Language

if TYPE_CHECKING:
    import pandas as pd

Cell: TypeAlias = str | int | float | None
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Rows:
    """A small table: column names, and cells that are text or exact numbers."""

    columns: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]


class Answer(ResultBase):
    """What all answers can do."""

    language: Language = Field(default="en", exclude=True, repr=False)

    @abstractmethod
    def rows(self) -> Rows:
        """The table that every form of the answer shows."""

    @abstractmethod
    def headline(self) -> str:
        """One sentence above the table."""

    def summary(self) -> str:
        """The answer as text for a terminal or a log book."""
        rows = self.rows()
        shown = [rows.columns, *([_shown(cell) for cell in row] for row in rows.cells)]
        widths = [max(len(str(row[at])) for row in shown) for at in range(len(rows.columns))]
        lines = [
            "  ".join(
                str(cell).ljust(width) if at == 0 else str(cell).rjust(width)
                for at, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in shown
        ]
        return "\n".join([plain_line(self.headline()), "", *(plain_line_kept(line) for line in lines)])

    def to_pandas(self) -> pd.DataFrame:
        """The table as a data frame; withheld cells are missing values.

        Raises:
            Refused: ``client.pandas_missing`` where pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError:
            raise Refused("client.pandas_missing") from None
        rows = self.rows()
        return pd.DataFrame([list(row) for row in rows.cells], columns=list(rows.columns))

    def to_csv(self) -> str:
        """The table as CSV, full precision; text that a spreadsheet would run as a formula is quoted."""
        out = io.StringIO()
        rows = self.rows()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(rows.columns)
        writer.writerows([[_csv_cell(cell) for cell in row] for row in rows.cells])
        return out.getvalue()

    def _repr_html_(self) -> str:
        rows = self.rows()
        head = "".join(f"<th>{html.escape(name)}</th>" for name in rows.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(_shown(cell))}</td>" for cell in row) + "</tr>"
            for row in rows.cells
        )
        caption = html.escape(plain_line(self.headline()))
        return (
            f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )

    def __str__(self) -> str:
        return self.summary()


def plain_line_kept(line: str) -> str:
    """A table's line, safe to print, with its spaces."""
    return "".join(part if part.isspace() else plain_line(part) for part in line)


def _shown(cell: Cell) -> str:
    match cell:
        case None:
            return "··"
        case float():
            return f"{cell:.6g}"
        case int():
            return f"{cell:,}"
        case _:
            return plain_line(cell)


def _csv_cell(cell: Cell) -> Cell:
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(_FORMULA) else cell
    return repr(cell) if isinstance(cell, float) else cell

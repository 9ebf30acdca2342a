"""The forms of every answer: text for a terminal, a page for a notebook, CSV, JSON, a data frame, figures.

* All of them are made of the result's sheets and figure (`onggi.report`), so that no two forms disagree.
* A withheld cell reads "··" with its reason, never blank and never 0.
* Everything that reaches a notebook is escaped.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic import Field

from onggi.client.language import plain_line
from onggi.client.private_files import replace_file
from onggi.errors import Refused
from onggi.protocol.canonical import canonical_json
from onggi.report.csv_text import NOTE, csv_text, row_note, sheet_csv, sheets_zip
from onggi.report.find_report import report_of
from onggi.report.markup import element
from onggi.report.provenance import Provenance
from onggi.report.sheet import Hidden, Sheet, Value
from onggi.report.shown_values import ABSENT, WITHHELD, shown_value
from onggi.spec.results import ResultBase
from onggi.words.catalogue import Language

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Cell: TypeAlias = str | int | float | None
_PUBLIC = 0o644
"""A paper for others: not one of the small files that only this person reads."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A small table: column names, and cells that are text or exact numbers; None where one is withheld."""

    columns: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]


class Answer(ResultBase):
    """What all answers can do. `provenance`: the job, where the answer was read from it."""

    language: Language = Field(default="en", exclude=True, repr=False)
    provenance: Provenance | None = Field(default=None, exclude=True, repr=False)

    def rows(self) -> Rows:
        """The answer's own table: its first sheet, with a note where something is withheld."""
        return self.rows_of(self.sheets()[0])

    def headline(self) -> str:
        """One sentence above the table."""
        first = self.sheets()[0]
        if self.language == "ko":
            return f"{first.title[0]} / 참여 기관 수: {self.sites}"
        return f"{first.title[1]}; {self.sites} hospitals"

    def columns_fit(self) -> bool:
        """Whether every number has its name and its reason."""
        try:
            self.sheets()
        except (ValueError, ArithmeticError):
            return False
        return True

    def sheets(self) -> tuple[Sheet, ...]:
        """Every number of the answer, as tables with names and titles."""
        return report_of(self).sheets(self)

    def sheet(self, name: str) -> Sheet:
        """The sheet of that name. Refused ``client.no_such_sheet``, which lists those there are."""
        for each in self.sheets():
            if each.name == name:
                return each
        there = ", ".join(each.name for each in self.sheets())
        raise Refused("client.no_such_sheet", sheet=plain_line(name), there=there)

    def rows_of(self, sheet: Sheet) -> Rows:
        """A sheet as plain cells; the column `note` says why one is withheld."""
        names = tuple(column.name for column in sheet.columns)
        cells = tuple(tuple(map(as_cell, row)) for row in sheet.rows)
        if not sheet.has_hidden:
            return Rows(names, cells)
        noted = zip(cells, map(self.note_of, sheet.rows), strict=True)
        return Rows((*names, NOTE), tuple((*row, note) for row, note in noted))

    def note_of(self, row: Sequence[Value]) -> str:
        """Why numbers of a sheet's row are withheld; empty where none is."""
        return row_note(row, minimum=self.minimum_persons, language=self.language)

    def summary(self) -> str:
        """The answer as text for a terminal or a log book."""
        rows = self.rows()
        shown = [rows.columns, *([self._shown(cell) for cell in row] for row in rows.cells)]
        widths = [max(len(str(row[at])) for row in shown) for at in range(len(rows.columns))]
        lines = [
            "  ".join(
                str(cell).ljust(width) if at == 0 else str(cell).rjust(width)
                for at, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in shown
        ]
        head = [plain_line(self.headline()), *self._noise_told(), *self._near_told()]
        return "\n".join([*head, "", *(plain_line_kept(line) for line in lines)])

    def _noise_told(self) -> list[str]:
        if self.noise is None:
            return []
        deviation = f"{self.noise.standard_deviation:g}"
        if self.language == "ko":
            return [f"각 인원 수에 잡음이 들어 있음(이산 가우스, 표준편차 {deviation})"]
        return [f"Each count carries noise (discrete Gaussian, standard deviation {deviation})"]

    def _near_told(self) -> list[str]:
        from onggi.report.methods_paragraph import tell_near

        return [ko if self.language == "ko" else en for ko, en in tell_near(self.near_earlier)]

    def methods(self) -> str:
        """A paragraph for a paper: estimator and conventions with their source, hospitals, digests, rules.

        An answer that was not read from its job names no cohort, no variables and no job.
        """
        from onggi.report.methods_paragraph import methods_paragraph

        return methods_paragraph(self, self.language, self.provenance)

    def plot(self, ax: Axes | Sequence[Axes] | None = None) -> Any:
        """Draws the answer with matplotlib and returns the axes: one, or an array for several panels.

        Args:
            ax: axes of your own, as many as the figure has panels; new ones otherwise.

        Raises:
            Refused: ``report.matplotlib_missing``; ``report.axes_differ``; ``client.nothing_to_draw``.
        """
        from onggi.report.draw_matplotlib import draw_matplotlib

        figure = report_of(self).figure(self)
        if figure is None:
            raise Refused("client.nothing_to_draw")
        return draw_matplotlib(figure, self.language, ax)

    def to_svg(self, path: str | Path | None = None) -> str:
        """The same figure as an accessible SVG, byte for byte the same for the same answer.

        Raises:
            Refused: ``client.nothing_to_draw``; ``client.file_unwritable``.
        """
        from onggi.report.draw_svg import draw_svg

        figure = report_of(self).figure(self)
        if figure is None:
            raise Refused("client.nothing_to_draw")
        return _kept(draw_svg(figure, self.language), path)

    def to_pandas(self, sheet: str | None = None) -> pd.DataFrame:
        """The table, or the named sheet, as a data frame; withheld cells are missing values.

        Raises:
            Refused: ``client.pandas_missing`` where pandas is not installed; ``client.no_such_sheet``.
        """
        rows = self.rows() if sheet is None else self.rows_of(self.sheet(sheet))
        try:
            import pandas as pd
        except ImportError:
            raise Refused("client.pandas_missing") from None
        return pd.DataFrame([list(row) for row in rows.cells], columns=list(rows.columns))

    def to_csv(self, path: str | Path | None = None, *, sheet: str | None = None) -> str:
        """The table, or the named sheet, as CSV (RFC 4180, UTF-8) with full precision.

        Text that a spreadsheet would run as a formula is quoted. A `path` that ends in ``.zip`` gets every
        sheet as a file of its own; any other gets the text that is returned.

        Raises:
            Refused: ``client.no_such_sheet``; ``client.file_unwritable``.
        """
        if sheet is None:
            rows = self.rows()
            told = csv_text(rows.columns, rows.cells)
        else:
            told = sheet_csv(self.sheet(sheet), minimum=self.minimum_persons, language=self.language)
        if path is not None and sheet is None and Path(path).suffix == ".zip":
            replace_file(Path(path), self.to_zip(), mode=_PUBLIC)
            return told
        return _kept(told, path)

    def to_zip(self) -> bytes:
        """Every sheet as CSV, in one archive."""
        return sheets_zip(self.sheets(), minimum=self.minimum_persons, language=self.language)

    def to_json(self, path: str | Path | None = None) -> str:
        """The result as canonical JSON (RFC 8785): the SHA-256 of these bytes is what checkers voted for.

        Raises:
            Refused: ``client.file_unwritable``.
        """
        return _kept(canonical_json(self).decode(), path)

    def to_html(self, path: str | Path | None = None) -> str:
        """One page to print or keep: figure, all tables, methods, and where the answer comes from.

        It needs nothing beside it and runs no script.

        Raises:
            Refused: ``client.file_unwritable``.
        """
        from onggi.report.printed_report import printed_report

        page = printed_report(self, self.language, headline=self.headline(), provenance=self.provenance)
        return _kept(page, path)

    def _repr_html_(self) -> str:
        rows = self.rows()
        head = [element("th", name, scope="col") for name in rows.columns]
        body = [element("tr", *(element("td", self._shown(cell)) for cell in row)) for row in rows.cells]
        return element(
            "table",
            element("caption", plain_line(self.headline())),
            element("thead", element("tr", *head)),
            element("tbody", *body),
        )

    def _shown(self, cell: Cell) -> str:
        if cell is None:
            return WITHHELD
        if isinstance(cell, float) and math.isnan(cell):
            return ABSENT
        return shown_value(cell, self.language)

    def __str__(self) -> str:
        return self.summary()


def as_cell(value: Value) -> Cell:
    """A value as a plain cell: None where it is withheld, nan where there is none, words in English."""
    if value is None:
        return math.nan
    if isinstance(value, tuple):
        return value[1]
    return None if isinstance(value, Hidden) else value


def plain_line_kept(line: str) -> str:
    """A table's line, safe to print, with its spaces."""
    return "".join(part if part.isspace() else plain_line(part) for part in line)


def _kept(text: str, path: str | Path | None) -> str:
    """The text; written to the file as well where one is named."""
    if path is not None:
        replace_file(Path(path), text.encode(), mode=_PUBLIC)
    return text

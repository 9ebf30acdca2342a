"""Reads the lines of a check list, and refuses by place what it does not understand."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Final

from analysis_jobs.quality.checks import Bound, DaysFromToday, YearsFromThis
from onggi.errors import Refused

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
_DAY: Final = re.compile(r"'(\d{4})(\d{2})(\d{2})'")
_TOMORROW: Final = re.compile(r"DATEADD\(dd,(-?\d{1,5}),GETDATE\(\)\)")
_YEAR: Final = re.compile(r"YEAR\(GETDATE\(\)\)(?:\+(\d{1,3}))?")


class ListRow:
    """One line of a list, with its place for a refusal."""

    def __init__(self, cells: Mapping[str, str], *, file: str, number: int) -> None:
        self._cells, self._file, self._number = cells, file, number

    def text(self, column: str) -> str:
        return self._cells[column].strip()

    def refuse(self, column: str) -> Refused:
        return Refused("quality.unknown_value", file=self._file, row=self._number, column=column)

    def is_asked(self, column: str) -> bool:
        found = self.text(column)
        if found not in ("Yes", "No", ""):
            raise self.refuse(column)
        return found == "Yes"

    def identifier(self, column: str) -> str:
        found = self.text(column).strip('"').lower()
        if not _NAME.fullmatch(found):
            raise self.refuse(column)
        return found

    def number(self, column: str) -> float | None:
        found = self.text(column)
        try:
            return float(found) if found else None
        except ValueError:
            raise self.refuse(column) from None

    def threshold(self, check: str) -> float | None:
        column = f"{check}Threshold"
        found = self.number(column)
        if found is not None and not 0 <= found <= 100:
            raise self.refuse(column)
        return found

    def whole_numbers(self, column: str) -> tuple[int, ...]:
        try:
            return tuple(int(part) for part in self.text(column).split(","))
        except ValueError:
            raise self.refuse(column) from None

    def bound(self, column: str) -> Bound:
        found = re.sub(r"\s", "", self.text(column))
        if day := _DAY.fullmatch(found):
            try:
                return date(*map(int, day.groups()))
            except ValueError:
                raise self.refuse(column) from None
        if moved := _TOMORROW.fullmatch(found):
            return DaysFromToday(int(moved[1]))
        if year := _YEAR.fullmatch(found):
            return YearsFromThis(int(year[1] or 0))
        number = self.number(column)
        if number is None:
            raise self.refuse(column)
        return number


def read_rows(
    place: Path, name: str, *, read: frozenset[str], passed_over: frozenset[str]
) -> Iterator[ListRow]:
    path = _find(place, name)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.DictReader(file, strict=True)
            columns = list(lines.fieldnames or ())
            for column in columns:
                if column not in read | passed_over or columns.count(column) > 1:
                    raise Refused("quality.unknown_column", file=path.name, column=column)
            for column in sorted(read - set(columns)):
                raise Refused("quality.missing_column", file=path.name, column=column)
            for number, cells in enumerate(lines, 2):
                if None in cells or None in cells.values():
                    raise Refused("quality.unknown_value", file=path.name, row=number, column="")
                yield ListRow(cells, file=path.name, number=number)
    except (OSError, UnicodeDecodeError, csv.Error):
        raise Refused("quality.list_missing", file=name, path=str(place)) from None


def _find(place: Path, name: str) -> Path:
    """The list under its own name or under its published one, e.g. OMOP_CDMv5.4_Field_Level.csv."""
    found = [path for path in sorted(place.glob("*.csv")) if path.stem.lower().endswith(name)]
    if len(found) != 1:
        raise Refused("quality.list_missing", file=name, path=str(place))
    return found[0]

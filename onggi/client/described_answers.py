"""Descriptions in the researcher's hands: each is read through the sheets that its report has."""

from __future__ import annotations

from abc import abstractmethod

from onggi.client.answer_forms import Answer, Cell, Rows
from onggi.report import table_one
from onggi.report.sheet import Hidden, Sheet, Value
from onggi.spec.results import LevelsRow, TableOne


class DescribedAnswer(Answer):
    """An answer whose table is the first of its sheets."""

    @abstractmethod
    def sheets(self) -> tuple[Sheet, ...]:
        """Every number of the answer; the first sheet is the one that is shown."""

    def rows(self) -> Rows:
        """The first sheet, under the names that its columns have for machines. None: no such number."""
        first = self.sheets()[0]
        names = tuple(column.name for column in first.columns)
        return Rows(names, tuple(tuple(map(_cell, row)) for row in first.rows))


def _cell(value: Value) -> Cell:
    """A withheld number is None; one that does not exist is empty text."""
    if isinstance(value, Hidden):
        return None
    return "" if value is None else value


class TableOneAnswer(TableOne, DescribedAnswer):
    """Baseline characteristics."""

    def sheets(self) -> tuple[Sheet, ...]:
        """One sheet."""
        return table_one.sheets(self)

    def columns_fit(self) -> bool:
        """Whether every row has a number for each column of the table."""
        size = len(self.groups) + 1
        told = [len(self.persons)]
        for row in self.variables:
            told.append(len(row.missing))
            if isinstance(row, LevelsRow):
                told += [len(level) for level in (*row.persons, *row.shares)]
                told += [size] if len(row.levels) == len(row.persons) == len(row.shares) else [-1]
            else:
                told += [len(row.present), len(row.means), len(row.standard_deviations)]
        return set(told) == {size}

    def headline(self) -> str:
        if self.language == "ko":
            return f"기저 특성 / 참여 기관 수: {self.sites} / 반올림 단위: {self.rounded_to}"
        return f"Baseline characteristics; {self.sites} hospitals; rounded to {self.rounded_to}"

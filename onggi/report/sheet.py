"""One table of an answer, as data: what pages, notebooks, CSV files and printed reports all show.

A module for each result gives its sheets: ``sheets(result) -> tuple[Sheet, ...]``. Every number of the result
stands in one of them. Names are for machines and stay the same in every language; titles are for people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from onggi.spec.results import Withheld

Pair: TypeAlias = tuple[str, str]
"""Korean, English."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """Stands where a number is withheld."""

    why: Withheld


Value: TypeAlias = str | int | float | bool | Hidden | Pair | None
"""None: there is no such number. A float is held whole; whoever shows it rounds. Text is a `Pair` where it is
ours, the name of a statistic, say: people read it in their language, files hold the English."""


@dataclass(frozen=True, slots=True)
class Column:
    """`name` heads the column in CSV files and data frames, `title` on pages."""

    name: str
    title: Pair


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows of values under columns; the first column says what a row is about.

    Args:
        is_detail: few readers want it: pages fold it, printed reports put it last.
        is_upright: one row of many facts, which people read as a list of titles and values.

    Raises:
        ValueError: where a row has another length than the columns, or an upright sheet has not one row.
    """

    name: str
    title: Pair
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    is_detail: bool = False
    is_upright: bool = False

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"{self.name}: a row has another length than the columns")
        if self.is_upright and len(self.rows) != 1:
            raise ValueError(f"{self.name}: an upright sheet has one row")

    @property
    def has_hidden(self) -> bool:
        """Whether a number of it is withheld."""
        return any(isinstance(value, Hidden) for row in self.rows for value in row)


def number_or_hidden(number: float | None, why: Withheld | None) -> Value:
    """A released number, or why it is withheld; None where there is neither."""
    return number if why is None else Hidden(why)

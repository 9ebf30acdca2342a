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


Value: TypeAlias = str | int | float | bool | Hidden | None
"""None: there is no such number. A float is held whole; whoever shows it rounds."""


@dataclass(frozen=True, slots=True)
class Column:
    """`name` heads the column in CSV files and data frames, `title` on pages."""

    name: str
    title: Pair


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows of values under columns. Raises ValueError where a row has another length than the columns."""

    name: str
    title: Pair
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"{self.name}: a row has another length than the columns")

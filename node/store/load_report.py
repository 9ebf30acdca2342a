"""What a load tells the person who started it: counts per table, and what was odd."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from onggi.errors import Fact


@dataclass(frozen=True, slots=True)
class TableLoad:
    """Counts of one table. `unknown_persons` rows belonged to nobody in `person` and were dropped."""

    table: str
    read: int
    kept: int
    unknown_persons: int
    dropped_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableProgress:
    """One table is done: the `index`-th of `total`."""

    loaded: TableLoad
    index: int
    total: int


@dataclass(frozen=True, slots=True)
class LoadWarning:
    """Something odd that did not stop the load. `code` has words in `onggi.words`."""

    code: str
    facts: Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class LoadReport:
    """The new generation and how it came about."""

    generation: int
    digest: str
    source_cdm_version: str
    vocabulary_version: str | None
    tables: tuple[TableLoad, ...]
    warnings: tuple[LoadWarning, ...]

    def get_table(self, name: str) -> TableLoad:
        return next(found for found in self.tables if found.table == name)

"""What a load tells the person who started it: how far it is, counts, what was odd, what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from node.store.staged_rows import Problem
from onggi.errors import Fact, Refused

MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class TableLoad:
    """Counts of one table. `unknown_persons` rows belonged to nobody in `person` and were dropped."""

    table: str
    read: int
    kept: int
    unknown_persons: int
    dropped_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoadProgress:
    """How far a load is: within the `index`-th of `total` tables, and through the source's bytes.

    `done` is the table's count once it is loaded; until then it is being read.
    """

    table: str
    index: int
    total: int
    bytes_read: int
    bytes_total: int
    done: TableLoad | None = None


# Called from the thread that reads; what it does should be short.
Progress = Callable[[LoadProgress], None]


@dataclass(frozen=True, slots=True)
class LoadWarning:
    """Something odd that did not stop the load. `code` has words in `onggi.words`."""

    code: str
    facts: Mapping[str, Fact]


class LoadRefused(Refused):
    """A source that cannot be loaded: the first problem is the error, the others stand beside it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = problems[0]
        super().__init__(first.code, **first.facts)
        self.problems = tuple(problems[:MOST_PROBLEMS])


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


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a load of this source would say; nothing was written."""

    source_cdm_version: str
    tables: tuple[TableLoad, ...]
    warnings: tuple[LoadWarning, ...]
    problems: tuple[Problem, ...]

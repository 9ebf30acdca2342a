"""Names what every check of a load looks at: the temporary table that one file's rows came into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from onggi.errors import Fact

STAGED = "staged"
ROW = "rowid + 2"
"""The row of the file that a staged row was: counted from one, and the header is the first."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a source that keeps it from being loaded. `code` has words in `onggi.words`."""

    code: str
    facts: Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class Staged:
    """What came into the engine: rows, the kept columns, what stayed outside, and the file's fingerprint."""

    rows: int
    columns: tuple[str, ...]
    dropped: tuple[str, ...]
    unknown: tuple[str, ...]
    problems: tuple[Problem, ...]
    digest: str | None

"""Writes bound lists of numbers into a statement, for engines that find a number fastest in a written one.

Spark keeps a written list as a hash table and walks through a bound array for every row; Trino's
clients bind no lists. The numbers become leaves of the syntax tree: no text is put into text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from sqlglot import exp

from analysis_jobs.cohort.expressions import is_one_of

_Query = TypeVar("_Query", bound=exp.Query)


def with_written_lists(
    query: _Query, parameters: Mapping[str, str | Sequence[int]]
) -> tuple[_Query, dict[str, str]]:
    """A copy of the statement with every bound list written out, and the parameters that remain."""
    texts = {name: value for name, value in parameters.items() if isinstance(value, str)}
    lists = {name: value for name, value in parameters.items() if not isinstance(value, str)}
    written = query.copy()
    for found in list(written.find_all(exp.EQ)):
        name = _list_asked(found)
        if name is not None:
            found.replace(is_one_of(found.this, lists[name]))
    return written, texts


def _list_asked(comparison: exp.EQ) -> str | None:
    """The name of the bound list that a value is compared with, if it is one."""
    right = comparison.expression
    if not isinstance(right, exp.Any):
        return None
    asked = right.this.unnest()
    return asked.name if isinstance(asked, exp.Placeholder) else None

"""Whether an exception says that the room's memory did not suffice, whoever ran out of it.

At the limit Python, DuckDB, Arrow, the loader of libraries and the starter of threads each say so in their
own way, and often one of them only passes on what another one met.
"""

from __future__ import annotations

import errno
from typing import Final

import duckdb

_WORDS: Final = ("Cannot allocate memory", "can't start new thread", "bad allocation", "bad_alloc")


def is_memory_error(error: BaseException) -> bool:
    """True where the exception, or one that it came from, is about memory."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, MemoryError | duckdb.OutOfMemoryException):
            return True
        if isinstance(found, OSError) and found.errno == errno.ENOMEM:
            return True
        if any(words in str(found) for words in _WORDS):
            return True
        found = found.__cause__ or found.__context__
    return False

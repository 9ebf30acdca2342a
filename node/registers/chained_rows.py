"""Rows that are only ever appended, each bound to the one before it by a hash: audit, releases, budget, sets.

A changed, removed or moved row breaks the chain at its place; rows cut off the end leave another head.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Column, Select, Table, select
from sqlalchemy.orm import Session

from onggi.errors import NotTrusted
from onggi.protocol.canonical import canonical_json

GENESIS = "0" * 64
_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class ChainedRows:
    """A table with the columns `prev_hash` and `hash`, and one that numbers its rows.

    `content` are the columns that are bound; `failure` is the code of a broken chain.
    """

    table: Table
    number: str
    content: tuple[str, ...]
    failure: str

    @cached_property
    def _number(self) -> Column[Any]:
        return self.table.c[self.number]

    @cached_property
    def _last(self) -> Select[Any]:
        return select(self._number, self.table.c.hash).order_by(self._number.desc()).limit(1)

    def link(self, session: Session, row: Mapping[str, object]) -> dict[str, object]:
        """The row with the hashes that make it the next one. The caller holds the registers' lock."""
        return self.link_all(session, [row])[0]

    def link_all(self, session: Session, rows: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
        """The same of several, in their order."""
        _, previous = self.head(session)
        linked = []
        for row in rows:
            own = self._hash(previous, row)
            linked.append({**row, "prev_hash": previous, "hash": own})
            previous = own
        return linked

    def head(self, session: Session) -> tuple[int, str]:
        """(number of the last row, its hash) without walking the chain."""
        row = session.execute(self._last).first()
        return (int(row[0]), str(row[1])) if row else (0, GENESIS)

    def hash_at(self, session: Session, number: int) -> str | None:
        """The hash of one row, or None where there is none of that number."""
        return session.scalar(select(self.table.c.hash).where(self._number == number))

    def check(self, session: Session) -> tuple[int, str]:
        """(rows, hash of the last). Raises NotTrusted with the chain's code at the first break."""
        previous, count = GENESIS, 0
        for row in self.follow(session):
            previous, count = row["hash"], count + 1
        return count, previous

    def follow(
        self, session: Session, *, after: int = 0, previous: str = GENESIS
    ) -> Iterator[Mapping[str, Any]]:
        """The rows after the one of this number and hash, each once it is checked. Raises like `check`."""
        found = select(self.table).where(self._number > after).order_by(self._number)
        with session.execute(found.execution_options(yield_per=_AT_ONCE)) as rows:
            for named in rows.mappings():
                row = {str(name): value for name, value in named.items()}
                if row["prev_hash"] != previous or row["hash"] != self._hash(previous, row):
                    raise NotTrusted(self.failure, **{self.number: row[self.number]})
                previous = row["hash"]
                yield row

    def _hash(self, previous: str, row: Mapping[str, object]) -> str:
        bound = canonical_json({name: _as_json(row[name]) for name in self.content})
        return hashlib.sha256(bytes.fromhex(previous) + bound).hexdigest()


def _as_json(value: object) -> object:
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else value

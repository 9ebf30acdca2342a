"""Rows that are only ever appended, each bound to the one before it by a hash: audit, releases, budget.

A changed, removed or moved row breaks the chain at its place; rows cut off the end leave another head.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Column, Select, Table, select
from sqlalchemy.orm import Session

from onggi.errors import NotTrusted
from onggi.protocol.canonical import canonical_json

GENESIS = "0" * 64


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
        _, previous = self.head(session)
        return {**row, "prev_hash": previous, "hash": self._hash(previous, row)}

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
        for found in session.execute(select(self.table).order_by(self._number)).mappings():
            row = {str(name): value for name, value in found.items()}
            if row["prev_hash"] != previous or row["hash"] != self._hash(previous, row):
                raise NotTrusted(self.failure, **{self.number: row[self.number]})
            previous, count = row["hash"], count + 1
        return count, previous

    def _hash(self, previous: str, row: Mapping[str, object]) -> str:
        bound = canonical_json({name: row[name] for name in self.content})
        return hashlib.sha256(bytes.fromhex(previous) + bound).hexdigest()
